"""KQL for processes: their creation, what they did, what they started, and the processes around them.

An answer brings two steps of a tree at once, up and down, since each question costs seconds and a call.
"""

from collections.abc import Iterable, Sequence

from shared.core.correlate import HuntPolicy, ProcessKey
from shared.core.hunting import kql
from shared.core.hunting.columns import projection
from shared.core.hunting.wants import ActivityOverflow, MentionOverflow, ProcessActivity, ProcessCreation
from shared.core.tables import PROCESSES, TABLES
from shared.core.values import Instant

_KEY = "DeviceId:string, Pid:long, Created:datetime"
_GROUP = "Table, Generation, DeviceId, InitiatingProcessId, InitiatingProcessCreationTime"


def chain_query(
    creations: Sequence[ProcessCreation], activities: Sequence[ProcessActivity], policy: HuntPolicy
) -> str:
    """Creation rows of `creations` and of who started them; what `activities` and their children did.

    Rows of one process and table beyond the policy's number are counted instead of sent.
    """
    parts, results = [], []
    if creations:
        parts.append(births_part([want.key for want in creations], policy.reach_s, policy.late_row_s))
        results.append("Creations")
    if reach := reach_above(creations, policy):
        parts.append(_above_part(*reach, policy.reach_s, policy.late_row_s))
        results.append("Ancestors")
    if activities:
        parts.append(_activity_part(activities, policy))
        results += [f"(ProcessActivity | join kind=leftanti (Overflows) on {_GROUP})", "Overflows"]
    return kql.lines(*parts, _together(results))


def reach_above(creations: Iterable[ProcessCreation], policy: HuntPolicy) -> tuple[Instant, Instant] | None:
    """From when to when the query for `creations` looks for the rows above theirs; None where it does not."""
    created = [want.key.created for want in creations if want.up]
    return (min(created).plus(-policy.retention_s), max(created)) if created else None


def _above_part(first: Instant, last: Instant, tolerance_s: float, late_row_s: float) -> str:
    """`let Ancestors`: the creation rows of the parents in `Creations`, and of theirs."""
    parents = [
        f"Creations | project DeviceId, Pid = {actor}Id, Created = {actor}CreationTime"
        for actor in ("InitiatingProcess", "InitiatingProcessParent")
    ]
    return kql.lines(
        f"let Above = {kql.union(parents)}",
        "    | distinct DeviceId, Pid, Created;",
        f"let Ancestors = {PROCESSES}",
        f"    | where Timestamp {kql.between(first, last.plus(late_row_s))}",
        _creations_of("Above", -1, tolerance_s, late_row_s),
    )


def _creations_of(keys: str, generation: int, tolerance_s: float, late_row_s: float) -> str:
    """Of creation rows those of the processes in the table `keys`."""
    return kql.lines(
        f"    | where DeviceId in (({keys} | distinct DeviceId)) and ProcessId in (({keys} | distinct Pid))",
        f"    {projection(PROCESSES, f'Generation = {generation}')}",
        f"    | join kind=inner ({keys}) on DeviceId, $left.ProcessId == $right.Pid",
        f"    | where ProcessCreationTime {near('Created', tolerance_s)}",
        f"    | where Timestamp {around('Created', tolerance_s, late_row_s)}",
        "    | project-away DeviceId1, Pid, Created;",
    )


def births_part(keys: Iterable[ProcessKey], tolerance_s: float, late_row_s: float) -> str:
    """`let Creations`: the creation rows of these processes, each as long after its own creation as is said:
    so that one asked for alone has the same rows as among others."""
    keys = ordered(keys)
    first = min(key.created for key in keys).plus(-tolerance_s)
    last = max(key.created for key in keys).plus(late_row_s)
    return kql.lines(
        f"let Named = {listed(keys)};",
        f"let Creations = {PROCESSES}",
        f"    | where Timestamp {kql.between(first, last)}",
        _creations_of("Named", 0, tolerance_s, late_row_s),
    )


def _activity_part(activities: Sequence[ProcessActivity], policy: HuntPolicy) -> str:
    """What the wanted processes did (Generation 1), what the processes did that they started (2), and
    creation rows of what those started in turn, as far as such a row names the wanted process (3)."""
    keys = ordered({want.key for want in activities})
    parents = ordered({want.key for want in activities if want.down})
    span = kql.between(min(want.first for want in activities), max(want.last for want in activities))
    lets = [f"let Wanted = {listed(keys)};", "let Devices = Wanted | distinct DeviceId;"]
    acting = "Wanted | distinct Pid"
    generations = [_by("Seen", "Wanted", "InitiatingProcess", 1, policy)]
    if parents:
        lets.append(f"let Parents = {'Wanted' if parents == keys else listed(parents)};")
        lets.append(_started_part(span, policy))
        acting = "union (Wanted | project Pid), (Started | project Pid) | distinct Pid"
        starts = _branch(PROCESSES, span, "InitiatingProcessParentId in ((Parents | distinct Pid))")
        generations.append(_by("Seen", "Started", "InitiatingProcess", 2, policy))
        generations.append(_by(starts, "Parents", "InitiatingProcessParent", 3, policy))
    return kql.lines(
        *lets,
        f"let Pids = {acting};",
        "let Seen = materialize(",
        kql.indented(
            kql.union(_branch(table.name, span, "InitiatingProcessId in (Pids)") for table in TABLES)
        ),
        ");",
        "let ProcessActivity = materialize(",
        kql.indented(kql.union(generations)),
        ");",
        f"let Overflows = ProcessActivity | summarize Rows = count() by {_GROUP}",
        f"    | where Rows > {policy.process_rows};",
    )


