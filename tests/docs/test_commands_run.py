"""Each command of README and runbook that can run here does, or shows its help; the others are listed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO

import pytest

from local.cli import COMMANDS, ROOT, main
from local.lent import lent
from tests.docs.pages import Page, pages
from tests.docs.test_deploying import lines
from tests.local.ops.test_runbook import SECTIONS

PAGES = [page for page in pages() if page.name in ("README.md", "docs/runbook.md")]
# What cannot run here, and why; tests/docs/test_deploying.py looks at their parts.
CANNOT = {
    "az": "asks Azure",
    "azd": "asks Azure",
    "func": "asks Azure",
    "git": "would change this checkout",
    "export": "sets a variable of the person's own shell",
    "infra/grant-roles.ps1": "needs PowerShell, and runs where it is installed (tests/infra)",
}
# Runs on the log files of a stack (tests/local/ops/test_on_a_running_stack.py).
ELSEWHERE = {"grep"}


def commands(page: Page) -> list[str]:
    """Lines of code, and commands of ours or of others between backticks."""
    inline = re.compile(r"(?:python3 |infra/[\w-]+\.(?:sh|ps1)|az |azd |func )")
    return [*lines(page), *(word for word in page.words if inline.match(word))]


ALL = sorted({line for page in PAGES for line in commands(page)})


def shown_by(line: str) -> tuple[str, ...] | None:
    """What to run so that the line's own program shows what it takes; None for another's."""
    words = shlex.split(re.sub(r"\$\(.*\)", "x", line))
    if words[:2] == ["python3", "dev.py"]:
        command = words[2]
        own = [words[3]] if command in ("ops", "detections", "recordings") and len(words) > 3 else []
        return (sys.executable, "-m", "local.cli", command, *own, "--help")
    if words[0] == "python3":
        return (sys.executable, words[1], "--help")
    if words[0].endswith(".sh"):
        return ("bash", words[0], "--help")
    return None


OURS = sorted({shown for line in ALL if (shown := shown_by(line)) and "COMMAND" not in shown})


def _ran_here(*argv: str) -> subprocess.CompletedProcess[str]:
    """Our own command in this process: imports in one of its own are tests/local/test_cli.py's matter."""
    out, err = StringIO(), StringIO()
    with lent({"COLUMNS": "100"}), redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(argv)
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(argv, code, out.getvalue(), err.getvalue())


@cache
def _ran(shown: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    if shown[1:3] == ("-m", "local.cli"):
        return _ran_here(*shown[3:])
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    return subprocess.run(shown, cwd=ROOT, capture_output=True, text=True, check=False, env=env)  # noqa: S603


def test_every_command_runs_here_or_is_listed_with_the_reason() -> None:
    others = {line.split()[0] for line in ALL if shown_by(line) is None}
    assert others - ELSEWHERE - CANNOT.keys() == set()
    assert len(ALL) > 40 and len(OURS) > 15
    assert {shown[3] for shown in OURS if shown[1] == "-m"} == COMMANDS.keys()


@pytest.mark.parametrize("shown", OURS, ids=lambda shown: " ".join(shown[1:-1]))
def test_a_command_of_ours_shows_what_it_takes(shown: tuple[str, ...]) -> None:
    done = _ran(shown)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^usage: ", done.stdout, re.IGNORECASE | re.MULTILINE)
    assert shown[1:3] != ("-m", "local.cli") or f"dev.py {shown[3]}" in done.stdout


@pytest.mark.parametrize("shown", OURS, ids=lambda shown: " ".join(shown[1:-1]))
def test_an_option_that_a_page_gives_is_one_that_the_command_names(shown: tuple[str, ...]) -> None:
    done = _ran(shown)
    given = {
        word
        for line in ALL
        if shown_by(line) == shown
        for word in re.findall(r"(?<!\S)--[a-z-]+", line)
        if word not in ("--help", "--slow")
    }
    assert {option for option in given if option not in done.stdout} == set()


def test_each_command_of_the_runbook_that_asks_the_app_is_walked_on_a_stack() -> None:
    walked = {command for found in SECTIONS.values() for command in found}
    [page] = [page for page in PAGES if page.name == "docs/runbook.md"]
    asked = {
        match[1] for line in lines(page) if (match := re.match(r"python3 dev\.py ((?:ops|doctor)\b.*)", line))
    }
    assert asked <= walked
