"""Storms of other sizes on the same devices: how calls and seconds grow with the number of alerts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local.bench import storm
from local.bench.progress import Say

_SHOWN = ("alerts", "final", "seconds", "calls", "calls_total", "hunts", "refused_429", "cpu_ms_an_alert")


def measure(folder: Path, *, alerts: int, seed: int, median_s: float, say: Say) -> dict[str, Any]:
    """One storm's main figures, with how many devices, files and addresses its alerts name."""
    storm.record(folder, alerts=alerts, seed=seed)
    measured = storm.measure(folder, seed=seed, median_s=median_s, say=say)
    return {name: measured[name] for name in _SHOWN} | named_in(folder)


def named_in(folder: Path) -> dict[str, int]:
    """How many different devices, files and addresses the recorded alerts name."""
    alerts = json.loads((folder / "alerts.json").read_text("utf-8"))["value"]
    evidence = [item for alert in alerts for item in alert["evidence"]]
    return {
        "devices": len({alert["machineId"] for alert in alerts} - {None}),
        "files": len({item["sha1"] for item in evidence} - {None}),
        "addresses": len({item["ipAddress"] for item in evidence} - {None}),
    }