def _started_part(span: str, policy: HuntPolicy) -> str:
    """`let Started`: the processes that `Parents` started; an exec, which keeps the pid, is no start."""
    return kql.lines(
        f"let Started = materialize({PROCESSES}",
        f"    | where Timestamp {span}",
        "    | where DeviceId in (Devices) and InitiatingProcessId in ((Parents | distinct Pid))",
        "    | where ProcessId != InitiatingProcessId",
        "    | join kind=inner (Parents) on DeviceId, $left.InitiatingProcessId == $right.Pid",
        f"    | where InitiatingProcessCreationTime {near('Created', policy.reach_s)}",
        "    | project DeviceId, Pid = ProcessId, Created = ProcessCreationTime",
        "    | distinct DeviceId, Pid, Created);",
    )


def _branch(table: str, span: str, condition: str) -> str:
    return kql.lines(
        table,
        f"| where Timestamp {span}",
        f"| where DeviceId in (Devices) and {condition}",
        projection(table),
    )


def _by(rows: str, wanted: str, actor: str, generation: int, policy: HuntPolicy) -> str:
    """Those of the rows that have one of the wanted processes in the actor's columns."""
    return kql.lines(
        rows,
        f"| join kind=inner ({wanted}) on DeviceId, $left.{actor}Id == $right.Pid",
        f"| where {actor}CreationTime {near('Created', policy.reach_s)}",
        f"| extend Generation = {generation}",
        "| project-away DeviceId1, Pid, Created",
    )


def overflow_query(wants: Sequence[ActivityOverflow], policy: HuntPolicy) -> str:
    """For each process and table with too many rows, those nearest to the alert, and how many there are."""
    branches = []
    for want in wants:
        key = want.key
        created = kql.between(key.created.plus(-policy.reach_s), key.created.plus(policy.reach_s))
        rows = [
            want.table,
            f"| where Timestamp {kql.between(want.first, want.last)}",
            f"| where DeviceId == {kql.literal(key.device_id)}"
            f" and InitiatingProcessId == {kql.number(key.pid)}",
            f"| where InitiatingProcessCreationTime {created}",
        ]
        of = (
            f"DeviceId = {kql.literal(key.device_id)}",
            f"InitiatingProcessId = {kql.number(key.pid)}",
            f"InitiatingProcessCreationTime = {kql.moment(key.created)}",
        )
        nearest_rows = [*rows, nearest(want.near, policy.process_rows), projection(want.table)]
        branches += ["\n".join(nearest_rows), kql.lines(*rows, counting(want, *of))]
    return kql.union(branches)


def nearest(moment: Instant, rows: int) -> str:
    """The steps that keep the rows nearest to a moment; `correlate.asked.nearest` orders them alike."""
    away = f"abs(datetime_diff('millisecond', Timestamp, {kql.moment(moment)}))"
    return f"| extend Away = {away}\n| sort by Away asc, Timestamp asc, ReportId asc\n| take {rows}"


def counting(want: ActivityOverflow | MentionOverflow, *of: str) -> str:
    """The steps that count all rows of the question in place of them; `of` says whose they are."""
    first, last = (f"{name} = {kql.moment(at)}" for name, at in (("First", want.first), ("Last", want.last)))
    said = ", ".join((f"Table = {kql.literal(want.table)}", *of, first, last))
    return f"| summarize Rows = count()\n| extend {said}"


def around(column: str, before_s: float, after_s: float) -> str:
    """The right side of a comparison with a time in another column: from so long before to so long after."""
    return f"between (({column} - {_seconds(before_s)}) .. ({column} + {_seconds(after_s)}))"


def near(column: str, tolerance_s: float) -> str:
    """The right side of a comparison with a time in another column, within the tolerance."""
    return around(column, tolerance_s, tolerance_s)


def _seconds(seconds: float) -> str:
    return f"{seconds:f}".rstrip("0").rstrip(".") + "s"


def ordered(keys: Iterable[ProcessKey]) -> list[ProcessKey]:
    """The processes once each, in a fixed order."""
    return sorted(set(keys), key=lambda key: (key.device_id, key.created, key.pid))


def listed(keys: Iterable[ProcessKey]) -> str:
    """The processes as a table."""
    rows = [(kql.literal(key.device_id), kql.number(key.pid), kql.moment(key.created)) for key in keys]
    return kql.table(_KEY, rows)


def _together(results: Sequence[str]) -> str:
    return results[0] if len(results) == 1 else "union " + ", ".join(results)
