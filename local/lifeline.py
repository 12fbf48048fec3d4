"""Children that never outlive their parent.

The rule is the same for every child: its standard input is a pipe whose other end only the parent holds. When
the parent ends, however it ends, the operating system closes that pipe, and the child ends itself. Nothing is
left to be found and killed.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# For a Node program that never reads its standard input: Node runs this before the program's own first line.
NODE_ENDS_WITH_STDIN = '--import=data:text/javascript,process.stdin.on("end",()=>process.exit()).resume()'

# A terminal's Ctrl-C goes to a whole group of processes. It must reach the parent alone, which may have to
# ask its children what there is so far before it ends them.
_OF_ITS_OWN: Any = (
    {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    if os.name == "nt"
    else {"process_group": 0}
)


def end_with_parent() -> None:
    """Ends this child at once when its standard input closes; for a child that reads nothing from it."""
    threading.Thread(target=_exit_at_end_of_input, name="lifeline", daemon=True).start()


def _exit_at_end_of_input() -> None:
    while os.read(0, 65536):
        pass
    os._exit(0)


def start_child(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    merge_output: bool = True,
) -> subprocess.Popen[bytes]:
    """A started child holding the lifeline; its output is piped, with stderr in stdout if `merge_output`.

    The caller must read the pipes: a child blocks when one is full.
    """
    return subprocess.Popen(  # noqa: S603 - the command is the caller's own, never text from outside
        [str(part) for part in command],
        env=None if env is None else dict(env),
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merge_output else subprocess.PIPE,
        **_OF_ITS_OWN,
    )


def stop_child(child: subprocess.Popen[bytes], *, grace_seconds: float = 5.0) -> int:
    """The exit code of the child, ended by closing its input, and by force after `grace_seconds`."""
    if child.stdin is not None:
        try:
            child.stdin.close()
        except BrokenPipeError:
            pass  # it was already gone
    try:
        return child.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()
