"""The ledger's rows, whose owner this is: opened, changed and finished as `core.progress.ledger` says."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from shared import telemetry
from shared.core.progress import LedgerRow, State
from shared.core.progress import ledger as rules
from shared.pipeline.ports import Ledger
from shared.pipeline.stored import due_index
from shared.pipeline.stored.change import is_same, settle

type Decide = Callable[[LedgerRow, LedgerRow], LedgerRow | None]


def change(ledger: Ledger, rows: Sequence[LedgerRow], decide: Decide) -> list[LedgerRow]:
    """What each of `rows` became by `decide(row, seen)`: the row as it stands, and as it was given here.

    Rows that are finished then have moved to history. Those for which there is nothing to write are left out,
    like those that are lost: gone, or of a newer version, or begun anew meanwhile.
    """
    seen = {row.alert_id: row for row in rows}
    changed: list[LedgerRow] = []

    def attempt(current: Sequence[LedgerRow]) -> list[LedgerRow]:
        decided = [(row, decide(row, seen[row.alert_id])) for row in current]
        pairs = [(row, new) for row, new in decided if new is not None]
        wanted = {row.alert_id: row for _, row in pairs}
        due_index.prepare(ledger, pairs)
        written = _write(ledger, list(wanted.values()))
        changed.extend(written)
        again = []
        for lost in wanted.keys() - {row.alert_id for row in written}:
            row = ledger.open_row(lost)
            if row is not None and is_same(row, wanted[lost]):
                changed.append(row)  # ours: only the answer to the write was lost
            elif row is not None and rules.is_same_work(row, seen[lost]):
                again.append(row)
            else:
                telemetry.info("a newer version came meanwhile", alert_id=lost)
        due_index.settle(ledger, pairs, {row.alert_id for row in changed})
        return again

    settle(rows, attempt)
    return changed


def admit(
    ledger: Ledger,
    days: Mapping[str, str],
    open_rows: dict[str, LedgerRow],
    decide: Callable[[str, LedgerRow | None], LedgerRow | None],
    put_bodies: Callable[[Sequence[LedgerRow]], None],
    known: Mapping[str, LedgerRow],
) -> list[LedgerRow]:
    """The rows written by `decide(alert id, row known)`, for alert ids with the days they are kept under.

    `open_rows` are those of them that are open, as read before history was; `known` is what history has of
    the others. `put_bodies` comes before the rows: a crash on the way leaves bodies without a row.
    """
    admitted: list[LedgerRow] = []

    asked = False

    def attempt(left: Sequence[str]) -> list[str]:
        nonlocal asked
        closed = [(days[each], each) for each in left if each not in open_rows]
        finished, asked = ledger.finished(closed) if asked else known, True
        decided = {each: decide(each, open_rows.get(each) or finished.get(each)) for each in left}
        wanted = {each: row for each, row in decided.items() if row is not None}
        put_bodies(list(wanted.values()))
        pairs = [(open_rows.get(each), row) for each, row in wanted.items()]
        due_index.prepare(ledger, pairs)
        written = ledger.write(list(wanted.values()))
        lost = wanted.keys() - {row.alert_id for row in written}
        found = {each: row for each in lost if (row := ledger.open_row(each)) is not None}
        written += [row for each, row in found.items() if is_same(row, wanted[each])]  # ours after all
        due_index.settle(ledger, pairs, {row.alert_id for row in written})
        for each in lost:
            open_rows.pop(each, None)
        open_rows.update(found | {row.alert_id: row for row in written})
        admitted.extend(written)
        return sorted(lost - {row.alert_id for row in written})

    settle(list(days), attempt)
    return admitted


def touch(ledger: Ledger, rows: Sequence[LedgerRow]) -> None:
    """Writes the rows, open or in history, where they stand. One that loses a race is left to whoever won
    it: a later fetch or audit touches it again."""
    ledger.write([row for row in rows if row.state is State.OPEN])
    ledger.keep([row for row in rows if row.state is not State.OPEN])


def reopen(
    ledger: Ledger, find: Callable[[], LedgerRow | None], decide: Callable[[LedgerRow], LedgerRow | None]
) -> LedgerRow | None:
    """The open row that `decide` made of the one that `find` found; None where either gave none.

    A newer version that comes meanwhile wins, and is then the one that is reopened.
    """
    opened: list[LedgerRow] = []

    def attempt(left: Sequence[None]) -> Sequence[None]:
        known = find()
        wanted = known and decide(known)
        if known is None or wanted is None:
            return ()
        pairs = [(known, wanted)]
        due_index.prepare(ledger, pairs)
        written = ledger.write([wanted])
        if not written:
            return left
        due_index.settle(ledger, pairs, {wanted.alert_id})
        if _was_overtaken(ledger, known, written):
            return left
        opened.extend(written)
        return ()

    settle([None], attempt)
    return opened[0] if opened else None


def _was_overtaken(ledger: Ledger, known: LedgerRow, written: Sequence[LedgerRow]) -> bool:
    """True where, between reading history and reopening from it, a newer version went all its way.

    The open row that was made of the older one is then closed again, unless somebody has it in work: nothing
    of it is published over the newer.
    """
    kept = None if known.state is State.OPEN else ledger.finished(_keys([known])).get(known.alert_id)
    if kept is None or not rules.is_behind(known, kept):
        return False
    ledger.close(written)
    return True


def _write(ledger: Ledger, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """Those written: open rows replaced, the others finished."""
    finished = _finish(ledger, [row for row in rows if row.state is not State.OPEN])
    return finished + ledger.write([row for row in rows if row.state is State.OPEN])


def _finish(ledger: Ledger, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """Those finished: into history first, then out of the open rows, so that each is in one of the two.

    A crash in between leaves the row in both: it is open, and is finished again. History that knows more than
    a row that comes late stays as it is.
    """
    known = ledger.finished(_keys(row for row in rows if row.generation > 1))

    def attempt(left: Sequence[LedgerRow]) -> list[LedgerRow]:
        pairs = [(row, known.get(row.alert_id)) for row in left]
        coming = [
            replace(row, etag=kept.etag if kept else "")
            for row, kept in pairs
            if kept is None or not rules.is_behind(row, kept)
        ]
        done = {row.alert_id for row in ledger.keep(coming)}
        lost = [row for row in coming if row.alert_id not in done]
        known.update(ledger.finished(_keys(lost)))
        return lost

    settle(rows, attempt)
    closed = ledger.close(rows)
    for row in closed:
        if row.state is State.SET_ASIDE:
            telemetry.error("alert set aside", alert_id=row.alert_id, reason=row.reason)
    return closed


def _keys(rows: Iterable[LedgerRow]) -> list[tuple[str, str]]:
    return [(row.day, row.alert_id) for row in rows]
