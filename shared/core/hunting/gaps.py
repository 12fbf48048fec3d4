"""What hunting lacks in a tenant, told from its refusals, and queries that do without it.

A tenant without a product has not its tables, and columns come and go: a query that names what is not there
is refused whole. The refusal's words, as documented and as seen in public reports (read 2026-11):
https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-errors,
https://github.com/MicrosoftDocs/microsoft-365-docs/issues/7787,
https://github.com/briandelmsft/STAT-Function/issues/30, https://github.com/Azure/Azure-Sentinel/issues/3814.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from shared.core.correlate import Cell
from shared.core.hunting import kql as text
from shared.core.hunting.alert_evidence_query import EVIDENCE_COLUMNS
from shared.core.tables import TABLES, TYPES
from shared.core.values import by_key

_NAMED = re.compile(r"failed to resolve [a-z ]{1,60} named ['\"](\w{1,100})['\"]", re.IGNORECASE)
# Tables that are asked beside those with events, each with the columns that our queries name.
_BESIDE = {
    "AlertEvidence": EVIDENCE_COLUMNS,
    "DeviceInfo": "Timestamp, DeviceId, LoggedOnUsers, MergedToDeviceId, MergedDeviceIds",
}
_COLUMNS: Mapping[str, tuple[str, ...]] = {table.name: table.asked for table in TABLES} | {
    name: tuple(columns.split(", ")) for name, columns in _BESIDE.items()
}


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """A table that the tenant's hunting lacks, or one column of it."""

    table: str
    column: str = ""

    @property
    def words(self) -> str:
        """The gap as a reader of a row is told of it."""
        return f"{self.column} of {self.table}" if self.column else self.table


def gaps_named(refusal: str, kql: str) -> tuple[Gap, ...]:
    """What the words of a refusal say is not there; nothing where they name no table or column of ours.

    The words name a column without its table: then the column of every table in the query that has it, of
    which perhaps not all are without it.
    """
    found = _NAMED.search(refusal)
    if found is None:
        return ()
    name, tables = found[1], _tables_in(kql)
    if name in tables:
        return (Gap(name),)
    return tuple(Gap(table, name) for table in tables if name in _COLUMNS[table])


def is_nobodys_fault(refusal: str) -> bool:
    """True where the refusal says that a name is not there: asked for fewer alerts, it is refused as well."""
    return _NAMED.search(refusal) is not None


def whose_column_query(suspects: Iterable[Gap]) -> str:
    """A query for those of the tables that do have the column in question."""
    parts = [
        f"{gap.table} | getschema | where ColumnName == {text.literal(gap.column)}"
        f" | project Table = {text.literal(gap.table)}"
        for gap in suspects
    ]
    return text.union(parts)


def without_whole(suspects: Iterable[Gap], rows: Iterable[Mapping[str, Cell]]) -> tuple[Gap, ...]:
    """The suspects less those whose table has the column, by the answer to `whose_column_query`."""
    whole = {row.get("Table") for row in rows}
    return tuple(gap for gap in suspects if gap.table not in whole)


def gaps_in(kql: str, gaps: Collection[Gap]) -> tuple[Gap, ...]:
    """Those of the gaps that the query runs into, in their order."""
    if not gaps:
        return ()
    words = set(re.findall(r"\w+", kql))
    return tuple(sorted(gap for gap in gaps if gap.table in words and (gap.column or gap.table) in words))


def without_gaps(kql: str, gaps: Collection[Gap]) -> str:
    """The query for a tenant with these gaps: a table that is not there has no rows, a column no values.

    Each such table is given its name anew at the head of the query, so that the rest can stay as it is: the
    innermost `let` of a name is used, and its own right side still means the table.
    https://learn.microsoft.com/en-us/kusto/query/let-statement (read 2026-11)
    """
    lacking = by_key((gap.table, gap.column) for gap in gaps_in(kql, gaps))
    return "".join(_stand_in(table, columns) for table, columns in lacking.items()) + kql


def _stand_in(table: str, columns: list[str]) -> str:
    if "" in columns:
        listed = ", ".join(f"{column}:{_type(column)}" for column in _COLUMNS[table])
        return f"let {table} = datatable({listed}) []; // this tenant has no such table\n"
    added = ", ".join(f"{column} = {_nothing(column)}" for column in columns)
    return f"let {table} = {table} | extend {added}; // which this tenant lacks\n"


def _nothing(column: str) -> str:
    kind = _type(column)
    return '""' if kind == "string" else f"{kind}(null)"


def _type(column: str) -> str:
    return TYPES.get(column, "string")


def _tables_in(kql: str) -> tuple[str, ...]:
    """The tables that a query of ours names; what stands in its literals may add one, which does no harm."""
    words = set(re.findall(r"\w+", kql))
    return tuple(table for table in _COLUMNS if table in words)
