"""What can be wrong with a person's machine and checkout."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local.cli import ROOT
from local.doctor import machine
from local.doctor.machine import Machine


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_an_old_python_on_the_path_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "python3"
    program.write_text("#!/bin/sh\necho Python 3.9.18\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    [found] = [check for check in machine.look_at(Machine()) if check.what == "Python for func"]
    assert "is 3.9.18, too old to run the app" in found.found


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what is looked at."""
    for name in ("host.json", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("FetchAlerts", "EnrichAlert", "HuntCorrelate"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def problems(root: Path) -> list[str]:
    return [check.found for check in machine.look_at(Machine(root=root)) if check.verdict == "!!"]


def test_a_checkout_as_it_should_be_has_no_problem(checkout: Path) -> None:
    assert problems(checkout) == []


def test_packages_that_are_not_the_pinned_ones_are_named(checkout: Path) -> None:
    text = (checkout / "requirements.txt").read_text().replace("requests==", "requests==1")
    (checkout / "requirements.txt").write_text(text + "no-such-package-here==1.0\n")
    [found] = problems(checkout)
    assert "requests is 2." in found and "pinned to 12." in found
    assert "no-such-package-here is not installed" in found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda host: host["extensions"]["queues"].update(messageEncoding="none"),
            "messageEncoding is not base64",
        ),
        (lambda host: host.pop("extensionBundle"), "extension bundle"),
        (lambda host: host.update(functionTimeout="ten minutes"), "functionTimeout"),
    ],
)
def test_what_is_wrong_in_host_json_is_named(
    checkout: Path, change: Callable[[dict[str, dict[str, dict[str, str]]]], object], said: str
) -> None:
    host = json.loads((checkout / "host.json").read_text())
    change(host)
    (checkout / "host.json").write_text(json.dumps(host))
    [found] = problems(checkout)
    assert said in found


def test_a_function_that_is_missing_is_named(checkout: Path) -> None:
    shutil.rmtree(checkout / "EnrichAlert")
    assert problems(checkout) == [
        "found FetchAlerts, HuntCorrelate; expected EnrichAlert, FetchAlerts, HuntCorrelate"
    ]
