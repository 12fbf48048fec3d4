"""`python -m local.pins`: writes the lower half of requirements.txt, all that the wanted packages bring.

To raise a version: `python -m local.pins --cut`, change the line at the top, make requirements-dev.lock again
as local/setup/requirements-dev.in says, run any command of `dev.py` (it makes the environment of that lock),
and then `python -m local.pins`.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.cli import ROOT

REQUIREMENTS = ROOT / "requirements.txt"
LOCK = ROOT / "local" / "setup" / "requirements-dev.lock"
BELOW = "# All that those bring, as locked in local/setup; `python -m local.pins` writes what is below.\n"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
# The platform that the app is deployed to (infra/main.bicep), in the words of environment markers.
_PLATFORM = {
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "python_version": "3.13",
    "python_full_version": "3.13.0",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}


def pins(text: str) -> dict[str, str]:
    """Package → version, of every line that pins one."""
    return {canonicalize_name(name): version for name, version in _PIN.findall(text)}


def top(text: str) -> str:
    """The upper half of requirements.txt: what a person wants, and writes."""
    return text.partition(BELOW)[0]


def whole(wanted: str, locked: dict[str, str]) -> str:
    """requirements.txt for its upper half. Raises KeyError for a package that is not locked."""
    named = pins(wanted)
    brought = {name for name in closure(list(named)) if name not in named}
    return wanted + BELOW + "".join(f"{name}=={locked[name]}\n" for name in sorted(brought))


def closure(names: Sequence[str]) -> set[str]:
    """The packages and all that they need on the platform, as their installed wheels say."""
    found: set[tuple[str, str]] = set()
    waiting: list[tuple[str, str]] = [(canonicalize_name(name), "") for name in names]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += _needs(*each)
    return {name for name, _ in found}


def _needs(name: str, extra: str) -> Iterator[tuple[str, str]]:
    """(package, extra) of what a package needs, in one of its extras or in none."""
    for line in importlib.metadata.requires(name) or ():
        need = Requirement(line)
        if need.marker is None or need.marker.evaluate({**_PLATFORM, "extra": extra}):
            for wanted in ("", *need.extras):
                yield canonicalize_name(need.name), wanted


def main(argv: Sequence[str] | None = None, requirements: Path = REQUIREMENTS) -> int:
    """Writes the file; 0."""
    parser = argparse.ArgumentParser(prog="python -m local.pins", description=__doc__)
    parser.add_argument("--cut", action="store_true", help="leave the upper half alone there")
    cut = parser.parse_args(argv).cut
    wanted = top(requirements.read_text("utf-8"))
    text = wanted if cut else whole(wanted, pins(LOCK.read_text("utf-8")))
    requirements.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
