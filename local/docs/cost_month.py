"""A month of the app in dollars, from what was counted: running, runs, logs, storage, alert rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.docs.prices import (
    FREE_GB_SECONDS,
    FREE_LOG_GB,
    FREE_RUNS,
    GB_SECOND,
    LOG_GB,
    MILLION_RUNS,
    QUEUE_10_000,
    READY_GB_SECOND,
    READY_RUNNING_GB_SECOND,
    RULE,
    TABLE_10_000,
    TABLE_GB,
)

ROOT = Path(__file__).resolve().parents[2]
DAYS = 30
SECONDS = DAYS * 24 * 3_600
FETCH_S = 15.0  # the timer of FetchAlerts/function.json
FETCHES = SECONDS / FETCH_S
GROUPED_FROM = 1_440  # alerts a day, from which on they are taken to come together

# Assumed, seconds: what a call takes in Azure. Only counts were measured.
STORAGE_S, CALL_S, HUNT_S = 0.010, 0.3, 3.0
# Seconds of CPU that the platform's own process takes for a run: 7 to 10 ms for a message (seen in the host
# 4.1037 on 2026-11-30).
HOST_CPU_S = 0.010
SHORTEST_RUN_S = 1.0  # that is billed
# Assumed, bytes: what a log record takes beside the app's own line, the host's records of a run, and the
# host's counters in a month.
RECORD_BYTES, HOST_RECORDS, COUNTERS_GB = 1_000, 4, 0.1
POLL_S = 0.5  # host.json's maxPollingInterval, of two queues, as if an instance of each were always there
KEPT_DAYS, RETENTION_DAYS = 365, 180
# Log records of the platform that host.json leaves out, in bytes: its warning at each run of a timer, and its
# record of each message sent (seen in the host 4.1037 on 2026-11-30).
TIMER_WARNING_BYTES, MESSAGE_RECORD_BYTES = 1_400, 750

type Counts = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Instance:
    """A size of instance. CPU is allotted in proportion to its memory; that 2 GB have one core is assumed:
    https://learn.microsoft.com/python/api/azure-mgmt-web/azure.mgmt.web.models.functionsscaleandconcurrency
    (read 2026-11-30)."""

    memory_gb: float

    @property
    def cores(self) -> float:
        """A core for each 2 GB."""
        return self.memory_gb / 2.0

    @property
    def name(self) -> str:
        """Its memory, in words."""
        return f"{self.memory_gb:g} GB" if self.memory_gb >= 1 else f"{self.memory_gb * 1024:.0f} MB"


BIG, SMALL = Instance(2.0), Instance(0.5)


@dataclass(frozen=True, slots=True)
class Month:
    """One month at one volume, in dollars but where it is said."""

    volume: int
    runs: float
    seconds: Mapping[Instance, float]  # that are billed, of fetches and of all else together
    alert_seconds: Mapping[Instance, float]  # of them those of EnrichAlert and HuntCorrelate
    left_out_gb: float
    log_gb: float
    table_requests: float
    kept_gb: float
    calls_a_day: float
    hunts_a_day: float
    rules: float

    def function_time(self, instance: Instance) -> float:
        """Seconds of running, times the instance's memory, less the free grant."""
        return on_demand(self.seconds[instance], instance)

    def always_ready(self, instance: Instance) -> float:
        """What running costs with an instance of EnrichAlert and one of HuntCorrelate always ready, for which
        nothing is free, and fetches on demand."""
        there = 2 * SECONDS * instance.memory_gb * READY_GB_SECOND
        running = self.alert_seconds[instance] * instance.memory_gb * READY_RUNNING_GB_SECOND
        fetches = self.seconds[instance] - self.alert_seconds[instance]
        return there + running + on_demand(fetches, instance)

    @property
    def executions(self) -> float:
        """Runs beyond the free grant."""
        return max(0.0, self.runs - FREE_RUNS) / 1e6 * MILLION_RUNS

    @property
    def logs(self) -> float:
        """Log Analytics beyond its free gigabytes."""
        return max(0.0, self.log_gb - FREE_LOG_GB) * LOG_GB

    @property
    def storage(self) -> float:
        """Requests, the host's polling, and what is kept after a year."""
        polls = 2 * SECONDS / POLL_S
        requests = self.table_requests / 10_000 * TABLE_10_000 + polls / 10_000 * QUEUE_10_000
        return requests + self.kept_gb * TABLE_GB

    def total(self, instance: Instance) -> float:
        """Everything."""
        return self.function_time(instance) + self.executions + self.logs + self.storage + self.rules


