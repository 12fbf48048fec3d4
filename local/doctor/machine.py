"""This machine and this checkout: Python, packages, host.json and the functions, the settings."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from local.cli import ROOT
from local.doctor.check import Check, bad, good, note
from local.host.app import IndexingFailed, read_app
from local.host.app_settings import AppSettings

WANTED = (3, 13)  # what the deployed app runs on: infra/main.bicep
_PIN = re.compile(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.]+)")
_VERSION = re.compile(r"Python (\d+)\.(\d+)\.(\d+)")
_FUNCTIONS = ("EnrichAlert", "FetchAlerts", "HuntCorrelate")


@dataclass(frozen=True, slots=True)
class Machine:
    """The checkout looked at, and the Python that runs it."""

    root: Path = ROOT
    python: tuple[int, int, int] = sys.version_info[:3]


def look_at(machine: Machine) -> Iterator[Check]:
    """Every check of the machine."""
    yield _python(machine.python)
    yield _python_on_path()
    yield from _packages(machine.root)
    yield from _app(machine.root)


def _python(version: tuple[int, int, int]) -> Check:
    said = "{}.{}.{}".format(*version)
    if version[:2] == WANTED:
        return good("Python", said)
    return bad(
        "Python",
        f"{said}; the deployed app runs on {WANTED[0]}.{WANTED[1]}",
        f"install Python {WANTED[0]}.{WANTED[1]}, remove the folder .venv, and run this command again",
    )


def _python_on_path() -> Check:
    """The Python that `func` takes on this machine."""
    what = "Python for func"
    program = shutil.which("python3") or shutil.which("python")
    if program is None:
        return note(what, "there is no python3 on the PATH")
    try:
        ran = subprocess.run(  # noqa: S603 - the person's own Python, asked for its version
            [program, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as err:
        return note(what, f"{program} does not answer: {err}")
    found = _VERSION.search(ran.stdout + ran.stderr)
    if found is None:
        return note(what, f"{program} does not say its version")
    version = (int(found[1]), int(found[2]))
    if version == WANTED:
        return good(what, f"{program} is {found[0][7:]}")
    return note(
        what,
        f"{program} is {found[0][7:]}, too {'old' if version < WANTED else 'new'} to run the app with "
        f"`func start`",
        f"only for `func start` on this machine: put Python {WANTED[0]}.{WANTED[1]} first on the PATH; a "
        "remote build (`func azure functionapp publish`) and dev.py do not need it",
    )


def _packages(root: Path) -> Iterator[Check]:
    """What requirements.txt pins, against what is installed here."""
    try:
        pins = _PIN.findall((root / "requirements.txt").read_text("utf-8"))
    except OSError as err:
        yield bad("requirements.txt", f"cannot be read: {err.strerror}", "restore requirements.txt")
        return
    wrong = [
        f"{name} is {_installed(name)}, pinned to {version}"
        for name, version in pins
        if _installed(name) != version
    ]
    if wrong:
        yield bad(
            "packages",
            "; ".join(wrong),
            "remove the folder .venv and run this command again: it is made anew as pinned",
        )
    else:
        yield good("packages", f"{len(pins)} of requirements.txt, each at its pinned version")


@cache
def _installed(name: str) -> str:
    """The version that is installed here, which does not change while this runs."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _app(root: Path) -> Iterator[Check]:
    """host.json and each function.json, read as the platform reads them."""
    mend = "compare host.json and function.json with the repository's"
    try:
        app = read_app(root, AppSettings({}))
    except IndexingFailed as err:
        for problem in err.problems:
            yield bad("functions", problem, mend)
        return
    names = tuple(sorted(function.name for function in app.functions))
    if names != _FUNCTIONS:
        yield bad("functions", f"found {', '.join(names)}; expected {', '.join(_FUNCTIONS)}", mend)
    if not app.queues.base64:
        yield bad("host.json", "messageEncoding is not base64, as the queues' readers expect", mend)
    host = json.loads((root / "host.json").read_text("utf-8"))
    bundle = host.get("extensionBundle", {})
    if host.get("version") != "2.0" or "ExtensionBundle" not in str(bundle.get("id", "")):
        yield bad(
            "host.json",
            "no version 2.0 with an extension bundle: without it the host knows no queue binding",
            mend,
        )
        return
    seconds = app.timeout_seconds
    limit = "no functionTimeout" if seconds is None else f"functionTimeout {seconds / 60:g} min"
    yield good("host.json", f"{limit}, extension bundle {bundle.get('version', '?')}, {', '.join(names)}")


def drains_in_time(root: Path, drain_for: float) -> Check | None:
    """A problem where HuntCorrelate may work longer than the host lets a function run."""
    try:
        limit = read_app(root, AppSettings({})).timeout_seconds
    except IndexingFailed:
        return None
    if limit is None or limit > drain_for:
        return None
    return bad(
        "settings",
        f"DRAIN_FOR is {drain_for:g} s, and the host ends a function after {limit:g} s",
        "make DRAIN_FOR shorter than functionTimeout in host.json",
    )
