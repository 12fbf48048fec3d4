"""What `check` and `test` run, and what they make of it."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from local.setup.checks import keep_what_is_compiled, pytest_arguments, run_all


def test_every_check_is_run_though_one_fails_and_the_failure_is_the_exit_code(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert run_all([("first", ("nosuchmodule",)), ("second", ("this",))]) == 1
    printed = capfd.readouterr().out
    assert "Beautiful is better than ugly." in printed
    summary = printed[printed.index("== summary") :]
    assert "FAILED" in summary.splitlines()[1]
    assert " ok " in summary.splitlines()[2]


def test_all_checks_passing_is_zero(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_all([("only", ("this",))]) == 0
    assert "FAILED" not in capfd.readouterr().out


@pytest.mark.parametrize(
    ("argv", "processors", "expected"),
    [
        ([], 2, ["-n", "3", "-p", "tests.spread"]),
        ([], 64, ["-n", "4", "-p", "tests.spread"]),
        ([], 1, []),
        (["-q"], 2, ["-n", "3", "-p", "tests.spread", "-q"]),
        (["--slow"], 2, ["-n", "3", "-p", "tests.spread", "-m", ""]),
        (["tests/core", "-k", "x"], 2, ["tests/core", "-k", "x"]),
        (["tests/e2e", "--slow"], 2, ["tests/e2e", "-m", ""]),
        (["--pdb"], 2, ["--pdb"]),
        (["-n3"], 2, ["-n3"]),
    ],
)
def test_workers_are_used_for_the_whole_run_only(
    argv: list[str], processors: int, expected: list[str]
) -> None:
    assert pytest_arguments(argv, processors) == expected


def test_what_is_compiled_is_kept_even_where_the_caller_forbids_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "compiled.py").write_text("")
    (tmp_path / "in_a_child.py").write_text("")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(tmp_path))
    keep_what_is_compiled()
    importlib.import_module("compiled")
    subprocess.run([sys.executable, "-c", "import in_a_child"], cwd=tmp_path, check=True)
    kept = {file.name.partition(".")[0] for file in tmp_path.glob("__pycache__/*.pyc")}
    assert kept == {"compiled", "in_a_child"}
