"""Many tenants from one app, some of which hang: how often each is fetched, and what that takes.

All are empty but two: one gets a storm, the other a lone alert at the same moment. A tenant hangs as one does
whose API takes a connection and answers nothing: each of its calls takes longer than the app waits.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from local.bench.flow import tables
from local.bench.progress import Say
from local.cpu import peak_mb
from local.host.records import Invocation, LogEntry
from local.published import Published
from local.simulator import ticks
from local.stack import Stack, StackOptions, StackTenant
from local.tenant_rows import list_tenants

_HANGS_S = 60.0  # longer than the app waits for a page
_SETTLED_S = 120.0  # after which every tenant is known: pending ones have few threads
_LONE_PATIENCE_S = 180.0


@dataclass(slots=True)
class _Heard:
    """What the app says of each fetch of all tenants, and how long each took."""

    fetches: list[dict[str, Any]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def line(self, entry: LogEntry) -> None:
        """Keeps the line that sums up a fetch."""
        if not entry.is_user or '"tenants fetched"' not in entry.message:
            return
        with self._lock:
            self.fetches.append(json.loads(entry.message))

    def ended(self, invocation: Invocation) -> None:
        """Keeps how long a fetch took."""
        if invocation.function == "FetchAlerts":
            with self._lock:
                self.seconds.append(invocation.seconds)

    def forget(self) -> None:
        """What was heard until the tenants were known does not count."""
        with self._lock:
            self.fetches.clear()
            self.seconds.clear()


def measure(*, tenants: int, hanging: int, minutes: float, storm: int, say: Say) -> dict[str, Any]:
    """The figures of so many further tenants, beside the app's own; the first of them get storm and alert."""
    heard = _Heard()
    names = [f"tenant-{number:03d}" for number in range(tenants)]
    options = StackOptions(
        tenants=tuple(StackTenant(name=name) for name in names),
        timers=True,
        simulator={"quotas": False},
        on_log=heard.line,
        on_invocation=heard.ended,
        on_step=lambda step: say(f"starting {step}"),
    )
    with Stack(options) as stack:
        ids = [tenant.customer.tenant_id for tenant in options.tenants]
        for tenant_id in ids[tenants - hanging :]:
            fault = {"kind": "delay", "delay_s": _HANGS_S, "tenant": tenant_id, "times": 1_000_000}
            stack.control("faults", fault)
        list_tenants(stack)
        known = _until_known(stack, ids[: tenants - hanging], say)
        heard.forget()
        stack.control("forget", {"what": ["calls"]})
        began = time.monotonic()
        while (left := minutes * 60 - (time.monotonic() - began)) > 0:
            say(f"{tenants} tenants, {hanging} of them hanging: {left:.0f} s left")
            time.sleep(min(5.0, left))
        gaps = stack.control("gaps")["value"]
        healthy = [gaps.get(tenant_id, minutes * 60) for tenant_id in ids[: tenants - hanging]]
        figures = {
            "tenants": tenants,
            "hanging": hanging,
            "minutes": minutes,
            "known_after_s": known,
            "longest_gap_s": round(max(healthy), 1),
            "median_gap_s": round(sorted(healthy)[len(healthy) // 2], 1),
            "fetches": len(heard.fetches),
            "fetch_s_most": round(max(heard.seconds, default=0.0), 1),
            "fetch_s_median": round(sorted(heard.seconds or [0.0])[len(heard.seconds) // 2], 1),
            "peak_mb": _peak(stack, "FetchAlerts"),
        }
        return figures | _beside_a_storm(stack, names, ids, storm, say)


def _until_known(stack: Stack, ids: Iterable[str], say: Say) -> float:
    """Seconds until each healthy tenant was asked for alerts twice, or the time for that is over."""
    began, wanted = time.monotonic(), set(ids)
    while time.monotonic() - began < 5 * _SETTLED_S:
        gaps = stack.control("gaps")["value"]
        left = len(wanted - gaps.keys())
        say(f"{left} tenants were not fetched twice yet")
        if not left:
            break
        time.sleep(3)
    return round(time.monotonic() - began, 1)


def _peak(stack: Stack, function: str) -> float | None:
    peaks = [peak for pid in stack.host.worker_pids.get(function, ()) if (peak := peak_mb(pid)) is not None]
    return round(max(peaks), 1) if peaks else None


def _beside_a_storm(
    stack: Stack, names: list[str], ids: list[str], storm: int, say: Say
) -> dict[str, float | int | None]:
    """Seconds of a lone alert from listed to its row, alone and beside another tenant's storm."""
    rows = Published(tables(stack))
    say("a lone alert")
    alone = _lone(stack, rows, names[1], ids[1], "alone", lambda: None)
    say(f"a lone alert beside a storm of {storm}")

    def break_out() -> None:
        stack.control(f"alerts?tenant={ids[0]}", {"value": [_alert(f"s{number}") for number in range(storm)]})

    beside = _lone(stack, rows, names[1], ids[1], "beside", break_out)
    both = alone is not None and beside is not None
    return {
        "storm": storm,
        "lone_alone_s": alone,
        "lone_beside_storm_s": beside,
        "storm_delays_s": round(max(0.0, beside - alone), 1) if both and alone and beside else None,
    }


def _lone(
    stack: Stack,
    rows: Published,
    name: str,
    tenant_id: str,
    mark: str,
    meanwhile: Callable[[], None],
) -> float | None:
    body = _alert(mark)
    meanwhile()
    stack.control(f"alerts?tenant={tenant_id}", {"value": [body]})
    began = time.monotonic()
    key = f"RowKey eq '{name}|{body['id']}'"
    while time.monotonic() - began < _LONE_PATIENCE_S:
        if any(row.get("CorrelationStatus") != "Pending" for row in rows.alerts(filter_text=key)):
            return round(time.monotonic() - began, 1)
        time.sleep(0.5)
    return None


def _alert(mark: str) -> dict[str, Any]:
    """An alert of now on a device that nobody knows: looked up and hunted as any other, in vain."""
    now = ticks.text(ticks.from_seconds(time.time()))
    return {
        "id": f"da{sum(map(ord, mark)):018d}_{mark}",
        "incidentId": 7,
        "severity": "High",
        "status": "New",
        "category": "Execution",
        "title": f"Bench alert {mark}",
        "detectionSource": "WindowsDefenderAtp",
        "alertCreationTime": now,
        "firstEventTime": now,
        "lastEventTime": now,
        "lastUpdateTime": now,
        "machineId": f"{sum(map(ord, mark)):040x}",
        "computerDnsName": "host.example",
        "evidence": [{"entityType": "Ip", "ipAddress": "203.0.113.10"}],
    }
