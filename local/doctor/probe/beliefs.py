"""What the stand-ins make us believe of a tenant, in one list: the probe asks a tenant for each.

Nothing of the product and no stand-in imports this, or a mistake would be made on both sides. `believed` are
the words that are no difference; where there are none, nothing is documented and what is seen is only told.
"""

from __future__ import annotations

from dataclasses import dataclass

_LIST = "https://learn.microsoft.com/defender-endpoint/api/get-alerts (read 2026-11)"
_GRAPH = "https://learn.microsoft.com/graph/api/security-list-alerts_v2 (read 2026-11)"
_GRAPH_LIMITS = "https://learn.microsoft.com/graph/api/resources/security-error-codes (read 2026-11)"
_HUNTING = "https://learn.microsoft.com/graph/api/security-security-runhuntingquery (read 2026-11)"
_ERRORS = "https://learn.microsoft.com/defender-endpoint/api/common-errors (read 2026-11)"
_ENTITIES = "https://learn.microsoft.com/defender-endpoint/api/get-machines and its neighbours (read 2026-11)"
_CAPTURED = "captured answers; no page says it"
HEAVY = "hunting.heavy"  # asked only where it is wanted


@dataclass(frozen=True, slots=True)
class Belief:
    """`key` names the observation, `about` says it in words, `source` where the belief comes from."""

    key: str
    about: str
    believed: tuple[str, ...]
    source: str


def _several(start: str, about: str, names: str, believed: tuple[str, ...], source: str) -> list[Belief]:
    return [Belief(f"{start}.{name}", f"{about} {name}", believed, source) for name in names.split()]


