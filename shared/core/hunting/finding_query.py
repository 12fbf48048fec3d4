"""The query that stands in an alert's row: run by an analyst, it returns every event shown."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from shared.core.correlate import Event, Finding, ProcessKey, TiedEvent
from shared.core.hunting import kql
from shared.core.hunting.chain_query import births_part, listed, near, ordered
from shared.core.hunting.columns import projection
from shared.core.tables import BY_NAME, PROCESSES
from shared.core.values import Instant

_LATE_ROW = 3_600.0  # seconds after its process's creation, a creation row is looked for at least
MAX_CHARS = 29_900  # so that it stands in a table's column whole: 32,000 UTF-16 units


def finding_query(finding: Finding, tolerance_s: float) -> str:
    """KQL for this one alert; "" where nothing is tied.

    It asks by process and, for rows that hang on no process, by their time and ReportId. For very many
    processes it asks by device, time and pid instead, and returns more than is shown. Events of a table that
    is not ours, as another version may have stored them, are not asked for.
    """
    finding = replace(finding, events=tuple(one for one in finding.events if one.event.table in BY_NAME))
    if not finding.events:
        return ""
    text = _by_process(finding, tolerance_s)
    if len(text) > MAX_CHARS:
        text = _by_pid(finding.events, with_pids=True)
    if len(text) > MAX_CHARS:
        text = _by_pid(finding.events, with_pids=False)
    return f"// Every event that is tied to the alert\n{text}"


def _by_process(finding: Finding, tolerance_s: float) -> str:
    creations, activities, loose = _sorted_out(finding)
    lets, parts = [], []
    if creations:
        late = max(event.time.seconds_since(owner.created) for owner, event in creations)
        lets.append(births_part({owner for owner, _ in creations}, tolerance_s, max(_LATE_ROW, late + 1)))
        parts.append("Creations")
    if activities:
        lets.append(f"let Acting = {listed(ordered({owner for owner, _ in activities}))};")
        parts += [
            _activity_branch(table, [event for _, event in activities if event.table == table], tolerance_s)
            for table in _tables(event for _, event in activities)
        ]
    parts += [
        _rows_branch(table, [event for event in loose if event.table == table]) for table in _tables(loose)
    ]
    return kql.lines(*lets, kql.union(parts), "| sort by Timestamp asc")


type _Owned = list[tuple[ProcessKey, Event]]


def _sorted_out(finding: Finding) -> tuple[_Owned, _Owned, list[Event]]:
    """The events as process creations, process activity, and rows that must be asked for one by one."""
    inferred = {node.key for node in finding.nodes if node.is_inferred}
    nodes = {node.key for node in finding.nodes}
    creations: _Owned = []
    activities: _Owned = []
    loose: list[Event] = []
    for one in finding.events:
        if one.owner is None or one.depth is None or one.owner not in nodes:
            loose.append(one.event)
        elif one.event.table == PROCESSES and one.owner not in inferred:
            creations.append((one.owner, one.event))
        elif one.event.table == PROCESSES:
            loose.append(one.event)
        else:
            activities.append((one.owner, one.event))
    return creations, activities, loose


def _activity_branch(table: str, events: Sequence[Event], tolerance_s: float) -> str:
    return kql.lines(
        table,
        f"| where Timestamp {kql.between(*_ends(events))}",
        f"| where DeviceId in {kql.strings(event.device_id for event in events)}",
        projection(table),
        "| join kind=inner (Acting) on DeviceId, $left.InitiatingProcessId == $right.Pid",
        f"| where InitiatingProcessCreationTime {near('Created', tolerance_s)}",
        "| project-away DeviceId1, Pid, Created",
    )


def _rows_branch(table: str, events: Sequence[Event]) -> str:
    return kql.lines(
        table,
        f"| where Timestamp {kql.between(*_ends(events))}",
        f"| where DeviceId in {kql.strings(event.device_id for event in events)}",
        f"| where tostring(ReportId) in {kql.strings(event.report_id for event in events)}",
        projection(table),
    )


def _by_pid(tied: Sequence[TiedEvent], *, with_pids: bool) -> str:
    events = [one.event for one in tied]
    parts = []
    for table in _tables(events):
        ours = [event for event in events if event.table == table]
        pids = {one.owner.pid for one in tied if one.owner is not None and one.event.table == table}
        lines = [
            table,
            f"| where Timestamp {kql.between(*_ends(ours))}",
            f"| where DeviceId in {kql.strings(event.device_id for event in ours)}",
        ]
        if with_pids and pids and all(one.owner is not None for one in tied if one.event.table == table):
            lines.append(f"| where {BY_NAME[table].process.pid} in {kql.numbers(pids)}")
        parts.append(kql.lines(*lines, projection(table)))
    return kql.lines(kql.union(parts), "| sort by Timestamp asc")


def _tables(events: Iterable[Event]) -> list[str]:
    return sorted({event.table for event in events})


def _ends(events: Sequence[Event]) -> tuple[Instant, Instant]:
    return min(event.time for event in events), max(event.time for event in events)
