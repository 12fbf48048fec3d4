"""Once an hour: is every alert of the last two days in the ledger? Asked by two other routes.

The alert list by creation time (without evidence), and hunting's own `AlertInfo` table. What is missing is
fetched by id, admitted like any other alert, and counted.
"""

from dataclasses import dataclass
from datetime import datetime

from shared import telemetry
from shared.core.alert import normalize
from shared.core.hunting import AUDIT_QUERY, audit_query, hunted_alerts
from shared.core.progress import LedgerRow, Window
from shared.core.values import Checkpoint, Instant
from shared.errors import AppError, BadAlert, NotFound, SetAside
from shared.pipeline.fetch.admission import Admitted, admit_page, read_page
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import checkpoint, lease

_WAIT_FOR_QUIET = 600.0  # seconds


@dataclass(frozen=True, slots=True)
class AuditResult:
    """`missing` alerts were not in the ledger, of `total` that the sources know; `recovered` now are."""

    total: int
    missing: int
    recovered: int
    sources: tuple[str, ...]
    admitted: Admitted | None

    def __str__(self) -> str:
        by = "both sources" if len(self.sources) == 2 else " and ".join(self.sources) or "no source"
        return f"{self.missing} missing of {self.total}, by {by}"


def is_audit_due(reached: Checkpoint, now: datetime, policy: Policy, *, is_quiet: bool) -> bool:
    """True once an hour, from the first hour after the installation on.

    What a run has admitted leaves with its end, so the audit waits for a run that `is_quiet`, a few minutes
    at most: should it end the worker, no new alert waits for that.
    """
    last = reached.last_audit or reached.installed_at
    wait = policy.audit_every + (0.0 if is_quiet else _WAIT_FOR_QUIET)
    return last is not None and (now - last).total_seconds() >= wait


def audit(ports: Ports, policy: Policy, open_rows: dict[str, LedgerRow]) -> AuditResult:
    """What is missing from the ledger, fetched and admitted; the result is logged and kept."""
    now = ports.clock.now()
    end = Instant.of(now - policy.poll.overlap)
    window = Window(end.plus(-policy.audit_lookback), end)
    known_days: dict[str, str] = {}
    sources = []
    listed = _listed(ports, window)
    if listed is not None:
        sources.append("the alert list")
        known_days |= listed
    hunted = _hunted(ports, policy, window)
    if hunted is not None:
        sources.append("AlertInfo")
        known_days = {alert_id: moment.day() for alert_id, moment in hunted.items()} | known_days
    missing = _not_in_ledger(ports, known_days, open_rows)
    admitted, gone = _recover(ports, policy, missing, open_rows)
    # Hunting's time may lie on another day than the creation: such an alert is in the ledger after all.
    known = sum(admitted.counts.get(word, 0) for word in ("unchanged", "older")) if admitted else 0
    result = AuditResult(
        total=len(known_days) - gone,
        missing=len(missing) - gone - known,
        recovered=len(admitted.rows) if admitted else 0,
        sources=tuple(sources),
        admitted=admitted,
    )
    _report(ports, result, now)
    return result


def _listed(ports: Ports, window: Window) -> dict[str, str] | None:
    """Alert id → day of creation by the alert list; None where it did not answer."""
    days: dict[str, str] = {}
    todo = [window]
    try:
        while todo:
            part = todo.pop()
            page = ports.source.created_in(part)
            if page.full and part.can_halve:
                todo += part.halves()
                continue
            for raw in page.items:
                try:
                    alert = normalize(raw, ports.source.name, fallback=part.start)
                except BadAlert:
                    continue
                except Exception as err:
                    telemetry.error("alert not audited", reason=f"{type(err).__name__}: {err}")
                    continue
                days[alert.id] = alert.day
    except AppError as err:
        telemetry.warning("audit source failed", source="the alert list", reason=str(err))
        return None
    return days


def _hunted(ports: Ports, policy: Policy, window: Window) -> dict[str, Instant] | None:
    """Alert id → first time by hunting; None where it did not answer or no call was left."""
    if not lease.may_hunt(ports.leases, ports.clock, policy):
        telemetry.info("audit source skipped", source="AlertInfo", reason="the hunting quota is spent")
        return None
    try:
        rows = ports.hunter.run(
            AUDIT_QUERY, audit_query(window), f"{window.start.text()}/{window.end.text()}"
        )
    except AppError as err:
        telemetry.warning("audit source failed", source="AlertInfo", reason=str(err))
        return None
    return hunted_alerts(rows)


def _not_in_ledger(ports: Ports, days: dict[str, str], open_rows: dict[str, LedgerRow]) -> list[str]:
    closed = [(day, alert_id) for alert_id, day in days.items() if alert_id not in open_rows]
    finished = ports.ledger.finished(closed)
    left = sorted(alert_id for _, alert_id in closed if alert_id not in finished)
    kept = ports.ledger.places(left)  # under another day or id than the source tells now
    elsewhere = ports.ledger.finished(kept.values())
    return [each for each in left if each not in kept or not _is_known(kept[each][1], open_rows, elsewhere)]


def _is_known(alert_id: str, open_rows: dict[str, LedgerRow], finished: dict[str, LedgerRow]) -> bool:
    return alert_id in open_rows or alert_id in finished


def _recover(
    ports: Ports, policy: Policy, missing: list[str], open_rows: dict[str, LedgerRow]
) -> tuple[Admitted | None, int]:
    """The missing alerts fetched by id and admitted, and how many of them no longer exist at the service."""
    items: list[object] = []
    gone = 0
    for alert_id in missing[: policy.audit_recovers]:
        try:
            items.append(ports.source.one(alert_id))
        except NotFound:
            gone += 1
        except AppError as err:
            telemetry.warning("alert not recovered", alert_id=alert_id, reason=str(err))
            if not isinstance(err, SetAside):
                break  # the service is in trouble: the others would meet the same
    if not items:
        return None, gone
    return admit_page(ports, policy, read_page(ports, items), open_rows), gone


def _report(ports: Ports, result: AuditResult, now: datetime) -> None:
    say = telemetry.error if result.missing else telemetry.info
    say(
        "audit",
        result=str(result),
        total=result.total,
        missing=result.missing,
        recovered=result.recovered,
        sources=result.sources,
    )
    checkpoint.audited(ports, now, str(result), is_whole=bool(result.sources))
