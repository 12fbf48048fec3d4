"""KQL run over recorded telemetry, exact to 100 ns: duckdb-kql translates, DuckDB runs.

What makes it exact, each measured on duckdb-kql 1.1.2 and DuckDB 2.0.1: times are TIMESTAMP_NS columns; the
translator's cast of a literal, which keeps six digits only, is rewritten; times leave as text. Strings are
never null, as in Kusto, where a missing string is the empty one.
What duckdb-kql cannot translate raises Unsupported, never a guess.
"""

from __future__ import annotations

import itertools
import json
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import duckdb_kql

from local.simulator import cells, ticks
from local.simulator.translation import translator

type Schema = Mapping[str, Mapping[str, str]]
type Row = Mapping[str, object]

SCHEMA_FILE = Path(__file__).parent / "schema" / "hunting.json"
MAX_ROWS = (
    100_000  # https://learn.microsoft.com/en-us/graph/api/resources/security-api-overview, read 2026-11-24
)
_DISTANT = ticks.parse("9999-12-31T00:00:00Z")
# DuckDB takes longer to look for what these could save than they save on recorded telemetry: the hunts of the
# recorded incident take 9.1 s of processor time without them, 12.3 s with them (DuckDB 2.0.1, 2026-12-01).
_NOT_WORTH_IT = (
    "projection_pullup,projection_placement,join_order,duplicate_groups,self_join_aggregate,"
    "statistics_propagation,column_lifetime,common_subplan"
)


class EngineError(RuntimeError):
    """The query or the rows are not what the engine can take; the message says which and why."""


class Unsupported(EngineError):
    """A construct of KQL that the service runs and this engine does not."""


class TimedOut(EngineError):
    """The query took longer than it may."""


@dataclass(frozen=True, slots=True)
class Result:
    """`schema` names each column with its KQL type; `rows` hold what JSON of the service would hold."""

    schema: tuple[tuple[str, str], ...]
    rows: tuple[dict[str, Any], ...]
    truncated: bool = False


def hunting_schema(lacking: Collection[str] = ()) -> dict[str, dict[str, str]]:
    """The hunting tables with their columns' KQL types; `lacking` names tables, and columns as Table.Column,
    that the tenant has not."""
    tables: dict[str, dict[str, str]] = json.loads(SCHEMA_FILE.read_text("utf-8"))["tables"]
    return {
        table: {name: kind for name, kind in columns.items() if f"{table}.{name}" not in lacking}
        for table, columns in tables.items()
        if table not in lacking
    }


