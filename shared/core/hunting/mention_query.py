"""KQL for rows that name what an alert's evidence names, and for what a device did."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.core.correlate import ACTIONS, LOUD, TOOLS, HuntPolicy, Indicator, Method, spelling
from shared.core.hunting import kql
from shared.core.hunting.chain_query import counting, nearest
from shared.core.hunting.columns import projection
from shared.core.hunting.wants import DeviceActivity, IndicatorMentions, MentionOverflow, MomentActivity
from shared.core.tables import BY_NAME, DEVICE_EVENTS, PROCESSES, TABLES, IndicatorKind, Table
from shared.core.values import Instant, by_key

_LISTS = {
    Method.FILE_HASH: "Hashes",
    Method.FILE_NAME: "Names",
    Method.ADDRESS: "Addresses",
    Method.URL: "Hosts",
    Method.ACCOUNT: "Accounts",
}
_GROUP = "Table, DeviceId, Match"
_MOMENT = "Table, DeviceId, First, Last"


@dataclass(frozen=True, slots=True)
class _Sought:
    """The values of one kind, as rows may spell them."""

    method: Method
    values: tuple[str, ...]

    def condition(self, column: str) -> str:
        """KQL that is true where the column names one of the values."""
        if self.method is Method.REGISTRY:
            return " or ".join(f"{column} endswith {kql.literal(value)}" for value in self.values)
        operator = "has_any" if column.endswith("Url") else "in~"
        return f"{column} {operator} ({_LISTS[self.method]})"

    def definition(self) -> str:
        """The `let` that the conditions refer to; empty where they need none."""
        if self.method is Method.REGISTRY:
            return ""
        values = ", ".join(kql.literal(value) for value in self.values)
        return f"let {_LISTS[self.method]} = dynamic([{values}]);"


def mention_query(wants: Sequence[IndicatorMentions], policy: HuntPolicy) -> str:
    """Rows that name any of the things, on the devices and in the time asked; overflows are only counted."""
    sought = _sought({indicator for want in wants for indicator in want.indicators})
    tests = {
        table.name: [(one.condition(column), column) for one in sought for column in _columns(table, one)]
        for table in sorted(TABLES, key=_surest)
    }
    lets = [definition for one in sought if (definition := one.definition())]
    return _matching(lets, wants, tests, policy)


def device_activity_query(wants: Sequence[DeviceActivity], policy: HuntPolicy) -> str:
    """The telling things the devices did in the time asked; overflows are counted instead."""
    actions = [f"ActionType in {kql.strings(ACTIONS)}"]
    actions += [f"ActionType startswith {kql.literal(word)}" for word in LOUD]
    tests = {
        PROCESSES: [(f"FileName in~ {kql.strings(TOOLS)}", "FileName")],
        DEVICE_EVENTS: [(" or ".join(actions), "ActionType")],
    }
    return _matching([], wants, tests, policy)


def moment_query(wants: Sequence[MomentActivity], policy: HuntPolicy) -> str:
    """Everything that the devices did within the moments asked; where a table has very many rows of one
    moment, they are counted instead."""
    span = kql.between(min(want.first for want in wants), max(want.last for want in wants))
    rows = sorted(((want.device_id, want.first, want.last) for want in wants), key=lambda row: row[:2])
    branches = [
        kql.lines(
            table.name,
            f"| where Timestamp {span}",
            "| where DeviceId in (Devices)",
            projection(table.name),
            "| join kind=inner (Asked) on DeviceId",
            "| where Timestamp between (First .. Last)",
            "| project-away DeviceId1",
        )
        for table in TABLES
    ]
    shown = _counted(kql.union(branches), _MOMENT, policy.moment_rows, " | project-away First, Last")
    return kql.lines(*_asked(rows), *shown)


def mention_overflow_query(wants: Sequence[MentionOverflow], policy: HuntPolicy) -> str:
    """For each thing that too many rows name, and each moment with too many rows, those nearest to it; and
    how many rows name the thing."""
    branches = []
    for want in wants:
        rows = [
            want.table,
            f"| where Timestamp {kql.between(want.first, want.last)}",
            f"| where DeviceId == {kql.literal(want.device_id)}",
        ]
        most = policy.mention_rows if want.match else policy.moment_rows
        of = (f"DeviceId = {kql.literal(want.device_id)}", f"Match = {kql.literal(want.match)}")
        if want.match:
            rows.append(f"| where {_naming(want)}")
            branches.append(kql.lines(*rows, counting(want, *of)))
        branches.append(kql.lines(*rows, nearest(want.near, most), projection(want.table)))
    return kql.union(branches)


def _naming(want: MentionOverflow) -> str:
    columns = dict.fromkeys(column for named in BY_NAME[want.table].names.values() for column in named)
    match = kql.literal(want.match)
    return " or ".join(f"{column} =~ {match}" for column in (*columns, "ActionType"))


def _columns(table: Table, sought: _Sought) -> tuple[str, ...]:
    """The columns in which the table names such things."""
    return table.names.get(IndicatorKind(sought.method), ())


def _surest(table: Table) -> int:
    """Sorts the branches: by the surest kind of indicator that the table's own columns name."""
    kinds = (kind for kind, columns in table.names.items() if set(columns) & set(table.columns))
    return min(map(list(IndicatorKind).index, kinds), default=len(IndicatorKind))


