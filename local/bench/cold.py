"""Import time of each function: what a new instance spends before its first run."""

from __future__ import annotations

import statistics
import subprocess
import sys
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
            seconds[name].append(_import_seconds(what))
    return {"seconds": {name: round(statistics.median(all_of), 3) for name, all_of in seconds.items()}}


def _import_seconds(what: str) -> float:
    program = (
        f"import sys, time; sys.path.append({str(ROOT)!r}); began = time.perf_counter(); "
        f"import {what}; print(time.perf_counter() - began)"
    )
    command = [sys.executable, "-P", "-s", "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 - our own program
    return float(ended.stdout)