def on_demand(seconds: float, instance: Instance) -> float:
    """Dollars of so many seconds of running, less the free grant."""
    return max(0.0, seconds * instance.memory_gb - FREE_GB_SECONDS) * GB_SECOND


def month(volume: int, counted: Mapping[str, Any], *, every_s: float = FETCH_S) -> Month:
    """A month of `volume` alerts a day: few come alone, many in groups. Where the source is asked each
    `every_s` only, the runs between end at once."""
    load = counted["lone" if volume <= GROUPED_FROM else "grouped"]
    fetches, alerts = SECONDS / every_s, volume * DAYS
    between = FETCHES - fetches
    # The work of each kind: how often in the month, what it spends, how many runs it is.
    alert = load["alert"]
    runs = alert["EnrichAlert"] + alert["HuntCorrelate"]
    work: list[tuple[float, Counts, float]] = [(fetches, load["idle"], 1), (alerts, alert, runs)]
    if between:
        work.append((between, counted["between"], 1))
    kept = load["kept"]
    lasting = kept["Alerts"] + kept.get("Incidents", 0)
    passing = kept["AlertEvents"] + kept["AlertWork"] + kept["EntityCache"]
    messages = 1 + alert["HuntCorrelate"]  # of an alert: its pointer, and a wake-up for each drain
    return Month(
        volume=volume,
        runs=sum(times * runs for times, _, runs in work),
        seconds={
            size: sum(times * _seconds(spent, runs, size) for times, spent, runs in work)
            for size in (BIG, SMALL)
        },
        alert_seconds={size: alerts * _seconds(alert, runs, size) for size in (BIG, SMALL)},
        left_out_gb=(FETCHES * TIMER_WARNING_BYTES + alerts * messages * MESSAGE_RECORD_BYTES) / 1e9,
        log_gb=sum(times * _log_bytes(spent, runs) for times, spent, runs in work) / 1e9 + COUNTERS_GB,
        table_requests=sum(times * spent["storage_requests"] for times, spent, _ in work),
        kept_gb=volume * (lasting * KEPT_DAYS + passing * RETENTION_DAYS) / 1e9,
        calls_a_day=fetches / DAYS * load["idle"]["calls"] + volume * alert["calls"],
        hunts_a_day=volume * alert["hunts"] + 24,  # and the hourly audit's
        rules=sum(RULE[every] for every in rule_frequencies()),
    )


def _seconds(counts: Counts, runs: float, instance: Instance) -> float:
    """That are billed: the waiting, and the CPU of worker and host on a part of a core or a whole one."""
    waiting = counts["storage_requests"] * STORAGE_S + counts["calls"] * CALL_S + counts["hunts"] * HUNT_S
    cpu = (counts["cpu_s"] + runs * HOST_CPU_S) / instance.cores
    return max(cpu + waiting, runs * SHORTEST_RUN_S)


def _log_bytes(counts: Counts, runs: float) -> float:
    records = counts["log_lines"] + runs * HOST_RECORDS
    return counts["log_bytes"] + records * RECORD_BYTES


def rule_frequencies() -> list[str]:
    """How often each alert rule of infra/alerts.bicep is looked at."""
    return re.findall(r"every: '(PT\w+)'", (ROOT / "infra" / "alerts.bicep").read_text("utf-8"))
