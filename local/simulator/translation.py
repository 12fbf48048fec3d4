"""The SQL of a KQL query, by duckdb-kql, which needs a third of a second; so each shape is translated once,
and what was translated is kept for other processes.

Two queries have one shape when they differ in nothing but their times and the rows of their datatables, as
the app's hunts do from one minute to the next. A query is translated with made-up values in those places,
which are then found in the SQL and replaced by the query's own. Where they are not found as expected, the
query is translated as it stands.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import duckdb_kql

from local.simulator.kept_shapes import KeptShapes
from local.simulator.kql_text import plain_escapes

_MOST_KEPT = 256  # shapes
# COALESCE(TRY_CAST('…' AS TIMESTAMPTZ) AT TIME ZONE 'UTC', try_strptime(CAST('…' AS VARCHAR), [ formats ]))
_LITERAL_TIME = re.compile(
    r"COALESCE\(TRY_CAST\('(\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?)?)Z?' AS TIMESTAMPTZ\) "
    r"AT TIME ZONE 'UTC', try_strptime\(CAST\('[0-9TZ :.-]+' AS VARCHAR\), \['[^\]]*'\]\)\)"
)
_DATATABLE_TIME = re.compile(r"CAST\((CAST\('[0-9T :.-]+' AS TIMESTAMP_NS\)) AS TIMESTAMP\)")

# Literals that the SQL has letter for letter, and what stands for each while a shape is translated.
_TIME = r"datetime\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z\)"
_LITERAL = rf"\"[^\"'\\\x00-\x1f]*\"|\b(?:0|[1-9]\d{{0,17}})\b|{_TIME}"
_LITERALS = re.compile(_LITERAL)
_PLACE = re.compile(
    rf"datatable\((?P<columns>[\w:, ]+)\)\s*\[(?P<rows>\s*(?:{_LITERAL})(?:\s*,\s*(?:{_LITERAL}))*\s*)\]"
    rf"|{_TIME}"
)
_MADE_UP = {
    "string": '"Zq7{:07}"',
    "long": "71000000000{:07}",
    "datetime": "datetime(1901-02-03T04:05:06.{:07}Z)",
}
_IN_SQL = re.compile(r"(?:Zq7|71000000000|1901-02-03T04:05:06\.)(\d{7})")
_ROW_IN_SQL = re.compile(r"\(VALUES (\((?:(?!\) AS _dt\().)*\))\) AS _dt\(", re.DOTALL)
_PLACE_IN_SQL = re.compile(r"\x00(\d+)\x00")
_WIDEST = 1_000  # columns of a datatable: the n-th place's values are numbered from n times as many on

type Cells = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Template:
    """The SQL of a shape: text and the number of a place by turns; and a row of each datatable, written as
    text and the number of a column by turns."""

    pieces: Sequence[str]
    rows: Mapping[int, Sequence[str]]

    def filled(self, places: Sequence[Cells]) -> str:
        """The SQL with these values."""
        return _joined(self.pieces, [self._text(number, rows) for number, rows in enumerate(places)])

    def _text(self, number: int, rows: Cells) -> str:
        if number in self.rows:
            return ", ".join(_joined(self.rows[number], row) for row in rows)
        return rows[0][0]


class Translator:
    """Translates for tables with these columns, once for all who have the same `kept`; any thread may ask."""

    def __init__(self, columns: Mapping[str, Sequence[str]], kept: KeptShapes | None = None) -> None:
        self._columns = {name: list(of) for name, of in columns.items()}
        self._kept = kept
        self._lock = threading.Lock()
        self._templates: OrderedDict[str, _Template | None] = OrderedDict()

    def sql(self, kql: str) -> str:
        """The SQL; raises duckdb_kql.KqlError."""
        shape, places, tables = shape_of(kql)
        if not places or _IN_SQL.search(kql):
            return self.sql_as_it_stands(kql)
        with self._lock:
            if shape not in self._templates:
                self._templates[shape] = self._known(shape, len(places), tables)
                if len(self._templates) > _MOST_KEPT:
                    self._templates.popitem(last=False)
            self._templates.move_to_end(shape)
            template = self._templates[shape]
        return self.sql_as_it_stands(kql) if template is None else template.filled(places)

    def sql_as_it_stands(self, kql: str) -> str:
        """The SQL, whatever shapes are known; raises duckdb_kql.KqlError."""
        sql = str(duckdb_kql.to_sql(plain_escapes(kql), schema=self._columns, allow_write=False))
        return _DATATABLE_TIME.sub(r"\1", _LITERAL_TIME.sub(r"CAST('\1' AS TIMESTAMP_NS)", sql))

    def _known(self, shape: str, places: int, tables: set[int]) -> _Template | None:
        """As `_template`, with what was translated before."""
        found = self._kept.find(shape) if self._kept else None
        if found is not None:
            return _Template(*found)
        template = self._template(shape, places, tables)
        if self._kept and template:
            self._kept.keep(shape, template.pieces, template.rows)
        return template

    def _template(self, shape: str, places: int, tables: set[int]) -> _Template | None:
        """None where the made-up values are not where they should be."""
        try:
            sql = self.sql_as_it_stands(shape)
        except duckdb_kql.KqlError:
            return None
        rows: dict[int, Sequence[str]] = {}

        def taken_out(values: re.Match[str]) -> str:
            made_up = _IN_SQL.search(values[1])
            if made_up is None:
                return values[0]
            number = int(made_up[1]) // _WIDEST
            row = _IN_SQL.sub(lambda value: f"\x00{int(value[1]) % _WIDEST}\x00", values[1])
            rows[number] = _PLACE_IN_SQL.split(row)
            return f"(VALUES \x00{number}\x00) AS _dt("

        sql = _ROW_IN_SQL.sub(taken_out, sql)
        times = {int(number) // _WIDEST for number in _IN_SQL.findall(sql)}
        if rows.keys() != tables or times != set(range(places)) - tables:
            return None
        sql = _IN_SQL.sub(lambda value: f"\x00{int(value[1]) // _WIDEST}\x00", sql)
        return _Template(_PLACE_IN_SQL.split(sql), rows)


def shape_of(kql: str) -> tuple[str, list[Cells], set[int]]:
    """The query with made-up values; the values of each place, one row of one where it is a time; and which
    places are datatables."""
    places: list[Cells] = []
    tables: set[int] = set()

    def made_up(place: re.Match[str]) -> str:
        first = len(places) * _WIDEST
        if place["columns"] is None:
            places.append([[_content(place[0])]])
            return _MADE_UP["datetime"].format(first)
        kinds = [column.rpartition(":")[2].strip() for column in place["columns"].split(",")]
        rows = list(itertools.batched(_LITERALS.findall(place["rows"]), len(kinds), strict=False))
        if any([_kind(literal) for literal in row] != kinds for row in rows):
            return place[0]
        tables.add(len(places))
        places.append([[_content(literal) for literal in row] for row in rows])
        row = ", ".join(_MADE_UP[kind].format(first + at) for at, kind in enumerate(kinds))
        return f"datatable({place['columns']}) [{row}]"

    return _PLACE.sub(made_up, kql), places, tables


def _kind(literal: str) -> str:
    return {'"': "string", "d": "datetime"}.get(literal[0], "long")


def _content(literal: str) -> str:
    return literal.removeprefix("datetime(").removesuffix("Z)") if literal[0] == "d" else literal.strip('"')


def _joined(pieces: Sequence[str], values: Sequence[str]) -> str:
    return "".join(values[int(piece)] if at % 2 else piece for at, piece in enumerate(pieces))


@cache
def translator(columns: tuple[tuple[str, tuple[str, ...]], ...]) -> Translator:
    """The one translator for tables with these columns: what it has learned serves every engine."""
    return Translator(dict(columns), KeptShapes(dict(columns)))
