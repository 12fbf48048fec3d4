"""KQL for processes: their creation, what they did, what they started."""

from collections.abc import Iterable, Sequence

from shared.core import kql
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import PROCESSES
from shared.core.finding import ProcessKey
from shared.core.hunting.columns import TABLES, projection
from shared.core.hunting.wants import Birth, CrowdedDeeds, Deeds
from shared.core.instant import Instant

_KEY = "DeviceId:string, Pid:long, Created:datetime"
_GROUP = "Table, Generation, DeviceId, InitiatingProcessId, InitiatingProcessCreationTime"
_LATE_ROW = 3_600.0  # seconds after a process's creation by which its row is stamped at the latest


def chain_query(births: Sequence[Birth], deeds: Sequence[Deeds], policy: HuntPolicy) -> str:
    """Creation rows of `births`; and of `deeds` what each did and started, and what its children started.

    Rows of one process and table beyond the policy's number are counted instead of sent.
    """
    parts, results = [], []
    if births:
        parts.append(births_part([want.key for want in births], policy.tolerance_s))
        results.append("Births")
    if deeds:
        parts.append(_deeds_part(deeds, policy))
        results += [f"(Deeds | join kind=leftanti (Crowds) on {_GROUP})", "Crowds"]
    return "\n".join([*parts, _together(results)])


def births_part(keys: Iterable[ProcessKey], tolerance_s: float) -> str:
    """`let Births`: the creation rows of these processes."""
    keys = ordered(keys)
    first = min(key.created for key in keys).plus(-tolerance_s)
    last = max(key.created for key in keys).plus(_LATE_ROW)
    return "\n".join(
        [
            f"let Named = {_listed(keys)};",
            "let Births = DeviceProcessEvents",
            f"    | where Timestamp {kql.between(first, last)}",
            "    | where DeviceId in ((Named | distinct DeviceId)) and ProcessId in ((Named | distinct Pid))",
            f"    {projection(PROCESSES, 'Generation = 0')}",
            "    | join kind=inner (Named) on DeviceId, $left.ProcessId == $right.Pid",
            f"    | where ProcessCreationTime {near('Created', tolerance_s)}",
            "    | project-away DeviceId1, Pid, Created;",
        ]
    )


def _deeds_part(deeds: Sequence[Deeds], policy: HuntPolicy) -> str:
    keys = ordered({want.key for want in deeds})
    span = kql.between(min(want.first for want in deeds), max(want.last for want in deeds))
    by_actor = [_branch(table, span, "InitiatingProcess", 1) for table in TABLES]
    return "\n".join(
        [
            f"let Wanted = {_listed(keys)};",
            "let Devices = Wanted | distinct DeviceId;",
            "let Pids = Wanted | distinct Pid;",
            "let Deeds = materialize(",
            _union(by_actor, "InitiatingProcess", policy.tolerance_s),
            "    | union (",
            _union(
                [_branch(PROCESSES, span, "InitiatingProcessParent", 2)],
                "InitiatingProcessParent",
                policy.tolerance_s,
            ),
            "    )",
            ");",
            f"let Crowds = Deeds | summarize Rows = count() by {_GROUP}",
            f"    | where Rows > {policy.process_rows};",
        ]
    )


def _branch(table: str, span: str, actor: str, generation: int) -> str:
    return "\n".join(
        [
            table,
            f"| where Timestamp {span}",
            f"| where DeviceId in (Devices) and {actor}Id in (Pids)",
            projection(table, f"Generation = {generation}"),
        ]
    )


def _union(branches: Sequence[str], actor: str, tolerance_s: float) -> str:
    lines = [
        kql.union(branches),
        f"| join kind=inner (Wanted) on DeviceId, $left.{actor}Id == $right.Pid",
        f"| where {actor}CreationTime {near('Created', tolerance_s)}",
        "| project-away DeviceId1, Pid, Created",
    ]
    return kql.indented("\n".join(lines))


def crowd_query(wants: Sequence[CrowdedDeeds], policy: HuntPolicy) -> str:
    """For each process and table with too many rows, those nearest to the alert."""
    branches = []
    for want in wants:
        created = kql.between(
            want.key.created.plus(-policy.tolerance_s), want.key.created.plus(policy.tolerance_s)
        )
        branches.append(
            "\n".join(
                [
                    want.table,
                    f"| where Timestamp {kql.between(want.first, want.last)}",
                    f"| where DeviceId == {kql.literal(want.key.device_id)}"
                    f" and InitiatingProcessId == {kql.number(want.key.pid)}",
                    f"| where InitiatingProcessCreationTime {created}",
                    nearest(want.near, policy.process_rows),
                    projection(want.table),
                ]
            )
        )
    return kql.union(branches)


def nearest(moment: Instant, rows: int) -> str:
    """The step that keeps the rows nearest to a moment."""
    away = f"abs(datetime_diff('millisecond', Timestamp, {kql.moment(moment)}))"
    return f"| top {rows} by {away} asc"


def near(column: str, tolerance_s: float) -> str:
    """The right side of a comparison with a time in another column, within the tolerance."""
    seconds = f"{tolerance_s:f}".rstrip("0").rstrip(".") + "s"
    return f"between (({column} - {seconds}) .. ({column} + {seconds}))"


def ordered(keys: Iterable[ProcessKey]) -> list[ProcessKey]:
    """The processes once each, in a fixed order."""
    return sorted(set(keys), key=lambda key: (key.device_id, key.created, key.pid))


def _listed(keys: Sequence[ProcessKey]) -> str:
    rows = [(kql.literal(key.device_id), kql.number(key.pid), kql.moment(key.created)) for key in keys]
    return kql.table(_KEY, rows)


def _together(results: Sequence[str]) -> str:
    return results[0] if len(results) == 1 else "union " + ", ".join(results)
