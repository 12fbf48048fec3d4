"""The bench itself: a quick storm through the real stack, and Ctrl-C that leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.stack import ROOT

pytestmark = pytest.mark.slow


def _started(*arguments: str, is_group: bool = False) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "local.cli", "bench", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=is_group,
    )


def test_a_quick_storm_loses_nothing_and_writes_its_figures(tmp_path: Path) -> None:
    file, plot = tmp_path / "out" / "bench.json", tmp_path / "out" / "storm.svg"
    with _started("storm", "--quick", "--json", str(file), "--plot", str(plot)) as bench:
        output, _ = bench.communicate(timeout=180)

    assert bench.returncode == 0, output
    figures = json.loads(file.read_text("utf-8"))
    storm = figures["storm"]
    assert (storm["final"], storm["lost"], storm["doubled"]) == (storm["alerts"], 0, 0)
    assert storm["calls_total"] == sum(storm["calls"].values()) > 0
    assert storm["curve"][-1][1] == storm["alerts"]
    assert "calls in all" in output and "QUICK" in output
    assert plot.read_text("utf-8").startswith("<svg")


def test_a_terminal_s_ctrl_c_keeps_what_was_measured(tmp_path: Path) -> None:
    if not hasattr(os, "killpg"):
        pytest.skip("this system has no groups of processes")
    file = tmp_path / "bench.json"
    asked = ("storm", "--quick", "--alerts", "300", "--json", str(file))
    with _started(*asked, is_group=True) as bench:
        assert bench.stdout is not None
        for line in bench.stdout:
            if re.search(r"[1-9]\d* of 300 rows there", line):
                break
        os.killpg(bench.pid, signal.SIGINT)
        output, _ = bench.communicate(timeout=60)

    assert bench.returncode == 130, output
    large = json.loads(file.read_text("utf-8"))["large"]
    assert large["stopped"] is True
    assert large["rows"] > 0
    assert large["calls_total"] > 0 < large["storage"]["tables"]


def test_ctrl_c_ends_the_bench_and_everything_it_started() -> None:
    if not Path("/proc/self/stat").is_file():
        pytest.skip("this system has no /proc")
    with _started("storm", "--quick") as bench:
        children = _grown(bench.pid, at_least=5)  # storage, simulator with its parser, three workers
        bench.send_signal(signal.SIGINT)
        output, _ = bench.communicate(timeout=60)

    assert bench.returncode == 130, output
    deadline = time.monotonic() + 60
    while (left := [pid for pid in children if _lives(pid)]) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left == []


def _grown(pid: int, *, at_least: int) -> set[int]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = _descendants(pid)
        if len(found) >= at_least:
            time.sleep(1)
            return _descendants(pid)
        time.sleep(0.3)
    raise AssertionError(f"only {len(found)} children came up")


def _descendants(pid: int) -> set[int]:
    """Every process below `pid`, by what the kernel says of parents."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                line = (folder / "stat").read_text("utf-8", "replace")
            except OSError:
                continue
            parents[int(folder.name)] = int(line.rpartition(")")[2].split()[1])
    found: set[int] = set()
    fresh = {pid}
    while fresh:
        fresh = {child for child, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return found


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        line = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return False
    return re.search(r"\) Z ", line) is None
