"""What the two alert lists and the entity APIs take, and how they refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from local.doctor.probe.asking import Answered, Asker
from local.doctor.probe.forms import form, refusal, taken
from local.doctor.probe.hunting import Seen

# Nothing is later than this, so that a filter can be tried without an alert being sent.
_NEVER = "2099-01-01T00:00:00Z"
_ALERTS = "/api/alerts"
_GRAPH = "/v1.0/security/alerts_v2"
_FEW = 5  # alerts that are sent, to see whether any has evidence
_NOBODY = "0" * 40
_UNMET = "da000000000000000000_1"
_FILTERS = {
    **{name: f"{name} ge {_NEVER}" for name in ("alertCreationTime", "lastUpdateTime", "lastEventTime")},
    **{name: f"{name} eq 0" for name in ("incidentId", "investigationId")},
    **{name: f"{name} eq 'none'" for name in ("id", "assignedTo", "detectionSource", "category")},
    "status": "status eq 'Unknown'",
    "severity": "severity eq 'UnSpecified'",
    "title": "title eq 'none'",
}
_GRAPH_FILTERS = {
    **{name: f"{name} ge {_NEVER}" for name in ("createdDateTime", "lastUpdateDateTime")},
    "severity": "severity eq 'unknown'",
    "serviceSource": "serviceSource eq 'unknown'",
    "status": "status eq 'unknown'",
    "classification": "classification eq 'unknown'",
    "determination": "determination eq 'unknown'",
    "assignedTo": "assignedTo eq 'none'",
    "investigationState": "investigationState eq 'unknown'",
}


def defender_alerts(asker: Asker) -> Iterator[Seen]:
    """Defender's list: filters, pages, evidence. Where it is not for this sign-in, nothing is seen."""

    def ask(**query: str | int) -> Answered:
        return asker.get(asker.defender, _ALERTS, **query)

    if ask(top=1, filter=_FILTERS["lastUpdateTime"]).says_nothing:
        return
    for name, condition in _FILTERS.items():
        yield f"alerts.filter.{name}", taken(ask(filter=condition, top=1))
    never = _FILTERS["lastUpdateTime"]
    yield "alerts.top", taken(ask(filter=never, top=10_000))
    yield "alerts.top.over", taken(ask(filter=never, top=10_001))
    yield "alerts.skip", taken(ask(filter=never, top=1, skip=1))
    yield "alerts.select", taken(ask(filter=never, top=1, select="id"))
    yield "alerts.orderby", taken(ask(filter=never, top=1, orderby="lastUpdateTime asc"))
    whole, bare = ask(top=_FEW, expand="evidence"), ask(top=_FEW)
    yield "alerts.expand", _evidence(whole)
    yield "alerts.expand.none", _evidence(bare)
    yield "alerts.link", _link(ask(top=1)) if len(bare.items()) > 1 else None
    yield "alerts.unknown", taken(asker.get(asker.defender, f"{_ALERTS}/{_UNMET}"))


def graph_alerts(asker: Asker) -> Iterator[Seen]:
    """Graph's list, likewise."""

    def ask(**query: str | int) -> Answered:
        return asker.get(asker.graph, _GRAPH, **query)

    never = _GRAPH_FILTERS["lastUpdateDateTime"]
    if ask(top=1, filter=never).says_nothing:
        return
    for name, condition in _GRAPH_FILTERS.items():
        yield f"graph.filter.{name}", taken(ask(filter=condition, top=1))
    yield "graph.top", taken(ask(filter=never, top=1_000))
    yield "graph.top.over", taken(ask(filter=never, top=1_001))
    yield "graph.reach", taken(ask(filter=never, top=1_000, skip=5_001))
    yield "graph.select", taken(ask(filter=never, top=1, select="id"))
    yield "graph.orderby", taken(ask(filter=never, top=1, orderby="lastUpdateDateTime asc"))
    counted = ask(filter=never, top=1, count="true")
    is_counted = isinstance(counted.field("@odata.count"), int)
    yield "graph.count", "counted" if is_counted else "not counted" if counted.was_taken else taken(counted)
    two = ask(top=2)
    yield "graph.link", _link(ask(top=1)) if len(two.items()) == 2 else None
    times = [str(one.get("createdDateTime")) for one in two.items()]
    newest_first = times == sorted(times, reverse=True)
    yield "graph.order", ("newest first" if newest_first else "another") if len(set(times)) == 2 else None
    yield "graph.unknown", taken(asker.get(asker.graph, f"{_GRAPH}/{_UNMET}"))


