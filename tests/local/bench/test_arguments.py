"""What can be asked of the bench."""

from pathlib import Path

import pytest

from local.bench.arguments import PARTS, QUICK, WHOLE, parse
from local.cli import CALLED_FROM


def test_everything_is_measured_unless_parts_are_named() -> None:
    assert parse([]).parts == PARTS
    assert parse(["core", "storm"]).parts == ("storm", "core")
    assert (parse([]).sizes, parse(["--quick"]).sizes) == (WHOLE, QUICK)


def test_the_storm_is_the_one_that_is_promised() -> None:
    assert WHOLE.storm == 1_000
    assert WHOLE.memory == 10_000
    assert WHOLE.hunt_median_s == 3.0
    assert WHOLE.fetch_every_s is None  # the timer, as in production


def test_a_file_counts_from_the_folder_it_was_typed_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CALLED_FROM, str(tmp_path))

    assert parse(["--json", "out.json"]).json_file == tmp_path / "out.json"


def test_an_unknown_part_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["strom"])

    assert ended.value.code == 2
    assert "unknown part 'strom'" in capsys.readouterr().err
