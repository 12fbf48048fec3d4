"""The lists that are compared with the ledger, and what it knows of them: the alert source's own, by two
times, and hunting's. The audit compares all of them, a fetch the overlap of a storm."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shared import telemetry
from shared.core import hunting
from shared.core.alert import normalize
from shared.core.progress import LedgerRow, Window, auditing
from shared.core.progress.auditing import Listed
from shared.core.values import AlertPage, Instant
from shared.errors import AppError, BadAlert, NotFound, error_text
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import lease

_MOST_BY_ID = 20  # beyond, the list with evidence is no dearer
_UPDATES = 86_400.0 + 3_600.0  # seconds: updates listed up to a day late are found by one audit or the next


@dataclass(frozen=True, slots=True)
class Lists:
    """What was listed, by alert id; the lists that answered; those cut off within one instant; and how many
    alerts are dated after our clock."""

    alerts: dict[str, Listed]
    sources: tuple[str, ...]
    is_cut: bool
    ahead: int


def read_lists(ports: Ports, policy: Policy, end: Instant) -> Lists:
    """The lists up to `end`; one that does not answer is logged and left out."""
    window = Window(end.plus(-policy.audit_lookback), end)
    created = listed(ports, ports.source.created_in, window)
    touched = None
    if created is not None:  # else the source is in trouble, and is not asked once more
        touched = listed(ports, ports.source.touched_in, Window(end.plus(-_UPDATES), end))
    hunted = _hunted(ports, policy, window)
    # Hunting's time is not always that of the creation: the source's word comes first.
    lists = [*(one[0] for one in (created, touched) if one is not None), hunted or {}]
    named = ["the alert list"] * (created is not None) + ["AlertInfo"] * (hunted is not None)
    alerts = auditing.merged(lists)
    now = Instant.of(ports.clock.now()).plus(auditing.AHEAD)
    ahead = sum((one.last_update or one.created) > now for one in alerts.values())
    return Lists(alerts, tuple(named), any(one[1] for one in (created, touched) if one), ahead)


def listed(
    ports: Ports, ask: Callable[[Window], AlertPage], window: Window
) -> tuple[dict[str, Listed], bool] | None:
    """(what the alert source lists in the window, whether it was cut off); None where it did not answer."""
    found: dict[str, Listed] = {}
    is_cut = False
    todo = [window]
    try:
        while todo:
            part = todo.pop()
            page = ask(part)
            if page.full and part.can_halve:
                todo += part.halves()
                continue
            is_cut = is_cut or page.full
            found |= _read(ports, page, part)
    except AppError as err:
        telemetry.warning("audit source failed", source="the alert list", reason=str(err))
        return None
    return found, is_cut


def _read(ports: Ports, page: AlertPage, part: Window) -> dict[str, Listed]:
    found: dict[str, Listed] = {}
    for raw in page.items:
        try:
            alert = normalize(raw, ports.source.name, fallback=part.start)
        except BadAlert:
            continue
        except Exception as err:
            telemetry.error("alert not audited", reason=error_text(err))
            continue
        rank, incident_id = alert.severity.rank, alert.incident_id or ""
        found[alert.id] = Listed(alert.day, alert.created, rank, alert.last_update, incident_id)
    return found


def _hunted(ports: Ports, policy: Policy, window: Window) -> dict[str, Listed] | None:
    """What hunting knows of; None where it did not answer or no call was left."""
    if not lease.may_hunt(ports.leases, ports.clock, policy):
        telemetry.info("audit source skipped", source="AlertInfo", reason="the hunting quota is spent")
        return None
    try:
        rows = ports.hunter.run(
            hunting.AUDIT_QUERY, hunting.audit_query(window), f"{window.start.text()}/{window.end.text()}"
        )
    except AppError as err:
        telemetry.warning("audit source failed", source="AlertInfo", reason=str(err))
        return None
    found = hunting.hunted_alerts(rows)
    return {each: Listed(first.day(), first, severity.rank) for each, (first, severity) in found.items()}


def known_rows(ports: Ports, alerts: Mapping[str, Listed]) -> dict[str, LedgerRow]:
    """What the ledger knows of the listed alerts, by their listed ids: another day or id may be told of them
    now than when they came."""
    kept_in = ports.ledger
    rows = kept_in.open_many(alerts)
    closed = [(one.day, alert_id) for alert_id, one in alerts.items() if alert_id not in rows]
    rows |= kept_in.finished(closed)
    places = kept_in.places(sorted(alerts.keys() - rows.keys()))
    open_elsewhere = kept_in.open_many({alert_id for _, alert_id in places.values()})
    elsewhere = kept_in.finished(places.values()) | open_elsewhere
    found = {listed: elsewhere.get(alert_id) for listed, (_, alert_id) in places.items()}
    return rows | {listed: row for listed, row in found.items() if row is not None}


def listed_late(ports: Ports, policy: Policy, window: Window) -> Sequence[object] | None:
    """The alerts of an overlap, with evidence, that the ledger lacks or knows in an older version: in a storm
    those that are known already are not downloaded again for the few that were listed late.

    None where these are too many to be asked for one by one, or the list was not to be had.
    """
    found = listed(ports, ports.source.touched_in, window)
    if found is None or found[1]:
        return None
    alerts, _ = found
    rows = known_rows(ports, alerts)
    source = ports.source.name
    wanted = [
        alert_id
        for alert_id, one in alerts.items()
        if alert_id not in rows or auditing.is_behind(rows[alert_id], one, source, window.end)
    ]
    telemetry.info("overlap compared", listed=len(alerts), late=len(wanted))
    if len(wanted) > min(_MOST_BY_ID, policy.max_pointers):
        return None
    return [one for alert_id in wanted if (one := _one(ports, alert_id)) is not None]


def _one(ports: Ports, alert_id: str) -> object | None:
    try:
        return ports.source.one(alert_id)
    except NotFound:
        return None  # gone from the source since it was listed
