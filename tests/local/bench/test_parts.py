"""The parts that run here in seconds, on small sizes: CPU, imports, calibration, the core."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.bench import cold, core, storm
from local.bench.calibration import machine, work
from local.bench.growth import named_in
from local.cpu import cpu_seconds, peak_mb
from local.incidents.alert_bodies import defender_body
from local.incidents.storm import make_storm
from local.incidents.writers import write_body

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="this system has no /proc")

_BUSY = """
import time
while time.process_time() < 0.4:
    pass
held = bytearray(60_000_000)
print(flush=True)
input()
"""


def test_cpu_and_peak_of_another_process_are_read() -> None:
    command = [sys.executable, "-c", _BUSY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:  # noqa: S603 - our own program
        assert child.stdin is not None and child.stdout is not None
        child.stdout.readline()
        spent, peak = cpu_seconds([child.pid]), peak_mb(child.pid)
        child.stdin.close()

    assert spent is not None and 0.3 <= spent < 3
    assert peak is not None and 60 < peak < 400


def test_cpu_of_several_processes_adds_up() -> None:
    one = cpu_seconds([os.getpid()])
    two = cpu_seconds([os.getpid(), os.getpid()])

    assert one is not None and two is not None
    assert two == pytest.approx(2 * one, abs=0.2)


def test_the_calibration_is_the_same_work_every_time() -> None:
    assert work(2) == work(2) != work(3)
    assert machine()["calibration_ms"] > 0


def test_imports_are_timed_in_fresh_processes() -> None:
    seconds = cold.measure(repeats=1, say=lambda _: None)["seconds"]

    assert set(seconds) == {"the four packages alone", *cold.FUNCTIONS}
    assert all(0.01 < value < 20 for value in seconds.values())


def test_the_core_is_measured_over_every_step_with_real_answers(tmp_path: Path) -> None:
    measured = core.measure(storm.record(tmp_path, alerts=20, seed=7), say=lambda _: None)

    assert measured["alerts"] == 20
    assert measured["events"] > 60  # the alerts of this recording have up to 15 events each
    assert set(measured["ms_an_alert"]) == {"normalise", "encode", "plan", "correlate", "write down"}
    assert all(0 < ms < 200 for ms in measured["ms_an_alert"].values())


def test_a_whole_storm_names_sixty_devices_forty_files_and_thirty_addresses(tmp_path: Path) -> None:
    write_body(tmp_path, "alerts", defender_body(make_storm(7, alerts=1_000, noise=0).cases))
    named = named_in(tmp_path)

    assert named == {"devices": 60, "files": 40, "addresses": 30}