BELIEFS: tuple[Belief, ...] = (
    # how hunting writes values
    Belief("value.long", "a long beyond 2^53", ("number", "text"), _CAPTURED),
    Belief("value.long.null", "a long that is null", ("null", "empty object"), _CAPTURED),
    Belief("value.time", "a time", ("text, 7 digits and Z",), _HUNTING),
    Belief("value.time.null", "a time that is null", ("null", "empty object"), _CAPTURED),
    Belief("value.string.empty", "an empty string", ("empty text",), _CAPTURED),
    Belief("value.dynamic.object", "a bag", ("text", "object"), _CAPTURED),
    Belief("value.dynamic.list", "a list", ("text", "list"), _CAPTURED),
    Belief("value.bool", "a bool", ("true or false", "number"), _CAPTURED),
    Belief("value.real", "a real", ("number",), _CAPTURED),
    Belief(
        "value.types",
        "names of types in an answer's schema",
        ("Int64 DateTime String Object SByte Double",),
        _HUNTING,
    ),
    Belief("value.schema", "keys of an answer's schema", ("name and type", "Name and Type"), _HUNTING),
    Belief("value.sidecars", "@odata.type beside a value", (), _CAPTURED),
    # how hunting refuses
    Belief("hunting.table", "a table that is missing", ("400 BadRequest, names it",), _CAPTURED),
    Belief("hunting.column", "a column that is missing", ("400 BadRequest, names it",), _CAPTURED),
    Belief("hunting.syntax", "a query that is none", ("400 BadRequest",), _CAPTURED),
    Belief("hunting.print", "the operator print", ("400 BadRequest",), _HUNTING),
    Belief("hunting.timespan", "a time span that is none", ("400 BadRequest",), _HUNTING),
    Belief("hunting.empty", "an answer without rows", ("200 with its schema",), _HUNTING),
    Belief(
        "hunting.heavy", "a query that takes too long", ("504 UnknownError", "500 UnknownError"), _CAPTURED
    ),
    Belief("late.half", "half of the telemetry comes within", ("2 minutes",), _CAPTURED),
    Belief("late.most", "95 of 100 rows come within", ("2 minutes", "5 minutes"), _CAPTURED),
    # Defender's list of alerts
    *_several(
        "alerts.filter",
        "$filter of Defender's alerts by",
        "alertCreationTime lastUpdateTime lastEventTime incidentId investigationId id assignedTo "
        "detectionSource status severity category",
        ("taken",),
        _LIST,
    ),
    Belief(
        "alerts.filter.title",
        "$filter of Defender's alerts by title, which no page shows",
        ("400 BadRequest",),
        _LIST,
    ),
    Belief("alerts.top", "$top=10000 of Defender's alerts", ("taken",), _LIST),
    Belief("alerts.top.over", "$top=10001 of Defender's alerts", ("400 BadRequest",), _LIST),
    Belief("alerts.skip", "$skip of Defender's alerts", ("taken",), _LIST),
    Belief("alerts.expand", "evidence with $expand=evidence", ("filled",), _LIST),
    Belief("alerts.expand.none", "evidence without $expand", ("empty",), _LIST),
    Belief(
        "alerts.link",
        "a link to the next page with $top",
        ("none",),
        "microsoft-365-docs issue 8489 (read 2026-11)",
    ),
    Belief("alerts.select", "$select of Defender's alerts", (), _LIST),
    Belief("alerts.orderby", "$orderby of Defender's alerts", (), _LIST),
    Belief("alerts.unknown", "an alert that is not there", ("404 ResourceNotFound",), _ERRORS),
    # Graph's list of alerts
    *_several(
        "graph.filter",
        "$filter of Graph's alerts by",
        "createdDateTime lastUpdateDateTime severity serviceSource status classification determination "
        "assignedTo",
        ("taken",),
        _GRAPH,
    ),
    Belief(
        "graph.filter.investigationState",
        "$filter of Graph's alerts by investigationState",
        ("400 BadRequest",),
        "zerotrustassessment pull request 1414 (read 2026-11)",
    ),
    Belief("graph.top", "$top=1000 of Graph's alerts", ("taken",), _GRAPH_LIMITS),
    Belief("graph.top.over", "$top=1001 of Graph's alerts", ("taken",), _GRAPH_LIMITS),
    Belief("graph.reach", "$top and $skip over 6,000", ("400 BadRequest",), _GRAPH_LIMITS),
    Belief("graph.count", "$count of Graph's alerts", ("counted",), _GRAPH),
    Belief("graph.link", "a link to the next page with $top", ("one",), _GRAPH),
    Belief("graph.order", "the order without $orderby", ("newest first",), _GRAPH),
    Belief("graph.select", "$select of Graph's alerts", (), _GRAPH),
    Belief("graph.orderby", "$orderby=lastUpdateDateTime asc of Graph's alerts", (), _GRAPH),
    Belief("graph.unknown", "an alert that is not there", ("404 NotFound",), _GRAPH),
    # entities
    Belief("machines.25", "25 devices by id in one $filter", ("taken", "404 ResourceNotFound"), _ENTITIES),
    Belief("machines.40", "40 devices by id, more than 100 nodes of OData", (), _CAPTURED),
    Belief("machines.unknown", "a device that is not there", ("404 ResourceNotFound",), _ERRORS),
    Belief("files.unknown", "a file that is not there", ("404 ResourceNotFound",), _ERRORS),
    Belief("ips.unknown", "an address that was never seen", ("200 with a prevalence",), _ENTITIES),
    Belief("ips.six", "an address of IPv6", ("400 InvalidIpAddress",), _ERRORS),
    Belief("domains.unknown", "a domain that was never seen", ("200 with a prevalence",), _ENTITIES),
    Belief("ips.prevalence", "how a prevalence is written", ("number", "text"), _CAPTURED),
    Belief("ips.hours", "lookBackHours=721", ("400 InvalidInput",), _ENTITIES),
    # access
    Belief("access.defender", "a token for somebody else at Defender", ("401 Unauthorized",), _ERRORS),
    Belief(
        "access.graph", "a token for somebody else at Graph", ("401 InvalidAuthenticationToken",), _CAPTURED
    ),
    Belief("access.role", "a call whose role the token lacks", ("403 Forbidden, names it",), _CAPTURED),
)
