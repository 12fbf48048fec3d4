"""Two runs at once: one makes the environment, the other waits, whatever becomes of the first."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cli import ROOT
from local.setup.turns import turn

# A run that takes its turn and starts a child (as pip is one), which lives on when the run is killed.
HOLDER = """
import subprocess, sys
from pathlib import Path
from local.setup.turns import turn
with turn(Path(sys.argv[1]), lambda: None):
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=0, close_fds=False)
    print("held", flush=True)
    child.wait()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", HOLDER, str(tmp_path / "turn")],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as run:  # fmt: skip
        assert run.stdout is not None
        assert run.stdout.readline() == b"held\n"
        yield run


def waited_seconds(path: Path, holder: subprocess.Popen[bytes], delay: float) -> float:
    """Seconds that our own turn took to come, when the holder's child ends `delay` after we began to wait."""
    said = []
    since = time.monotonic()

    def let_go_later() -> None:
        said.append("waiting")
        time.sleep(delay)
        assert holder.stdin is not None
        holder.stdin.close()  # the child reads its end, and ends

    with turn(path, let_go_later):
        assert said == ["waiting"]
        return time.monotonic() - since


def test_a_second_run_waits_until_the_first_is_done(tmp_path: Path, holder: subprocess.Popen[bytes]) -> None:
    assert waited_seconds(tmp_path / "turn", holder, 0.2) >= 0.2


def test_a_killed_runs_surviving_child_keeps_its_turn(
    tmp_path: Path, holder: subprocess.Popen[bytes]
) -> None:
    holder.kill()
    holder.wait()
    assert waited_seconds(tmp_path / "turn", holder, 0.2) >= 0.2


def test_a_free_turn_is_taken_without_a_word(tmp_path: Path) -> None:
    for _ in range(2):
        with turn(tmp_path / "new" / "turn", lambda: pytest.fail("nobody else is there")):
            assert (tmp_path / "new" / "turn").exists()
