"""What one process has translated serves the next, and a spoilt file or another version serves nobody."""

from collections.abc import Callable
from pathlib import Path

import pytest

from local.simulator import kept_texts
from local.simulator.engine import hunting_schema
from local.simulator.kept_shapes import KeptShapes
from local.simulator.translation import Translator

COLUMNS = {name: list(columns) for name, columns in hunting_schema().items()}
SHOWN = ", ".join(COLUMNS["DeviceProcessEvents"])
FIRST = f"DeviceProcessEvents | where Timestamp > datetime(2026-11-24T08:12:30.9581590Z) | project {SHOWN}"
SECOND = FIRST.replace("2026-11-24", "2025-01-31")


class Counting(Translator):
    """A process of its own, as far as it goes: it counts what it really translates."""

    def __init__(self, folder: Path, columns: dict[str, list[str]] = COLUMNS) -> None:
        super().__init__(columns, KeptShapes(columns, folder))
        self.translated = 0

    def sql_as_it_stands(self, kql: str) -> str:
        self.translated += 1
        return super().sql_as_it_stands(kql)


def test_a_shape_that_another_has_translated_is_not_translated_again(tmp_path: Path) -> None:
    Counting(tmp_path).sql(FIRST)
    later = Counting(tmp_path)
    known = later.sql(SECOND)
    assert later.translated == 0
    assert known == later.sql_as_it_stands(SECOND)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.write_text("{"),
        lambda file: file.write_text("[]"),
        lambda file: file.write_text('{"pieces": 7, "rows": {}}'),
        lambda file: file.write_bytes(b"\xff"),
        lambda file: file.unlink(),
    ],
)
def test_a_file_that_cannot_be_read_is_made_again(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    right = Counting(tmp_path).sql(FIRST)
    [file] = tmp_path.iterdir()
    spoil(file)
    later = Counting(tmp_path)
    assert (later.sql(FIRST), later.translated) == (right, 1)
    assert Counting(tmp_path).sql(FIRST) == right


def test_other_columns_are_another_translation(tmp_path: Path) -> None:
    Counting(tmp_path).sql(FIRST)
    other = Counting(tmp_path, {**COLUMNS, "DeviceEvents": ["Timestamp"]})
    other.sql(FIRST)
    assert other.translated == 1


def test_another_version_of_the_translator_is_another_translation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Counting(tmp_path).sql(FIRST)
    monkeypatch.setattr("local.simulator.kept_shapes.metadata.version", lambda _: "0.0.0")
    other = Counting(tmp_path)
    other.sql(FIRST)
    assert other.translated == 1


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    translator = Counting(tmp_path / "file")
    assert translator.sql(FIRST) == translator.sql_as_it_stands(FIRST)


def test_what_is_kept_is_bounded_and_short_shapes_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_texts, "_MOST_FILES", 2)
    kept = KeptShapes(COLUMNS, tmp_path)
    for number in range(5):
        kept.keep(f"{number}" * 1_000, ["sql"], {})
        assert len(list(tmp_path.iterdir())) <= 2
        assert kept.find(f"{number}" * 1_000) == (["sql"], {})
    before = set(tmp_path.iterdir())
    kept.keep("short", ["sql"], {})
    assert (set(tmp_path.iterdir()), kept.find("short")) == (before, None)
