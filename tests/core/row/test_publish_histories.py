"""Random histories of one row: hunts, versions, kills and a consumer, in any order."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.alert.model import Severity
from shared.core.conclude.conclusion import Validation
from shared.core.correlate.finding import Finding, Method, Reason, Status
from shared.core.row import Notify, decide
from shared.core.row.definition import BY_NAME
from shared.core.values.records import Column, StoredRow
from tests.builders import T0, alert, evidence
from tests.core.row.test_decision import CONTEXT, NO_MATCH, NOW, OLD_FILE, TIED, WAITING, shown

_FOUND = (
    WAITING,
    NO_MATCH,
    Finding(alert().id, Status.PENDING, reason=Reason.THROTTLED),
    Finding(alert().id, Status.FAILED, reason=Reason.GAVE_UP),
    replace(TIED, method=Method.DEVICE_ONLY, confidence=10),
    TIED,
    replace(TIED, event_count=99),
)
_OURS = tuple(Notify)


@dataclass
class Told:
    """A consumer as documented: reads, tells, marks if the row is still the one read, dedupes on Revision."""

    revisions: list[int] = field(default_factory=list)

    def tell(self, row: StoredRow) -> None:
        revision = int(str(row.columns["Revision"]))
        if row.columns["NotifyState"] in ("new", "updated") and revision not in self.revisions:
            self.revisions.append(revision)


def _write(stored: StoredRow | None, columns: dict[str, Column]) -> StoredRow:
    number = int(stored.etag) + 1 if stored else 1
    return StoredRow({**(stored.columns if stored else {}), **columns}, str(number))


_publish = st.tuples(
    st.just("publish"),
    st.sampled_from(_FOUND),
    st.sampled_from([Severity.LOW, Severity.HIGH]),
    st.sampled_from(["New", "Resolved"]),
    st.integers(0, 2),  # pieces of evidence
    st.sampled_from(list(Validation)),
    st.booleans(),  # a new version
)
_steps = st.lists(
    st.one_of(_publish, _publish, st.tuples(st.just("read")), st.tuples(st.just("mark"))),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(_steps)
def test_no_history_loses_an_update_or_a_consumers_word(steps: list[tuple[object, ...]]) -> None:
    stored: StoredRow | None = None
    read: StoredRow | None = None
    told, generation, best = Told(), 1, {0: 0}
    for number, step in enumerate(steps):
        if step[0] == "publish":
            generation += bool(step[6]) and stored is not None
            stored = _published(stored, step, generation, number, best)
        elif step[0] == "read" and stored is not None:
            read = stored
            told.tell(read)
        elif step[0] == "mark" and stored is not None and read is not None:
            if read.etag == stored.etag and read.columns["NotifyState"] in ("new", "updated"):
                stored = _write(stored, {"NotifyState": "told", "Ticket": "INC-1"})
    if stored is not None:  # what was not told yet can still be read
        told.tell(stored)
        assert (
            int(str(stored.columns["Revision"])) in told.revisions
            or stored.columns["NotifyState"] == "pending"
        )


def _published(
    stored: StoredRow | None, step: tuple[object, ...], generation: int, number: int, best: dict[int, int]
) -> StoredRow:
    _, found, severity, status, pieces, validation, _ = step
    items = (OLD_FILE, evidence("ip", ip_address="203.0.113.10"))[: int(str(pieces))]
    about = alert(severity=severity, status=status, evidence=items, last_update=T0.plus(200 + generation))
    columns = shown(about, found, validation)  # type: ignore[arg-type]  # the strategy gives the types
    context = replace(
        CONTEXT,
        now=NOW + timedelta(seconds=60 * number),
        generation=generation,
        hunt_ended=found not in (WAITING, _FOUND[2]) or stored is not None,
    )
    decision = decide(stored, columns, context)
    assert not decision.is_stale
    assert decide(stored, columns, context) == decision
    if decision.columns is None:
        assert stored is not None
        return stored
    after = _write(stored, dict(decision.columns))
    assert set(decision.columns) <= set(BY_NAME)
    assert decide(after, columns, context).columns is None, (
        "a run that is killed and comes again changes nothing"
    )
    if stored is not None:
        before = stored.columns
        written = {name for name in decision.columns if name != "LastPublished"}
        assert all(before.get(name) != after.columns[name] for name in written)
        rise = decision.revision - int(str(before["Revision"]))
        assert rise in (0, 1)
        if before["NotifyState"] not in _OURS:
            assert after.columns["NotifyState"] == ("updated" if rise else before["NotifyState"])
            assert after.columns.get("Ticket") == before.get("Ticket")
    rank = _FOUND.index(found) if found.status is Status.CORRELATED else 0  # type: ignore[attr-defined]
    if rank >= 4:
        best[generation] = max(best.get(generation, 0), min(rank, 5))
    if best.get(generation):
        wanted = "DeviceOnly" if best[generation] == 4 else "ExactProcess"
        assert after.columns["CorrelationMethod"] == wanted
    return after
