"""Nothing the host starts outlives it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.host.function_host import FunctionHost
from local.lifeline import start_child, stop_child
from tests.local.host.conftest import TIMER, AppMaker, Storage

_HOST = """
import sys, time
from pathlib import Path
from local.host.function_host import FunctionHost
app, connection, ca = sys.argv[1:]
host = FunctionHost(Path(app), {"AzureWebJobsStorage": connection}, ca_bundle=Path(ca)).start()
print(host.worker_pids["Tick"][0], flush=True)
time.sleep(60)
"""
_ENDLESS = "import time\ndef main(timer: func.TimerRequest) -> None:\n    time.sleep(60)\n"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not there")
def test_the_worker_ends_when_its_host_is_killed(make_app: AppMaker, storage: Storage) -> None:
    app = make_app({"Tick": ([{**TIMER, "runOnStartup": True}], _ENDLESS)})
    connection = storage.azurite.connection_string
    host = subprocess.Popen(  # noqa: S603 - our own program, with our own paths
        [sys.executable, "-c", _HOST, app, connection, storage.certificates.ca],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert host.stdout is not None
    worker = int(host.stdout.readline())
    os.kill(worker, 0)  # it runs, with a function in it that does not end
    host.send_signal(signal.SIGKILL)
    host.wait()
    host.stdout.close()
    assert _is_gone(worker)


def test_stopping_the_host_ends_a_worker_whose_function_does_not_end(
    make_app: AppMaker, storage: Storage
) -> None:
    app = make_app({"Tick": ([{**TIMER, "runOnStartup": True}], _ENDLESS)})
    host = FunctionHost(app, storage.settings, ca_bundle=storage.certificates.ca).start()
    (worker,) = host.worker_pids["Tick"]
    host.stop(drain_seconds=0)
    assert _is_gone(worker)


def test_a_child_that_ignores_its_lifeline_is_killed() -> None:
    child = start_child([sys.executable, "-c", "import time; time.sleep(60)"])
    began = time.monotonic()
    assert stop_child(child, grace_seconds=0.3) != 0
    assert time.monotonic() - began < 30


def test_a_child_can_end_with_its_parent_without_reading_its_input() -> None:
    program = "import time; from local.lifeline import end_with_parent; end_with_parent(); time.sleep(60)"
    child = start_child([sys.executable, "-c", program], cwd=Path(__file__).parents[3])
    assert stop_child(child, grace_seconds=10) == 0


def _is_gone(pid: int, *, within_seconds: float = 30) -> bool:
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True  # ended, and waiting for whoever adopted it
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False