def entities(asker: Asker) -> Iterator[Seen]:
    """Devices, files, addresses and domains that nobody has."""

    def ask(path: str, **query: str | int) -> Answered:
        return asker.get(asker.defender, f"/api/{path}", **query)

    for count in (25, 40):
        ids = " or ".join(f"id eq '{number:040x}'" for number in range(count))
        yield f"machines.{count}", taken(ask("machines", filter=ids, top=count))
    yield "machines.unknown", taken(ask(f"machines/{_NOBODY}"))
    yield "files.unknown", taken(ask(f"files/{_NOBODY}"))
    address = ask("ips/192.0.2.1/stats", lookBackHours=720)
    yield "ips.unknown", _prevalence(address)
    if address.was_taken:
        yield "ips.prevalence", form(address.field("organizationPrevalence"))
    yield "ips.six", taken(ask("ips/2001:db8::1/stats", lookBackHours=720))
    yield "ips.hours", taken(ask("ips/192.0.2.1/stats", lookBackHours=721))
    yield "domains.unknown", _prevalence(ask("domains/none.example/stats", lookBackHours=720))


def access(asker: Asker) -> Iterator[Seen]:
    """How a token for somebody else is refused, and one that lacks the role."""
    wrong = asker.get(asker.defender_with_wrong_token, f"{_ALERTS}/{_UNMET}")
    yield "access.defender", refusal(wrong) if wrong.status else None
    wrong = asker.hunt("DeviceInfo\n| take 0", api=asker.graph_with_wrong_token)
    yield "access.graph", refusal(wrong) if wrong.status else None
    for api, role, path in _BY_ROLE:
        held = asker.roles.get(api)
        if held is not None and not _holds(held, role):
            refused = asker.get(asker.defender if api == "defender" else asker.graph, path)
            yield "access.role", refusal(refused, role) if refused.status else None
            return
    yield "access.role", None


_BY_ROLE = (
    ("graph", "SecurityAlert.Read.All", f"{_GRAPH}/{_UNMET}"),
    ("defender", "File.Read.All", f"/api/files/{_NOBODY}"),
    ("defender", "Machine.Read.All", f"/api/machines/{_NOBODY}"),
    ("defender", "Alert.Read.All", f"{_ALERTS}/{_UNMET}"),
    ("defender", "Software.Read.All", f"/api/machines/{_NOBODY}/software"),
)


def _holds(held: frozenset[str], role: str) -> bool:
    return role in held or role.replace(".Read.", ".ReadWrite.") in held


def _evidence(answer: Answered) -> str | None:
    items = answer.items()
    if not items:
        return None if answer.was_taken else taken(answer)
    found = [one.get("evidence") for one in items]
    if any(found):
        return "filled"
    return "empty" if all(isinstance(evidence, list) for evidence in found) else form(found[0])


def _link(answer: Answered) -> str | None:
    if not answer.items():
        return None
    return "one" if isinstance(answer.body, Mapping) and "@odata.nextLink" in answer.body else "none"


def _prevalence(answer: Answered) -> str | None:
    if not answer.was_taken:
        return taken(answer)
    return (
        "200 with a prevalence" if answer.field("organizationPrevalence") is not None else "200 without one"
    )
