"""Running pip and npm: their output is kept, and they do not outlive an interrupted wait."""

import os
import signal
import sys
from pathlib import Path

import pytest

from local.setup.running import runner_into


def test_the_outcome_has_the_commands_own_output_and_the_log_has_all(tmp_path: Path) -> None:
    log = tmp_path / "out" / "log"
    run = runner_into(log)
    first = run([sys.executable, "-c", "import sys; print('one'); sys.exit('broke')"], os.environ, tmp_path)
    second = run([sys.executable, "-c", "print('two')"], os.environ, tmp_path)
    assert (first.code, first.output) == (1, "one\nbroke\n") or (first.code, first.output) == (
        1,
        "broke\none\n",
    )
    assert (second.code, second.output) == (0, "two\n")
    assert all(word in log.read_text() for word in ("one", "broke", "two"))


def test_a_program_that_is_not_there_is_an_outcome(tmp_path: Path) -> None:
    assert runner_into(tmp_path / "log")(["/nowhere/pip"], {}, tmp_path).code is None


@pytest.mark.skipif(sys.platform == "win32", reason="no interval timer")
def test_an_interrupted_wait_ends_the_program_too(tmp_path: Path) -> None:
    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    program = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(30)"
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(KeyboardInterrupt):
            runner_into(tmp_path / "log")([sys.executable, "-c", program], os.environ, tmp_path)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