def _matching(
    lets: Sequence[str],
    wants: Sequence[IndicatorMentions] | Sequence[DeviceActivity],
    tests: Mapping[str, Sequence[tuple[str, str]]],
    policy: HuntPolicy,
) -> str:
    """Rows of each table that pass any of its tests, (condition, column that it looks at)."""
    span = kql.between(min(want.first for want in wants), max(want.last for want in wants))
    filters, narrowed = [f"| where Timestamp {span}"], []
    if all(want.device_id for want in wants):
        filters.append("| where DeviceId in (Devices)")
        narrowed = [
            "| join kind=inner (Asked) on DeviceId",
            "| where Timestamp between (First .. Last)",
            "| project-away DeviceId1, First, Last",
        ]
        devices = by_key((want.device_id, want) for want in wants)
        spans = {
            device: (min(one.first for one in asked), max(one.last for one in asked))
            for device, asked in devices.items()
        }
        lets = [*_asked((device, *spans[device]) for device in sorted(spans)), *lets]
    branches = [_branch(table, filters, tests[table]) for table in tests if tests[table]]
    hits = kql.lines(kql.union(branches), *narrowed)
    return kql.lines(*lets, *_counted(hits, _GROUP, policy.mention_rows))


def _counted(hits: str, group: str, most: int, without: str = "") -> list[str]:
    """The lines of a query for the hits; where a group has too many rows, for their number instead."""
    return [
        "let Hits = materialize(",
        kql.indented(hits),
        ");",
        f"let Overflows = Hits | summarize Rows = count() by {group} | where Rows > {most};",
        f"union (Hits | join kind=leftanti (Overflows) on {group}{without}), Overflows",
    ]


def _asked(rows: Iterable[tuple[str, Instant, Instant]]) -> list[str]:
    """The `let` of the devices, each with the time it is asked about, and of the devices alone."""
    cells = [(kql.literal(device), kql.moment(first), kql.moment(last)) for device, first, last in rows]
    asked = kql.table("DeviceId:string, First:datetime, Last:datetime", cells)
    return [f"let Asked = {asked};", "let Devices = Asked | distinct DeviceId;"]


def _branch(table: str, filters: Sequence[str], tests: Sequence[tuple[str, str]]) -> str:
    """One table's rows; `Match` is the value by which each passed."""
    condition = " or ".join(test for test, _ in tests)
    match = "".join(f"{test}, {column}, " for test, column in tests)
    shown = projection(table, f'Match = case({match}"")')
    return kql.lines(table, *filters, f"| where {condition}", shown)


def _sought(indicators: Iterable[Indicator]) -> list[_Sought]:
    values: dict[Method, set[str]] = {}
    for indicator in indicators:
        values.setdefault(indicator.method, set()).update(_spellings(indicator))
    return [_Sought(method, tuple(sorted(values[method]))) for method in Method if method in values]


def _spellings(indicator: Indicator) -> list[str]:
    if indicator.method is Method.ADDRESS:
        return spelling.address_spellings(indicator.value)
    if indicator.method is Method.REGISTRY:
        return [spelling.registry_tail(indicator.value)]
    return [indicator.value]
