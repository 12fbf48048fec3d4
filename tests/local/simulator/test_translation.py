"""A query of a shape that is known gives the SQL that it would give by itself."""

import re
from pathlib import Path

import pytest

from local.simulator.engine import hunting_schema
from local.simulator.translation import Translator

GOLDEN = Path(__file__).resolve().parents[2] / "core" / "hunting" / "golden"
FIRST, SECOND, THIRD = (f"datetime(2026-11-24T08:12:3{n}.958159{n}Z)" for n in range(3))
OTHER = "datetime(2025-01-31T23:59:59.9999999Z)"


class Counting(Translator):
    """Counts what it really translates."""

    def __init__(self) -> None:
        super().__init__({name: list(columns) for name, columns in hunting_schema().items()})
        self.translated = 0

    def sql_as_it_stands(self, kql: str) -> str:
        self.translated += 1
        return super().sql_as_it_stands(kql)


@pytest.fixture
def translator() -> Counting:
    return Counting()


def same_shape(kql: str) -> str:
    """The query of another day, with each datatable's rows there once more."""
    later = re.sub(r"2026-(\d\d)-", r"2025-\1-", kql)
    return re.sub(r"( \[\n)((?:    .*\n)+)(\])", lambda m: m[1] + m[2].rstrip() + ",\n" + m[2] + m[3], later)


@pytest.mark.parametrize("name", ["processes_of_one_alert", "evidence", "published_process"])
def test_our_own_queries_have_the_sql_that_they_would_have_by_themselves(
    translator: Counting, name: str
) -> None:
    kql = (GOLDEN / f"{name}.kql").read_text("utf-8")
    another = same_shape(kql)
    assert another != kql
    translator.sql(kql)
    known = translator.sql(another)
    assert translator.translated == 1
    assert known == translator.sql_as_it_stands(another)


TABLE = "datatable(Name:string, Pid:long, At:datetime)"


@pytest.mark.parametrize(
    ("kql", "another"),
    [
        (f"DeviceEvents | where Timestamp > {FIRST}", f"DeviceEvents | where Timestamp > {OTHER}"),
        (
            f"DeviceEvents | where Timestamp between ({FIRST} .. {SECOND})",
            f"DeviceEvents | where Timestamp between ({OTHER} .. {OTHER})",
        ),
        (f"DeviceEvents | where Timestamp in ({FIRST}, {SECOND})", None),
        (f"DeviceEvents | where Timestamp > {FIRST} - 1h", f"DeviceEvents | where Timestamp > {OTHER} - 1h"),
        (f'{TABLE} ["a", 1, {FIRST}]', f'{TABLE} ["", 0, {OTHER}, "b, c] é", 999999999999999999, {SECOND}]'),
        (
            f'let A = {TABLE} ["a", 1, {FIRST}]; let B = {TABLE} ["b", 2, {THIRD}]; union A, B, A',
            f'let A = {TABLE} ["b", 2, {THIRD}, "a", 1, {FIRST}]; let B = {TABLE} ["b", 2, {OTHER}]; '
            "union A, B, A",
        ),
    ],
)
def test_queries_of_one_shape_are_translated_once(
    translator: Counting, kql: str, another: str | None
) -> None:
    another = another or kql.replace(FIRST, OTHER)
    translator.sql(kql)
    known = translator.sql(another)
    assert translator.translated == 1
    assert known == translator.sql_as_it_stands(another)


@pytest.mark.parametrize(
    "kql",
    [
        f"// at {FIRST}\nDeviceEvents | where Timestamp > {SECOND}",
        f"DeviceEvents | where FolderPath == '{FIRST}' and Timestamp > {SECOND}",
        f"DeviceEvents | where FolderPath == @'{TABLE} [\"a\", 1, {FIRST}]'",
        "DeviceEvents | where MD5 == 'Zq70000000' and Timestamp > datetime(1901-02-03T04:05:06.0000001Z)",
        "DeviceEvents | where Timestamp > datetime(2026-11-24) and ProcessId == 710000000000000000",
        f'{TABLE} ["a", 007, {FIRST}]',
        f'{TABLE} ["it\'s", 1, {FIRST}]',
        f'{TABLE} ["a\\\\b", 1, {FIRST}]',
        f'{TABLE} ["a", -1, {FIRST}]',
        f'{TABLE} ["a", long(null), {FIRST}]',
        'datatable(Name:string, Pid:int) ["a", 1, "b", 2]',
        "datatable(Pid:long) [1, 2, 3]",
        f'let A = {TABLE} ["a", 1, {FIRST}]; A | where Name != @\'{TABLE} ["a", 1, {FIRST}]\'',
        f"datatable(At:datetime) [{FIRST}, {SECOND}] | project Later = At + 1d",
    ],
)
def test_whatever_stands_in_a_literals_place_the_sql_is_the_same(translator: Counting, kql: str) -> None:
    assert translator.sql(kql) == translator.sql(kql) == translator.sql_as_it_stands(kql)


def test_the_shapes_kept_are_bounded(translator: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.simulator.translation._MOST_KEPT", 2)
    shapes = [f"{table} | where Timestamp > {FIRST}" for table in ("DeviceEvents", "DeviceInfo", "AlertInfo")]
    for kql in (*shapes, shapes[0], shapes[2]):
        translator.sql(kql)
    assert translator.translated == 4
