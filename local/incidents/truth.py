"""Which rows belong to which alert, told from what caused them and never by matching rows again."""

from collections.abc import Iterable, Iterator

from local.incidents.case import Case
from local.incidents.clock import show
from local.incidents.recorder import Recorder
from local.incidents.world import Cell, Process, Row

Json = Cell | list["Json"] | dict[str, "Json"]


def truth_of(case: Case, recorder: Recorder) -> dict[str, Json]:
    """The truth about one alert; ReportIds must have been counted.

    `rows.direct`: the anchors' own creation, the creations of what they started, their events, their parents'
    creation. `rows.chain`: the anchors and all their descendants with their events, and the creations of the
    ancestors up to and including the session's root. `rows.evidence`: where an alert names no process, the
    rows that tell of what it does name; part of the chain. `neutral` rows are neither right nor wrong: events
    of ancestors below the session's root, and creations above it.
    """
    expected = case.expected
    evidence = recorder.tagged(expected.about) if expected.about else []
    anchors = expected.anchors or tuple(dict.fromkeys(row.owner for row in evidence if row.owner is not None))
    scored = expected.scored_by == "rows"
    rows = {"direct": direct(anchors), "chain": [*chain(anchors), *evidence], "evidence": evidence}
    neutral = {"ancestor_events": _ancestor_events(anchors), "above_root": _above_root(anchors)}
    return {
        "story": case.story,
        "title": case.title,
        "kind": expected.kind,
        "scored_by": expected.scored_by,
        "status": expected.status,
        "reason": expected.reason,
        "method": expected.method,
        "validation": expected.validation,
        "validation_reason": expected.because,
        "also": list(expected.also),
        "techniques": list(expected.techniques),
        "anchors": [_anchor(one) for one in anchors],
        "rows": {name: _keys(found) if scored else [] for name, found in rows.items()},
        "neutral": {name: _keys(found) if scored else [] for name, found in neutral.items()},
    }


def direct(anchors: Iterable[Process]) -> list[Row]:
    """The rows one step around the anchors."""
    rows: list[Row] = []
    for anchor in anchors:
        rows += anchor.births + anchor.events
        rows += [child.births[0] for child in anchor.children]
        if anchor.parent is not None:
            rows += anchor.parent.births
    return rows


def chain(anchors: Iterable[Process]) -> list[Row]:
    """The rows of the whole chain: down with all events, up with creations only."""
    rows: list[Row] = []
    for anchor in anchors:
        for process in descendants(anchor):
            rows += process.births + process.events
        for process in ancestors(anchor):
            rows += process.births
    return rows


def descendants(process: Process) -> Iterator[Process]:
    """`process` and everything it led to."""
    waiting = [process]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += one.children


def ancestors(process: Process) -> Iterator[Process]:
    """From the parent up to and including the session's root."""
    above = process.parent
    while above is not None:
        yield above
        if above.is_root:
            return
        above = above.parent


def _ancestor_events(anchors: Iterable[Process]) -> list[Row]:
    above = (one for anchor in anchors for one in ancestors(anchor) if not one.is_root)
    return [row for one in above for row in one.events]


def _above_root(anchors: Iterable[Process]) -> list[Row]:
    rows: list[Row] = []
    for anchor in anchors:
        last = list(ancestors(anchor))[-1:]
        process = last[0].parent if last else None
        while process is not None:
            rows += process.births
            process = process.parent
    return rows


def _anchor(process: Process) -> Json:
    return {
        "DeviceId": process.device.id,
        "ProcessId": process.pid,
        "ProcessCreationTime": show(process.created),
        "FileName": process.image.name,
    }


def _keys(rows: Iterable[Row]) -> list[Json]:
    """Each row once, in time order, as table, DeviceId, Timestamp, ReportId."""
    once = {id(row): row for row in rows}.values()
    ordered = sorted(once, key=lambda row: (row.time, row.report_id, row.table))
    return [[row.table, row.device.id, show(row.time), row.report_id] for row in ordered]
