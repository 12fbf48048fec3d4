"""Where a running local stack writes how it is reached, so that the other commands find it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

STATE_FILE = Path(__file__).parent / ".state" / "stack.json"


@dataclass(frozen=True, slots=True)
class StackState:
    """A running stack: its process, its storage, its identity and its simulator.

    `settings` are the app settings that the functions run with; `connection_string` holds the emulator's own
    key, which is made anew at each start and is worth nothing elsewhere. `logs` is where its log files are.
    """

    pid: int
    connection_string: str
    ca: str
    settings: dict[str, str]
    control_url: str
    control_secret: str
    logs: str = ""


def remember(state: StackState, file: Path = STATE_FILE) -> None:
    """Writes the state, readable by this user alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}.new")  # of its own: stacks may start side by side
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        json.dump(asdict(state), stream)
    fresh.replace(file)


def forget(file: Path = STATE_FILE) -> None:
    """Removes the state that this process wrote; another stack's stays."""
    state = _read(file)
    if state is not None and state.pid == os.getpid():
        file.unlink(missing_ok=True)


def running(file: Path = STATE_FILE) -> StackState | None:
    """The stack that is running now; None where there is none, or its process is gone."""
    state = _read(file)
    try:
        if state is not None:
            os.kill(state.pid, 0)
    except OSError:
        return None
    return state


def _read(file: Path) -> StackState | None:
    try:
        return StackState(**json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
