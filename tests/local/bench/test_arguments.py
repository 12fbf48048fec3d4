"""What can be asked of the bench."""

from pathlib import Path

import pytest

from local.bench.arguments import NAMED, PARTS, QUICK, WHOLE, parse
from local.cli import CALLED_FROM


def test_everything_is_measured_unless_parts_are_named() -> None:
    assert parse([]).parts == PARTS
    assert parse(["core", "storm"]).parts == ("storm", "core")
    assert (parse([]).sizes, parse(["--quick"]).sizes) == (WHOLE, QUICK)


def test_a_storm_of_so_many_is_the_large_one_with_that_many() -> None:
    asked = parse(["storm", "--alerts", "2000"])

    assert (asked.parts, asked.sizes.large, asked.sizes.storm) == (("large",), 2_000, 1_000)
    assert parse(["large"]).sizes.large == 10_000


def test_parts_that_take_long_are_measured_only_where_they_are_named(tmp_path: Path) -> None:
    assert not set(NAMED) & set(parse([]).parts)
    assert parse(["against", "--against", str(tmp_path)]).old == tmp_path
    assert parse(["steady", "--minutes", "4"]).sizes.steady_minutes == 4


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--alerts", "2000"], "--alerts goes with the part storm alone"),
        (["storm", "core", "--alerts", "2000"], "--alerts goes with the part storm alone"),
        (["storm", "--alerts", "10001"], "from 1 to 10,000"),
        (["storm", "--alerts", "0"], "from 1 to 10,000"),
        (["core", "--add"], "--add goes with --json FILE"),
        (["against"], "the part against goes with --against FOLDER"),
        (["core", "--against", "old"], "the part against goes with --against FOLDER"),
    ],
)
def test_what_does_not_go_together_is_said(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(argv)

    assert words in capsys.readouterr().err


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
