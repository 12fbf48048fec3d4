"""The SQL around a hunting table and its cells: how rows enter DuckDB, and in which form they leave it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from local.simulator import ticks

_SQL_TYPES = {
    "string": "VARCHAR",
    "datetime": "TIMESTAMP_NS",
    "bool": "BOOLEAN",
    "int": "INTEGER",
    "long": "BIGINT",
    "real": "DOUBLE",
    "dynamic": "JSON",
}
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: rows are many
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


CAME = "_Came"  # the column in which a query finds when a row came, where it asks for that


def sql_time(moment: int) -> str:
    """A time in ticks as an SQL expression."""
    return f"make_timestamp_ns({moment * 100}::BIGINT)" if moment < 2**63 // 100 else "'infinity'::TIMESTAMP"


def create_table(table: str, columns: Mapping[str, str]) -> str:
    """The statement that makes the table behind `create_view`, with a column for when a row can be found."""
    cells = ", ".join(f"{quoted(name)} {_SQL_TYPES[kind]}" for name, kind in columns.items())
    return f"CREATE TABLE store.{quoted(table)} ({cells}, _visible BIGINT NOT NULL)"


def create_view(table: str, columns: Mapping[str, str], *, with_came: bool = False) -> str:
    """The statement that makes what queries see: the rows that are visible at the connection's hunt_now.
    `with_came` is for those that ask when a row came: of another name, and with that column."""
    names = ", ".join(quoted(name) for name in columns)
    view = table + CAME if with_came else table
    if with_came:
        names += f", make_timestamp_ns(_visible * 100) AS {quoted(CAME)}"
    seen = "_visible <= getvariable('hunt_now')"
    if "Timestamp" in columns:
        # A recording may leave the time out; its row is then of any time.
        seen += (
            ' AND ("Timestamp" IS NULL OR "Timestamp" BETWEEN getvariable(\'hunt_first\')'
            " AND getvariable('hunt_last'))"
        )
    return f"CREATE VIEW {quoted(view)} AS SELECT {names} FROM store.{quoted(table)} WHERE {seen}"  # noqa: S608


def line(row: Mapping[str, object], visible_at: int | None) -> bytes:
    """A row as a line of JSON that `insert` reads."""
    text = _as_json({**row, "_visible": visible_at})
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _LONE_SURROGATE.sub("\ufffd", text).encode()


def insert(table: str, columns: Mapping[str, str], used: Sequence[str]) -> str:
    """The statement that reads a file of `line`s (its one parameter) into the table."""
    read = ", ".join(f"'{name}': 'VARCHAR'" for name in [*used, "_visible"])
    values = [f"{_entering(name, columns[name])} AS {quoted(name)}" for name in used]
    # A column that no row names is left to its default; a string must not be null.
    values += [
        f"'' AS {quoted(name)}" for name, kind in columns.items() if kind == "string" and name not in used
    ]
    own_time = 'epoch_ns("Timestamp"::TIMESTAMP_NS) // 100' if "Timestamp" in used else "0"
    visible = f"coalesce(_visible::BIGINT, {own_time}, 0) AS _visible"
    return (
        f"INSERT INTO store.{quoted(table)} BY NAME SELECT {', '.join([*values, visible])} "  # noqa: S608
        f"FROM read_json(?, format='newline_delimited', columns={{{read}}}, maximum_object_size=67108864)"
    )


def _entering(name: str, kind: str) -> str:
    cell = quoted(name)
    if kind == "string":
        return f"coalesce({cell}, '')"
    if kind == "dynamic":
        return f"CASE WHEN json_valid({cell}) THEN {cell}::JSON ELSE to_json({cell}) END"
    return f"CAST(nullif({cell}, '') AS {_SQL_TYPES[kind]})"


def kql_type(sql_type: str) -> str:
    """The KQL type of a column of the result, from DuckDB's."""
    if sql_type.startswith(("TIMESTAMP", "DATE")):
        return "datetime"
    if sql_type.startswith("DECIMAL"):
        return "decimal"
    if sql_type.endswith("]") or sql_type.startswith(("STRUCT", "MAP", "JSON")):
        return "dynamic"
    plain = {"BOOLEAN": "bool", "DOUBLE": "real", "FLOAT": "real", "UUID": "guid", "INTERVAL": "timespan"}
    if sql_type in plain:
        return plain[sql_type]
    if sql_type in ("INTEGER", "SMALLINT", "TINYINT", "USMALLINT", "UTINYINT"):
        return "int"
    return "long" if "INT" in sql_type else "string"


def as_returned(name: str, sql_type: str) -> str:
    """The expression that brings a column of the result to Python without losing anything of it."""
    cell = quoted(name)
    if sql_type.startswith(("TIMESTAMP", "DATE")):
        return f"strftime({cell}::TIMESTAMP_NS, '%Y-%m-%dT%H:%M:%S.%n')"
    if kql_type(sql_type) == "dynamic":
        return f"CAST(to_json({cell}) AS VARCHAR)"
    if kql_type(sql_type) in ("guid", "decimal"):
        return f"CAST({cell} AS VARCHAR)"
    return cell


def reader(kind: str) -> Callable[[Any], Any]:
    """What turns a fetched value of this KQL type into the value that JSON of the service holds."""
    readers: dict[str, Callable[[Any], Any]] = {
        "datetime": _time,
        "string": _string,
        "timespan": _timespan,
        "bool": _bool,
        "real": _real,
    }
    return readers.get(kind, _same)


def _time(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    # DuckDB prints nine digits; Kusto has seven, and drops trailing zeros.
    return value[:27].rstrip("0").rstrip(".") + "Z" if "." in value else value


def _string(value: Any) -> Any:
    return "" if value is None else value


def _bool(value: Any) -> Any:
    return bool(value) if isinstance(value, int) else value


def _real(value: Any) -> Any:
    # JSON has no word for these; Kusto writes them as texts.
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value


def _same(value: Any) -> Any:
    return value


def _timespan(value: Any) -> Any:
    if not isinstance(value, timedelta):
        return value
    units = round(value.total_seconds() * 1_000_000) * (ticks.PER_SECOND // 1_000_000)
    sign, units = ("-", -units) if units < 0 else ("", units)
    days, units = divmod(units, 86_400 * ticks.PER_SECOND)
    seconds, fraction = divmod(units, ticks.PER_SECOND)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{sign}{f'{days}.' if days else ''}{clock}{f'.{fraction:07d}' if fraction else ''}"
