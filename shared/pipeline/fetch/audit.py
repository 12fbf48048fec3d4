"""Once an hour: is every alert of the last two days in the ledger, in its latest version, in its incident?

Asked by other routes than fetching goes: the alert list by creation time and by the last day's update times
(without evidence), and hunting's own `AlertInfo` table. What is missing or behind is fetched by id, worst and
oldest first, admitted like any other alert, and counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared import telemetry
from shared.core.progress import Admission, LedgerRow, auditing
from shared.core.progress.auditing import Tries
from shared.core.values import Checkpoint, Instant
from shared.errors import AppError, NotFound, SetAside
from shared.pipeline.fetch.admission import Admitted, admit_page, read_page
from shared.pipeline.fetch.audit_lists import Lists, known_rows, read_lists
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import checkpoint, published_rows

_KNOWN = (Admission.UNCHANGED, Admission.OLDER)  # fetched, and nothing that the ledger did not know

_WAIT_FOR_QUIET = 600.0  # seconds


@dataclass(frozen=True, slots=True)
class AuditResult:
    """`missing` alerts were not in the ledger and `behind` in an older version, of `total` that the lists
    know; `moved` ones are published under another incident than is listed; `recovered` of all are now.
    `doubts` say why a figure may be wrong; `unknown` ones are listed, yet not to be had by id."""

    total: int
    missing: int
    behind: int
    recovered: int
    sources: tuple[str, ...]
    doubts: tuple[str, ...]
    unknown: int
    moved: int
    admitted: Admitted | None

    def __str__(self) -> str:
        by = "both sources" if len(self.sources) == 2 else " and ".join(self.sources) or "no source"
        lacking = f"{self.missing} missing" + (f" and {self.behind} behind" if self.behind else "")
        gone = [f"{self.unknown} listed that the source does not know by id"] if self.unknown else []
        moved = [f"{self.moved} moved to another incident"] if self.moved else []
        return "; ".join([f"{lacking} of {self.total}, by {by}", *moved, *gone, *self.doubts])


def is_audit_due(reached: Checkpoint, now: datetime, policy: Policy, *, is_quiet: bool) -> bool:
    """True once an hour, from the first hour after the installation on.

    What a run has admitted leaves with its end, so the audit waits for a run that `is_quiet`, a few minutes
    at most: should it end the worker, no new alert waits for that.
    """
    last = reached.last_audit or reached.installed_at
    wait = policy.audit_every + (0.0 if is_quiet else _WAIT_FOR_QUIET)
    return last is not None and (now - last).total_seconds() >= wait


def audit(ports: Ports, policy: Policy, reached: Checkpoint) -> AuditResult:
    """What is missing from the ledger, fetched and admitted; the result is logged and kept."""
    now = ports.clock.now()
    end = Instant.of(now - policy.poll.overlap)
    lists = read_lists(ports, policy, end)
    rows = known_rows(ports, lists.alerts)
    missing = lists.alerts.keys() - rows.keys()
    behind = _behind(ports, lists, rows, end)
    moved = _moved(ports, policy, lists, rows, now) - behind
    tries = Tries.parse(reached.audit_tries)
    wanted = tries.in_turn(lists.alerts, [*missing, *behind, *moved], now)
    gone, failed, admitted = _recover(ports, policy, wanted[: policy.audit_recovers])
    listed_as = {row.alert_id: listed for listed, row in rows.items()}
    # Those whose fetched version the ledger knew after all, or only a newer one.
    fetched = (admitted.admissions if admitted else {}).items()
    known = {listed_as.get(alert_id, alert_id) for alert_id, was in fetched if was in _KNOWN}
    tries = tries.after([*missing, *behind, *moved], gone | known, failed, now)
    # What the source was asked for and does not know is not lost, nor is what turned out to be known.
    idle = {each for each in (*missing, *behind, *moved) if tries.of(each).is_settled}
    unknown = (missing & idle) - known
    result = AuditResult(
        total=len(lists.alerts) - len(unknown),
        missing=len(missing - idle),
        behind=len(behind - idle),
        recovered=len(admitted.rows) if admitted else 0,
        sources=lists.sources,
        doubts=tuple(_doubts(lists)),
        unknown=len(unknown),
        moved=len(moved - idle),
        admitted=admitted,
    )
    _report(ports, result, now, tries)
    return result


def _behind(ports: Ports, lists: Lists, rows: Mapping[str, LedgerRow], end: Instant) -> set[str]:
    """Listed ids of which the ledger knows an older version."""
    source = ports.source.name
    return {each for each, row in rows.items() if auditing.is_behind(row, lists.alerts[each], source, end)}


def _moved(
    ports: Ports, policy: Policy, lists: Lists, rows: Mapping[str, LedgerRow], now: datetime
) -> set[str]:
    """Listed ids of alerts that are published under another incident than is listed."""
    keys = {each: published_rows.key_of(policy, row.day, row.alert_id) for each, row in rows.items()}
    told = [each for each in rows if lists.alerts[each].incident_id]
    stored = ports.alert_rows.read([keys[each] for each in told], ("IncidentId",)) if told else {}
    return {
        each
        for each in told
        if (found := stored.get(keys[each])) is not None
        and auditing.is_moved(rows[each], lists.alerts[each], str(found.columns.get("IncidentId", "")), now)
    }


def _recover(
    ports: Ports, policy: Policy, wanted: Iterable[str]
) -> tuple[set[str], set[str], Admitted | None]:
    """(ids that the source does not know, ids that could not be had, what was admitted of the others)."""
    gone, failed = set[str](), set[str]()
    items: list[object] = []
    for alert_id in wanted:
        try:
            items.append(ports.source.one(alert_id))
        except NotFound:
            gone.add(alert_id)
        except AppError as err:
            telemetry.warning("alert not recovered", alert_id=alert_id, reason=str(err))
            if not isinstance(err, SetAside):
                break  # the service is in trouble: the others would meet the same
            failed.add(alert_id)
    return gone, failed, admit_page(ports, policy, read_page(ports, items)) if items else None


def _doubts(lists: Lists) -> Iterable[str]:
    if lists.is_cut:
        yield "the list was cut off within one instant"
    if lists.ahead:
        yield f"{lists.ahead} dated after this clock"


def _report(ports: Ports, result: AuditResult, now: datetime, tries: Tries) -> None:
    say = telemetry.error if result.missing or result.behind else telemetry.info
    if result.doubts and say is telemetry.info:
        say = telemetry.warning
    say(
        "audit",
        result=str(result),
        total=result.total,
        missing=result.missing,
        behind=result.behind,
        moved=result.moved,
        recovered=result.recovered,
        sources=result.sources,
        doubts=result.doubts,
    )
    checkpoint.audited(ports, now, str(result), tries.texts(), is_whole=bool(result.sources))
