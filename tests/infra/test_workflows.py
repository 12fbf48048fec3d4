"""The workflow files: nothing that moves under them, no secret, and the commands that people are told."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.cli import ROOT
from local.setup import lint_workflows
from local.setup.checks import CHECKS

_WORKFLOWS = {path.name: path.read_text("utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")}
_USES = re.compile(r"^\s*(?:- )?uses: (\S+)(?: # (\S+).*)?$", re.MULTILINE)


def test_zizmor_finds_nothing() -> None:
    tool = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    assert tool, "zizmor is not installed"
    command = [tool, "--offline", "--no-progress", "--color=never", str(ROOT / ".github")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "darwin", reason="actionlint has no wheel for macOS")
def test_actionlint_finds_nothing_in_the_workflows(capfd: pytest.CaptureFixture[str]) -> None:
    assert (lint_workflows.main(), capfd.readouterr().out) == (0, "")
    assert ("workflows", ("local.setup.lint_workflows",)) in CHECKS


# Expressions, keys, and the steps' own shell, which zizmor does not look at.
@pytest.mark.skipif(sys.platform == "darwin", reason="actionlint has no wheel for macOS")
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("vars.FUNCTION_APP_NAME", "var.FUNCTION_APP_NAME", 'undefined variable "var"'),
        ("needs: checks", "needs: check", "check"),
        ("runs-on:", "run-on:", "run-on"),
        ("run: python3 infra", "run: if; python3 infra", "shellcheck"),
    ],
)
def test_actionlint_finds_something_in_a_wrong_one(
    before: str, after: str, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = _WORKFLOWS["deploy.yml"]
    assert before in text
    wrong = tmp_path / "deploy.yml"
    wrong.write_text(text.replace(before, after))
    assert lint_workflows.main([wrong]) != 0
    assert said in capfd.readouterr().out


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


def test_publishing_ends_by_looking_that_it_runs() -> None:
    """A publish that ends well though nothing runs fails the workflow."""
    steps = re.findall(r"^ +run: (.+)$|^ +(func .+)$", _WORKFLOWS["deploy.yml"], re.MULTILINE)
    said = [one or other for one, other in steps]
    assert said[-2].startswith("func azure functionapp publish")
    assert said[-1] == 'python3 infra/look_running.py --app "$FUNCTION_APP_NAME"'


def test_every_template_is_compiled_with_its_parameter_file() -> None:
    text = _WORKFLOWS["checks.yml"]
    own = {"alerts.bicep", "operator-access.bicep", "workflow.bicep"}  # compiled with what takes them in
    templates = [path for path in (ROOT / "infra").rglob("*.bicep") if path.name not in own]
    named = [path.relative_to(ROOT).as_posix() for path in templates]
    assert [name for name in named if name not in text] == []
    assert "build-params --file infra/main.bicepparam" in text
