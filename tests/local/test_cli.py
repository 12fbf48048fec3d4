"""The table of commands: what is listed, what is refused, what is run."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from local import cli


def test_only_commands_whose_module_is_there_are_listed(tmp_path: Path) -> None:
    (tmp_path / "local" / "report").mkdir(parents=True)
    assert cli.available(tmp_path) == {}
    (tmp_path / "local" / "report" / "__init__.py").touch()
    (tmp_path / "local" / "bench.py").touch()
    assert list(cli.available(tmp_path)) == ["bench", "report"]


_IMPORTED = """
import importlib, json, sys, traceback
from local import cli
failed = {}
for name, command in cli.available().items():
    # Each by itself: what another command has imported does not help it.
    for module in [one for one in sys.modules if one.startswith("local.")]:
        del sys.modules[module]
    try:
        module, function = command.where.split(":")
        assert callable(getattr(importlib.import_module(module), function)), "no function"
    except BaseException:
        failed[name] = traceback.format_exc()
json.dump(failed, sys.stderr)
"""


@pytest.fixture(scope="module")
def not_imported() -> dict[str, str]:
    """Command → what was said where its function could not be imported."""
    found = subprocess.run(  # noqa: S603 - an interpreter of its own: importing may be dear, or end badly
        [sys.executable, "-c", _IMPORTED], cwd=cli.ROOT, capture_output=True, text=True, check=False
    )
    return dict(json.loads(found.stderr.splitlines()[-1]))


@pytest.mark.parametrize("name", cli.available())
def test_every_listed_command_has_a_function_and_an_example_of_itself(
    name: str, not_imported: dict[str, str]
) -> None:
    assert name not in not_imported, not_imported[name]
    assert cli.COMMANDS[name].example.split()[0] == name


@pytest.mark.parametrize("argv", [["--help"], ["-h"], ["help"]])
def test_help_names_each_command_with_its_example(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.answer_at_once(argv, cli.COMMANDS) == 0
    printed = capsys.readouterr().out
    assert all(f"python3 dev.py {command.example}" in printed for command in cli.COMMANDS.values())


def test_no_command_shows_the_help_as_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer_at_once([], cli.COMMANDS) == 2
    assert "usage:" in capsys.readouterr().out


def test_an_unknown_command_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer_at_once(["dmeo"], cli.COMMANDS) == 2
    assert "'dmeo'" in (said := capsys.readouterr().err)
    assert "demo, test, check" in said


def test_a_known_command_is_left_to_be_run() -> None:
    assert cli.answer_at_once(["test", "--help"], cli.COMMANDS) is None


def test_the_commands_own_exit_code_is_passed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a_command.py").write_text("def main(argv):\n    return len(argv) + 40\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(cli, "available", lambda: {"count": cli.Command("a_command:main", "", "")})
    assert cli.main(["count", "a", "b"]) == 42


def test_a_given_path_counts_from_where_it_was_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(cli.CALLED_FROM, str(tmp_path))
    assert cli.given_path("recordings") == tmp_path / "recordings"
    assert cli.given_path("/full/path") == Path("/full/path")


def _run(text: str, output: str) -> "subprocess.CompletedProcess[str]":
    """A command whose code is `text`, its output into `output` (a shell's redirection or pipe)."""
    code = f"import sys, time\nfrom local import cli\ndef run():\n    {text}\n"
    code += "sys.exit(cli.told_in_one_line(run))"
    shell = f'"$0" -c "$1" {output}; echo "ended ${{PIPESTATUS[0]}}" >&2'
    return subprocess.run(  # noqa: S603 - our own interpreter, and a shell for its pipes
        ["/bin/bash", "-c", shell, sys.executable, code],
        cwd=cli.ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


_MUCH = "[print('x' * 100) for _ in range(10_000)]; return 0"
_LITTLE = "time.sleep(0.3); print('x'); return 0"  # by then the reader is gone
_ARGPARSE = "time.sleep(0.3); print('x'); sys.exit(0)"
_TEXTS = pytest.mark.parametrize("text", [_MUCH, _LITTLE, _ARGPARSE], ids=["much", "little", "argparse"])


@pytest.mark.skipif(sys.platform == "win32", reason="shells' pipes")
@_TEXTS
def test_output_that_nobody_reads_to_its_end_ends_the_command_in_silence(text: str) -> None:
    assert _run(text, "| true").stderr.splitlines() == ["ended 141"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@_TEXTS
def test_a_full_disk_is_said_in_one_line(text: str) -> None:
    assert _run(text, "> /dev/full").stderr.splitlines() == ["There is no room left", "ended 1"]


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "There is no room left"), (errno.EACCES, "This may not be written or read"),
     (errno.EROFS, "This can only be read")],
)  # fmt: skip
def test_a_file_that_cannot_be_written_is_named(number: int, said: str) -> None:
    told = _run(f"raise OSError({number}, 'x', 'out/report.html')", "").stderr.splitlines()
    assert told == [f"{said}: out/report.html", "ended 1"]


def test_ctrl_c_is_said_in_one_line() -> None:
    assert _run("raise KeyboardInterrupt", "").stderr.splitlines() == ["Interrupted.", "ended 130"]


def test_any_other_error_keeps_its_traceback() -> None:
    said = _run("raise OSError(5, 'Input/output error')", "").stderr
    assert "Traceback" in said and "ended 1" in said
