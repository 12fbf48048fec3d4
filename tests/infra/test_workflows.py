"""The workflow files: nothing that moves under them, no secret, and the commands that people are told."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.cli import ROOT

_WORKFLOWS = {path.name: path.read_text("utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")}
_USES = re.compile(r"^\s*(?:- )?uses: (\S+)(?: # (\S+).*)?$", re.MULTILINE)


def test_zizmor_finds_nothing() -> None:
    tool = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    assert tool, "zizmor is not installed"
    command = [tool, "--offline", "--no-progress", "--color=never", str(ROOT / ".github")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", _WORKFLOWS)
def test_every_action_is_pinned_by_a_commit_and_says_its_version(name: str) -> None:
    for action, version in _USES.findall(_WORKFLOWS[name]):
        if not action.startswith("./"):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r"v\d+\.\d+\.\d+", version), action


@pytest.mark.parametrize("name", _WORKFLOWS)
def test_no_workflow_reads_a_secret(name: str) -> None:
    assert "secrets." not in _WORKFLOWS[name]


def test_each_action_is_pinned_to_one_commit() -> None:
    pins: dict[str, set[str]] = {}
    for text in _WORKFLOWS.values():
        for action, _ in _USES.findall(text):
            pins.setdefault(action.split("@")[0], set()).add(action)
    assert all(len(found) == 1 for found in pins.values()), pins


def test_a_change_runs_the_checks_and_the_tests() -> None:
    text = _WORKFLOWS["checks.yml"]
    assert "pull_request:" in text
    assert "run: python3 dev.py check" in text
    assert "run: python3 dev.py test" in text


def test_publishing_waits_for_the_checks_and_may_only_then_ask_for_a_token() -> None:
    text = _WORKFLOWS["deploy.yml"]
    before, publish = text.split("\n  publish:")
    assert "uses: ./.github/workflows/checks.yml" in before
    assert "needs: checks" in publish
    assert "id-token: write" in publish and "id-token" not in before
