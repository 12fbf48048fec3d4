"""The order in which uv is found, installed and asked; the runner is made up: nothing is downloaded."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.setup.fetch_python import fetch
from local.setup.pythons import HOW_TO_GET_IT, Python
from local.setup.running import Outcome
from local.setup.start import no_python


class MadeUpRunner:
    """Answers by the first of `answers` whose key is in the command; remembers what it was asked."""

    def __init__(self, answers: Mapping[str, Outcome]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.environs: list[Mapping[str, str]] = []

    def __call__(self, command: Sequence[str], environ: Mapping[str, str], folder: Path) -> Outcome:
        text = " ".join(command)
        self.asked.append(text)
        self.environs.append(environ)
        return next((outcome for key, outcome in self.answers.items() if key in text), Outcome(0, ""))


FOUND = {"python find": Outcome(0, "noise\n/c/python3.13\n")}


def test_a_uv_on_path_is_used_and_nothing_is_put_outside_the_checkout(tmp_path: Path) -> None:
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.touch(mode=0o755)
    runner = MadeUpRunner(FOUND)
    assert fetch(tmp_path, "/py", {"PATH": str(uv.parent)}, runner) == Python("/c/python3.13", (3, 13))
    assert runner.asked == [
        f"{uv} --version",
        f"{uv} python install 3.13",
        f"{uv} python find --no-project 3.13",
    ]
    assert all(e["UV_PYTHON_INSTALL_DIR"].startswith(str(tmp_path)) for e in runner.environs)
    assert all(e["UV_PYTHON_INSTALL_BIN"] == "0" for e in runner.environs)


def test_without_uv_it_is_installed_hash_checked_by_the_running_python(tmp_path: Path) -> None:
    runner = MadeUpRunner(FOUND)
    assert fetch(tmp_path, "/py", {"PATH": ""}, runner) == Python("/c/python3.13", (3, 13))
    assert runner.asked[0].startswith("/py -m venv")
    assert "--require-hashes" in runner.asked[1]
    assert runner.asked[2].endswith("uv python install 3.13")


def test_a_uv_that_does_not_start_is_not_used(tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    uv.touch(mode=0o755)
    runner = MadeUpRunner({"--version": Outcome(1, ""), **FOUND})
    fetch(tmp_path, "/py", {"PATH": os.fspath(tmp_path)}, runner)
    assert not any(text.startswith(f"{uv} python") for text in runner.asked)


def test_the_step_that_fails_is_what_comes_back_and_nothing_follows_it(tmp_path: Path) -> None:
    for key in ("-m venv", "pip install", "python install", "python find"):
        runner = MadeUpRunner({**FOUND, key: Outcome(1, f"{key} broke")})
        assert fetch(tmp_path, "/py", {"PATH": ""}, runner) == Outcome(1, f"{key} broke")
        assert key in runner.asked[-1]


def test_a_find_that_says_nothing_is_a_failure(tmp_path: Path) -> None:
    outcome = fetch(tmp_path, "/py", {"PATH": ""}, MadeUpRunner({"python find": Outcome(0, "\n")}))
    assert isinstance(outcome, Outcome)
    assert not outcome.ok


def test_the_end_of_the_road_names_the_unfit_python_the_cause_and_the_remedy(tmp_path: Path) -> None:
    text = str(
        no_python(["/usr/bin/python3.13 is unfit"], Outcome(1, "error: x\n  dns error\n"), tmp_path / "log")
    )
    assert "/usr/bin/python3.13 is unfit" in text
    assert "dns error" in text
    assert text.endswith(HOW_TO_GET_IT)
