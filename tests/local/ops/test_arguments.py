"""Arguments: help with an example for each command, and one clear line where they are wrong."""

import argparse
from datetime import UTC, datetime

import pytest

from local import ops
from local.ops.arguments import moment, parse

COMMANDS = (
    "status",
    "show",
    "incident",
    "replay",
    "backfill",
    "purge",
    "poison",
    "benign",
    "precision",
    "write-back",
)


@pytest.mark.parametrize("argv", [[], *([command] for command in COMMANDS)])
def test_help_shows_an_example_and_the_exit_codes(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        parse([*argv, "--help"])
    assert end.value.code == 0
    printed = capsys.readouterr().out
    assert f"example: python3 dev.py ops {argv[0] if argv else 'status'}" in printed
    assert "exit codes: 0 " in printed
    assert not argv or "--account NAME" in printed


def test_each_example_can_be_run(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit):
            parse([command, "--help"])
        line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("example: "))
        assert parse(line.split()[4:]).command == command


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "COMMAND"),
        (["stauts"], "invalid choice"),
        (["status", "--days", "0"], "a whole number from 1 to 3650"),
        (["status", "--account", "Not An Account"], "3 to 24 small letters"),
        (
            ["status", "--account", "alerts", "--table-url", "https://alerts.table.core.windows.net"],
            "not allowed",
        ),
        (["status", "--table-url", "http://alerts.table.core.windows.net"], "an address such as"),
        (["status", "--tenant", "a|b"], "letters, digits and hyphens"),
        (["show"], "ALERT"),
        (["show", ""], "1 to 300 characters"),
        (["replay"], "either an ALERT, or --set-aside"),
        (["replay", "da1", "--set-aside"], "either an ALERT, or --set-aside"),
        (["replay", "--for-roll-back", "--set-aside"], "or --for-roll-back"),
        (["backfill"], "--from"),
        (["backfill", "--from", "yesterday"], "a day or time such as"),
        (["backfill", "--from", "2026-11-08", "--to", "2026-11-01"], "--from must lie before --to"),
        (["poison", "--return", "--clear"], "not allowed"),
        (["purge"], "--older-than"),
        (["purge", "--older-than", "1"], "a whole number from 7 to 3650"),
        (["purge", "--older-than", "-30"], "--older-than"),
        (["show", "da1", "\x1b[2Jtwo"], "\\u001b[2Jtwo"),
    ],
)
def test_wrong_arguments_get_one_clear_line_and_code_2(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        ops.main(argv)
    printed = capsys.readouterr()
    assert (end.value.code, printed.out) == (2, "")
    [line] = printed.err.splitlines()
    assert said in line
    assert line.startswith("dev.py ops") and "--help" in line


def test_times_are_utc_unless_they_say_otherwise() -> None:
    assert moment("2026-11-01") == datetime(2026, 11, 1, tzinfo=UTC)
    assert moment("2026-11-01T08:00") == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert moment("2026-11-01T08:00+02:00") == datetime(2026, 11, 1, 6, tzinfo=UTC)
    with pytest.raises(argparse.ArgumentTypeError):
        moment("1 November")
