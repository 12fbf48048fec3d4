"""What hunting says of itself: its tables, how it writes values, how it refuses, how late its rows are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from local.doctor.probe.asking import Answered, Asker
from local.doctor.probe.columns import COLUMNS
from local.doctor.probe.forms import form, form_of_time, refusal
from shared.core.values import Instant

type Seen = tuple[str, str | None]  # the key of a belief; None: it could not be seen

MISSING = "TableThatNobodyHas"
_BEYOND_DOUBLES = 9_007_199_254_740_993
_VALUES = (
    f"datatable(Pid: long) [{_BEYOND_DOUBLES}]\n"
    "| project L = Pid, NoL = long(null), T = datetime(2026-01-01T00:00:00.1234567Z), NoT = datetime(null), "
    'S = "", O = dynamic({"a": 1}), A = dynamic([1, 2]), B = true, R = 1.5'
)
_TYPED = ("L", "T", "S", "O", "B", "R")
_PAIRS = "join kind=inner (DeviceProcessEvents | project DeviceId, ReportId) on DeviceId"
_HEAVY = f"DeviceProcessEvents\n| project DeviceId\n| {_PAIRS}\n| {_PAIRS}\n| summarize count()"
_MOST_ROWS = 500
_LATE = {"half": 0.5, "most": 0.95}
_STEPS = ((120.0, "2 minutes"), (300.0, "5 minutes"), (1_800.0, "30 minutes"), (7_200.0, "2 hours"))


def tables(asker: Asker) -> Iterator[tuple[str, Mapping[str, str] | None, str]]:
    """(table, its columns with their types or None, how it was refused), by `getschema`; refused as "" where
    that says nothing of the table."""
    for table in COLUMNS:
        answer = asker.hunt(f"{table}\n| getschema\n| project ColumnName, ColumnType")
        rows = _rows(answer)
        if rows:
            yield table, {str(row.get("ColumnName")): str(row.get("ColumnType")) for row in rows}, ""
        else:
            yield table, None, "" if answer.says_nothing else refusal(answer, table)


def values(asker: Asker) -> Iterator[Seen]:
    """How values of each type are written."""
    answer = asker.hunt(_VALUES)
    rows = _rows(answer)
    if not rows:
        yield "value.long", None
        return
    row = rows[0]
    exact = row.get("L") in (_BEYOND_DOUBLES, str(_BEYOND_DOUBLES))
    yield "value.long", form(row.get("L")) + ("" if exact else ", not exact")
    yield "value.long.null", form(row.get("NoL"))
    yield "value.time", form_of_time(row.get("T"))
    yield "value.time.null", form(row.get("NoT"))
    yield "value.string.empty", form(row.get("S"))
    yield "value.dynamic.object", form(row.get("O"))
    yield "value.dynamic.list", form(row.get("A"))
    yield "value.bool", form(row.get("B"))
    yield "value.real", form(row.get("R"))
    yield "value.sidecars", "there" if any("@odata.type" in str(key) for key in row) else "none"
    yield from _schema(answer)


def refusals(asker: Asker, *, heavy: bool) -> Iterator[Seen]:
    """How what cannot be answered is refused. `heavy` asks what may cost minutes of the tenant's CPU."""
    yield "hunting.table", _refused(asker.hunt(f"{MISSING}\n| take 1"), MISSING)
    column = f"{MISSING}Column"
    yield "hunting.column", _refused(asker.hunt(f"DeviceInfo\n| take 1\n| project {column}"), column)
    yield "hunting.syntax", _refused(asker.hunt("DeviceInfo\n| where"))
    yield "hunting.print", _refused(asker.hunt("print 1"))
    yield "hunting.timespan", _refused(asker.hunt("DeviceInfo\n| take 1", "a day"))
    empty = asker.hunt("DeviceInfo\n| take 0")
    whole = empty.was_taken and _part(empty, "results") == [] and bool(_part(empty, "schema"))
    yield "hunting.empty", "200 with its schema" if whole else _refused(empty)
    if heavy:
        answer = asker.hunt(_HEAVY, "P30D")
        yield "hunting.heavy", None if answer.status in (0, 429) else refusal(answer)


def lateness(asker: Asker) -> Iterator[tuple[str, str | None, str]]:
    """(key, the step within which that share of rows came or None, the figure): `ingestion_time()` against
    `Timestamp`, over the newest rows of a day."""
    answer = asker.hunt(
        "union DeviceProcessEvents, DeviceNetworkEvents, DeviceFileEvents\n"
        f"| top {_MOST_ROWS} by Timestamp desc\n| project Timestamp, Came = ingestion_time()"
    )
    late = sorted(found for row in _rows(answer) if (found := _late(row)) is not None)
    for name, share in _LATE.items():
        if not late:
            yield f"late.{name}", None, "no rows" if answer.was_taken else refusal(answer)
            continue
        seconds = late[min(len(late) - 1, int(share * len(late)))]
        step = next((word for most, word in _STEPS if seconds <= most), "more than 2 hours")
        yield f"late.{name}", step, f"{seconds:.0f} s, of {len(late)} rows"


def _schema(answer: Answered) -> Iterator[Seen]:
    schema = _part(answer, "schema")
    columns = [one for one in schema if isinstance(one, Mapping)] if isinstance(schema, Sequence) else []
    keys = {str(key) for column in columns for key in column}
    yield "value.schema", " and ".join(sorted(keys))[:80] if columns else None
    types = {str(_either(one, "name")): str(_either(one, "type")).removeprefix("System.") for one in columns}
    yield "value.types", " ".join(types.get(name, "?") for name in _TYPED)[:120] if columns else None


def _either(column: Mapping[str, object], name: str) -> object:
    return column.get(name, column.get(name.capitalize()))


def _part(answer: Answered, name: str) -> object:
    body = answer.body if isinstance(answer.body, Mapping) else {}
    return {str(key).lower(): value for key, value in body.items()}.get(name)


def _rows(answer: Answered) -> list[Mapping[str, object]]:
    rows = _part(answer, "results")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _refused(answer: Answered, name: str = "") -> str | None:
    return None if answer.says_nothing else refusal(answer, name)


def _late(row: Mapping[str, object]) -> float | None:
    try:
        happened, came = (Instant.parse(str(row.get(name))) for name in ("Timestamp", "Came"))
    except ValueError:
        return None
    return (came.ticks - happened.ticks) / 1e7
