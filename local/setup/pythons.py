"""Finding a Python 3.13 on this machine.

Where to look is decided here from plain facts about the machine, apart from looking, so that every system's
branch is tested on any system. Never run for real: the Windows and macOS branches.
"""

from __future__ import annotations

import json
import ntpath
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from local.setup.running import Outcome

WANTED = (3, 13)
HOW_TO_GET_IT = (
    "Install Python 3.13 (https://www.python.org/downloads/, `pyenv install 3.13`, or your system's package)"
    " and run the same command again."
)

Command = tuple[str, ...]
_QUESTION = (
    "import json, sys, sysconfig\n"
    "missing = []\n"
    "for name in ('venv', 'ensurepip', 'ssl'):\n"
    "    try: __import__(name)\n"
    "    except ImportError: missing.append(name)\n"
    "if sysconfig.get_config_var('Py_GIL_DISABLED'): missing.append('GIL')\n"
    "itself = getattr(sys, '_base_executable', sys.executable)\n"  # inside a venv: what it was made from
    "print(json.dumps([list(sys.version_info[:3]), itself, missing]))\n"
)


class Machine(NamedTuple):
    """The facts that decide where to look. `running` is the Python that asks, `home` the person's folder."""

    system: str
    environ: Mapping[str, str]
    home: str
    running: str
    listing: Callable[[str], Sequence[str]]
    """The names in a folder; none when it is not there."""


class Python(NamedTuple):
    """An interpreter that answered: a full path (never a version manager's shim) and its version."""

    executable: str
    version: tuple[int, ...]


class Search(NamedTuple):
    """What was found, and why a 3.13 that is there cannot serve."""

    found: Python | None
    unfit: list[str]


def candidates(machine: Machine) -> Iterator[Command]:
    """Commands that may be a Python 3.13, likeliest first, none twice."""
    seen: set[Command] = set()
    for command in _everywhere(machine):
        if command not in seen:
            seen.add(command)
            yield command


def search(commands: Iterator[Command], ask: Callable[[Sequence[str]], Outcome]) -> Search:
    """The first command that really is a fit Python 3.13; each is run before it is believed."""
    unfit: list[str] = []
    for command in commands:
        answer = _understood(ask([*command, "-c", _QUESTION]))
        if answer is None or answer[0].version[:2] != WANTED:
            continue
        python, missing = answer
        if not missing:
            return Search(python, unfit)
        unfit.append(f"{python.executable} is unfit: {_lack(missing)}")
    return Search(None, unfit)


def _understood(outcome: Outcome) -> tuple[Python, list[str]] | None:
    if not outcome.ok:
        return None
    try:
        version, executable, missing = json.loads(outcome.output.strip().splitlines()[-1])
        return Python(str(executable), tuple(int(part) for part in version)), list(missing)
    except (ValueError, IndexError, TypeError):
        return None


def _lack(missing: Sequence[str]) -> str:
    if "GIL" in missing:
        return "a free-threaded build, for which packages are missing"
    return f"its module {missing[0]} is missing (Debian and Ubuntu: apt-get install python3.13-venv)"


def _everywhere(machine: Machine) -> Iterator[Command]:
    yield from _on_path(machine)
    yield from _of_version_manager(machine)
    yield from _beside_running(machine)
    if machine.system == "win32":
        yield ("py", "-3.13")
    if machine.system == "darwin":  # a program started from the desktop has a short PATH
        yield ("/opt/homebrew/bin/python3.13",)
        yield ("/usr/local/bin/python3.13",)
        yield ("/Library/Frameworks/Python.framework/Versions/3.13/bin/python3.13",)


def _on_path(machine: Machine) -> Iterator[Command]:
    windows = machine.system == "win32"
    folders = [f for f in machine.environ.get("PATH", "").split(";" if windows else ":") if f]
    ending = ".exe" if windows else ""
    for name in ("python3.13", "python3", "python"):
        for folder in folders:
            if name + ending in machine.listing(folder):
                yield (_join(machine, folder, name + ending),)


def _of_version_manager(machine: Machine) -> Iterator[Command]:
    """pyenv's own folder (pyenv-win's on Windows), newest 3.13 first."""
    windows = machine.system == "win32"
    default = (machine.home, ".pyenv", "pyenv-win") if windows else (machine.home, ".pyenv")
    root = machine.environ.get("PYENV_ROOT") or machine.environ.get("PYENV") or _join(machine, *default)
    versions = _join(machine, root, "versions")
    mine = [name for name in machine.listing(versions) if re.fullmatch(r"3\.13(\.\d+)?", name)]
    for name in sorted(mine, key=lambda text: [int(part) for part in text.split(".")], reverse=True):
        yield (_join(machine, versions, name, *(["python.exe"] if windows else ["bin", "python"])),)


def _beside_running(machine: Machine) -> Iterator[Command]:
    if machine.running:
        yield (machine.running,)
        folder = (ntpath if machine.system == "win32" else posixpath).dirname(machine.running)
        yield (_join(machine, folder, "python3.13.exe" if machine.system == "win32" else "python3.13"),)


def _join(machine: Machine, first: str, *more: str) -> str:
    return ntpath.join(first, *more) if machine.system == "win32" else posixpath.join(first, *more)
