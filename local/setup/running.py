"""Running other programs while the environment is being made."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

# Would make pip install elsewhere than into the new environment, or Python read packages from elsewhere.
_MISLEADING = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV",
               "__PYVENV_LAUNCHER__")  # fmt: skip


class Outcome(NamedTuple):
    """How a program ended: its exit code (None: not started, or not ended in time) and what it printed."""

    code: int | None
    output: str

    @property
    def ok(self) -> bool:
        return self.code == 0


Run = Callable[[Sequence[str], Mapping[str, str], Path], Outcome]
"""Runs a command with an environment in a folder."""


def environment_for_children(environ: Mapping[str, str]) -> dict[str, str]:
    """The person's environment, less what misleads; settings for pip, npm and certificates stay."""
    return {name: value for name, value in environ.items() if name not in _MISLEADING}


def ask(command: Sequence[str], environ: Mapping[str, str], timeout_seconds: float = 20) -> Outcome:
    """What a short command says on its standard output; never raises for a command that is broken."""
    try:
        done = subprocess.run(  # noqa: S603 - our own question to an interpreter found on this machine
            list(command), env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, timeout=timeout_seconds, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return Outcome(None, str(error))
    return Outcome(done.returncode, done.stdout.decode(errors="replace"))


def runner_into(log: Path) -> Run:
    """A runner that adds all output to the file `log`; the outcome carries the command's own part of it.

    The child keeps the descriptors that were made inheritable, so a turn (turns.py) lasts as long as a child
    that outlived us. Whatever interrupts the wait also ends the child.
    """

    def run(command: Sequence[str], environ: Mapping[str, str], folder: Path) -> Outcome:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            out.write(("\n$ " + " ".join(command) + "\n").encode())
            out.flush()
            start = out.tell()
            try:
                code = _wait(subprocess.Popen(  # noqa: S603 - our own commands
                    list(command), env=dict(environ), cwd=str(folder), stdin=subprocess.DEVNULL, stdout=out,
                    stderr=subprocess.STDOUT, close_fds=os.name == "nt",
                ))  # fmt: skip
            except OSError as error:
                return Outcome(None, str(error))
        with log.open("rb") as written:
            written.seek(start)
            return Outcome(code, written.read().decode(errors="replace"))

    return run


def _wait(child: subprocess.Popen[bytes]) -> int:
    try:
        return child.wait()
    except BaseException:
        child.terminate()
        child.wait()
        raise