class Engine:
    """Tables of one tenant in memory. Any thread may load and run at any time."""

    def __init__(self, schema: Schema | None = None) -> None:
        self.schema = {name: dict(columns) for name, columns in (schema or hunting_schema()).items()}
        self._translator = translator(tuple((name, tuple(columns)) for name, columns in self.schema.items()))
        told = {name: (*columns, cells.CAME) for name, columns in self.schema.items()}
        self._translator_of_came = translator(tuple(told.items()))
        self._opened: duckdb.DuckDBPyConnection | None = None
        self._opening = threading.Lock()
        self._lock = threading.Lock()
        self._translated: OrderedDict[str, str] = OrderedDict()
        self._made: set[str] = set()  # tables that exist in DuckDB; the others are empty, and made at need
        self._made_with_came: set[str] = set()  # those whose rows' time of coming was asked for

    def close(self) -> None:
        """Gives the memory back; what was loaded is gone."""
        with self._opening:
            if self._opened is not None:
                self._opened.close()
            self._opened = None

    @property
    def _database(self) -> duckdb.DuckDBPyConnection:
        """Opened at first need: it takes 4 MB and some threads, and most of many tenants are never asked."""
        with self._opening:
            if self._opened is None:
                self._opened = duckdb.connect(config={"threads": 2})
                self._opened.execute("SET TimeZone='UTC'; CREATE SCHEMA store")
                self._opened.execute(f"SET disabled_optimizers = '{_NOT_WORTH_IT}'")
            return self._opened

    def load(self, table: str, rows: Iterable[Row], *, visible_at: Sequence[int] | None = None) -> int:
        """The number of rows added to `table`.

        `visible_at` says, in ticks, from when each row can be found; left out, from its own Timestamp on.
        Raises EngineError for a table, a column or a value that does not fit the schema, and adds nothing.
        """
        columns = self.schema.get(table)
        if columns is None:
            raise EngineError(f"unknown table {table!r}")
        rows = list(rows)
        given = set[str]().union(*rows)
        if unknown := given - columns.keys():
            raise EngineError(f"{table}: unknown column {min(unknown)!r}")
        lines = (
            cells.line(row, None if visible_at is None else visible_at[index])
            for index, row in enumerate(rows)
        )
        used = [name for name in columns if name in given]
        try:
            self._insert(table, used, lines)
        except duckdb.Error as error:
            raise EngineError(f"{table}: {str(error).splitlines()[0]}") from error
        return len(rows)

    def _insert(self, table: str, used: Sequence[str], lines: Iterable[bytes]) -> None:
        with tempfile.NamedTemporaryFile(suffix=".ndjson", delete_on_close=False) as file:
            for chunk in itertools.batched(lines, 1000, strict=False):
                file.write(b"\n".join(chunk) + b"\n")
            file.close()
            with self._lock:
                self._make(table)
                self._database.execute(cells.insert(table, self.schema[table], used), [file.name])

    def _make(self, table: str, *, with_came: bool = False) -> None:
        """The table and its views, if they are not there yet; under the lock."""
        if table not in self._made:
            self._database.execute(cells.create_table(table, self.schema[table]))
            self._database.execute(cells.create_view(table, self.schema[table]))
            self._made.add(table)
        if with_came and table not in self._made_with_came:
            self._database.execute(cells.create_view(table, self.schema[table], with_came=True))
            self._made_with_came.add(table)

    def clear(self, table: str | None = None) -> None:
        """Empties one table, or all."""
        with self._lock:
            for name in self._made if table is None else self._made & {table}:
                self._database.execute(f"TRUNCATE store.{cells.quoted(name)}")

    def run(
        self,
        kql: str,
        *,
        now: int | None = None,
        between: tuple[int, int] | None = None,
        types: Sequence[tuple[str, str]] | None = None,
        seconds: float = 180,
    ) -> Result:
        """What the query returns, at most 100,000 rows.

        `now` (ticks) hides rows that are not visible yet; `between` (ticks) hides rows outside of it; left
        out, every row is seen. `types` are the result's columns as the parser knows them, and then the
        result has them in that order; left out, they are DuckDB's. Raises Unsupported, TimedOut after
        `seconds`, or EngineError.
        """
        sql = self._sql(kql)
        first, last = between or (0, _DISTANT)
        with self._database.cursor() as cursor:
            cursor.execute("SET TimeZone='UTC'")
            cursor.execute(f"SET VARIABLE hunt_now = {_DISTANT if now is None else now}::BIGINT")
            cursor.execute(f"SET VARIABLE hunt_first = {cells.sql_time(first)}")
            cursor.execute(f"SET VARIABLE hunt_last = {cells.sql_time(last)}")
            timer = threading.Timer(seconds, cursor.interrupt)
            timer.start()
            try:
                # Into a table first: binding costs more than running, and this way it is done once.
                limited = f"SELECT * FROM ({sql}) LIMIT {MAX_ROWS + 1}"  # noqa: S608 - the translator's own
                cursor.execute(f"CREATE TEMP TABLE _result AS {limited}")
                return _fetch(cursor, types)
            except duckdb.InterruptException:
                raise TimedOut(f"longer than {seconds:.0f} seconds") from None
            except duckdb.Error as error:
                raise EngineError(str(error)[:2000]) from error
            finally:
                timer.cancel()

    def _sql(self, kql: str) -> str:
        with self._lock:
            if (known := self._translated.get(kql)) is not None:
                self._translated.move_to_end(kql)
                return known
        try:
            asks_when = cells.CAME in kql
            sql = (self._translator_of_came if asks_when else self._translator).sql(kql)
        except duckdb_kql.KqlError as error:
            raise Unsupported(str(error)) from error
        with self._lock:
            for name in self.schema:
                if cells.quoted(name) in sql:
                    self._make(name, with_came=asks_when)
                    if asks_when:
                        sql = sql.replace(cells.quoted(name), cells.quoted(name + cells.CAME))
            self._translated[kql] = sql
            if len(self._translated) > 256:
                self._translated.popitem(last=False)
        return sql


def _fetch(cursor: duckdb.DuckDBPyConnection, types: Sequence[tuple[str, str]] | None) -> Result:
    described = {name: str(kind) for name, kind, *_ in cursor.execute("DESCRIBE _result").fetchall()}
    schema = tuple(types or ((name, cells.kql_type(kind)) for name, kind in described.items()))
    if {name for name, _ in schema} != described.keys():
        other = sorted({name for name, _ in schema} ^ described.keys())
        raise Unsupported(f"the engine would name the columns of the result differently: {other[:6]}")
    selected = ", ".join(cells.as_returned(name, described[name]) for name, _ in schema)
    fetched = cursor.execute(f"SELECT {selected} FROM _result").fetchall()  # noqa: S608 - quoted names
    readers = [cells.reader(kind) for _, kind in schema]
    rows = tuple(
        {name: read(value) for (name, _), read, value in zip(schema, readers, values, strict=True)}
        for values in fetched[:MAX_ROWS]
    )
    return Result(schema, rows, truncated=len(fetched) > MAX_ROWS)
