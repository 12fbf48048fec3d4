"""Import time of each function: what a new instance spends before its first run."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from local.bench.progress import Say
from local.stack import ROOT

FUNCTIONS = ("FetchAlerts", "EnrichAlert", "HuntCorrelate")
# What any function app with these four packages pays, whatever its own code is.
PACKAGES = "azure.functions, azure.identity, requests, azure.data.tables"
_REPEATS = 7


def measure(*, repeats: int = _REPEATS, say: Say) -> dict[str, Any]:
    """Median seconds to import each function's module, and the four packages alone, in fresh processes."""
    imported = {"the four packages alone": PACKAGES, **{name: name for name in FUNCTIONS}}
    seconds: dict[str, list[float]] = {name: [] for name in imported}
    for number in range(repeats):
        say(f"imports: round {number + 1} of {repeats}")
        for name, what in imported.items():
            seconds[name].append(import_seconds(what)[0])
    return {"seconds": {name: round(statistics.median(all_of), 3) for name, all_of in seconds.items()}}


def import_seconds(what: str, root: Path = ROOT) -> tuple[float, float]:
    """Seconds of the clock and of CPU that a fresh process takes to import this from the app in `root`."""
    program = (
        f"import sys, time; sys.path.append({str(root)!r}); "
        f"began, spent = time.perf_counter(), time.process_time(); "
        f"import {what}; print(time.perf_counter() - began, time.process_time() - spent)"
    )
    command = [sys.executable, "-P", "-s", "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 - our own program
    clock, cpu = ended.stdout.split()
    return float(clock), float(cpu)
