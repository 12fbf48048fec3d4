"""What `dev.py` does: answer at once where it can, make sure of the environment, hand over to the command.

Never run for real: handing over on Windows.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from local import cli
from local.setup import environment as env
from local.setup.fetch_python import fetch
from local.setup.pythons import HOW_TO_GET_IT, Machine, Python, candidates, search
from local.setup.running import Outcome, Run, ask, environment_for_children, runner_into
from local.setup.screen import Screen, SetupFailed
from local.setup.turns import turn


def main(argv: Sequence[str]) -> int:
    """The exit code of the command; 2 for a wrong command line, 1 when the environment could not be made."""
    answered = cli.answer_at_once(argv, cli.available())
    if answered is not None:
        return answered
    places = env.Places(cli.ROOT)
    environ = environment_for_children(os.environ)
    try:
        ensure(places, environ)
    except KeyboardInterrupt:
        print("\nInterrupted. The next run makes what is still missing.", file=sys.stderr)
        return 130
    except (SetupFailed, OSError) as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    return hand_over([str(places.python), "-m", "local.cli", *argv], places.root, environ)


def ensure(places: env.Places, environ: Mapping[str, str]) -> None:
    """Makes what is missing of the environment, saying so; silent and quick when nothing is."""
    if env.python_ready(places, environ) and env.node_ready(places):
        return
    screen = Screen(places.log)
    _stop_in_order_on(signal.SIGTERM)
    with turn(places.turn, lambda: screen.say("Another run is making the environment; waiting for it ...")):
        run = runner_into(places.log)
        python_is_ready = env.python_ready(places, environ)
        if python_is_ready and env.node_ready(places):
            return
        screen.say("Making the environment; later runs start at once.")
        if not python_is_ready:
            places.log.write_bytes(b"")
            env.make_python(places, environ, run, screen, lambda: _find(places, environ, run, screen))
        if not env.node_ready(places):
            env.make_node(places, environ, run, screen)
        screen.say(f"The environment is ready after {screen.total_seconds():.0f} s.\n")


def hand_over(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> int:
    """Becomes the command where a process can; else waits for it and returns its exit code."""
    environ = {**environ, cli.CALLED_FROM: str(Path.cwd()), "PYTHONUTF8": "1"}
    if os.name != "nt":
        os.chdir(str(folder))
        os.execve(command[0], list(command), environ)  # noqa: S606 - our own interpreter, no shell wanted
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the child by itself
    return subprocess.run(list(command), cwd=str(folder), env=environ, check=False).returncode  # noqa: S603


def _find(places: env.Places, environ: Mapping[str, str], run: Run, screen: Screen) -> Python:
    machine = Machine(sys.platform, environ, os.path.expanduser("~"), sys.executable, _listing)  # noqa: PTH111
    # ^ os.path's expanduser never raises, where Path.home() does when there is no home.
    outside = (c for c in candidates(machine) if not Path(c[0]).is_relative_to(places.venv))
    looked = search(outside, lambda command: ask(command, environ))
    if looked.found is not None:
        return looked.found
    with screen.step("no Python 3.13 on this machine; asking uv to fetch it"):
        fetched = fetch(places.root, sys.executable, environ, run)
        if isinstance(fetched, Outcome):
            raise no_python(looked.unfit, fetched, places.log)
        return fetched


def no_python(unfit: Sequence[str], outcome: Outcome, log: Path) -> SetupFailed:
    """The error that says which 3.13 cannot serve and why, what uv said last, and what to do."""
    said = outcome.output.strip().splitlines() or ["nothing"]
    why = f"uv could not fetch it: {said[-1].strip()} (all of it: {log})"
    return SetupFailed("\n".join(["Python 3.13 is needed.", *unfit, why, HOW_TO_GET_IT]))


def _listing(folder: str) -> Sequence[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are wanted, not paths
    except OSError:
        return []


def _stop_in_order_on(number: int) -> None:
    """A polite kill then ends the program we wait for as well, as Ctrl-C does."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    signal.signal(number, stop)
