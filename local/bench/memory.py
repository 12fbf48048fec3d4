"""Peak memory of the functions' own processes while ten thousand alerts come in and wait in the ledger."""

from __future__ import annotations

import base64
import contextlib
import json
from pathlib import Path
from typing import Any

from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueClient

from local.bench.flow import tables
from local.bench.progress import Say
from local.cpu import peak_mb
from local.incidents.alert_bodies import defender_body
from local.incidents.storm import make_storm
from local.incidents.writers import write_body
from local.published import Published
from local.stack import Stack, StackOptions
from shared.core.progress import WakeUp

_MOST_RUNS = 40


def record(folder: Path, *, alerts: int, seed: int) -> Path:
    """Only the alerts of a storm of that size: this part fetches and keeps them, and hunts none."""
    write_body(folder, "alerts", defender_body(make_storm(seed, alerts=alerts, minutes=30, noise=0).cases))
    return folder


def measure(folder: Path, *, say: Say) -> dict[str, Any]:
    """Peak resident MB of FetchAlerts while it fetches all, and of HuntCorrelate while all wait.

    EnrichAlert is off, so that every alert stays open; the storm measures what enriching and hunting take.
    """
    expected = len(json.loads((folder / "alerts.json").read_text("utf-8"))["value"])
    options = StackOptions(
        data=folder,
        settings={"AzureWebJobs.EnrichAlert.Disabled": "true"},
        simulator={"quotas": False},
        on_step=lambda step: say(f"starting {step}"),
    )
    with Stack(options) as stack:
        published = Published(tables(stack))
        started = _peaks(stack)
        kept = 0
        for _ in range(_MOST_RUNS):
            stack.host.run_timer("FetchAlerts")
            before, kept = kept, len(published.open_rows())
            say(f"{kept} of {expected} alerts in the ledger")
            if kept >= expected or kept == before:
                break
        _wake_up(stack)
        ended = _peaks(stack)
    return {"alerts": expected, "kept": kept, "peak_mb_idle": started, "peak_mb": ended}


def _peaks(stack: Stack) -> dict[str, float]:
    found = {
        name: peak for name, pids in stack.host.worker_pids.items() for peak in map(peak_mb, pids) if peak
    }
    return {name: round(peak, 1) for name, peak in found.items()}


def _wake_up(stack: Stack) -> None:
    """Lets HuntCorrelate read the whole open partition once."""
    queue = QueueClient.from_connection_string(
        stack.azurite.connection_string, "hunt-requests", connection_verify=str(stack.certificates.ca)
    )
    with contextlib.suppress(ResourceExistsError):
        queue.create_queue()
    queue.send_message(base64.b64encode(WakeUp("home", "bench").to_text().encode()).decode())
    stack.host.idle(60)
