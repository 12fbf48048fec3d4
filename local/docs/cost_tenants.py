"""What tenants without alerts cost in a month, from what a fetch that finds nothing was counted to take.

Runs of FetchAlerts are not more for them, but longer: several tenants at once, until no further one is begun.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.docs.cost_month import (
    BIG,
    CALL_S,
    COUNTERS_GB,
    DAYS,
    FETCH_S,
    FETCHES,
    HOST_CPU_S,
    HOST_RECORDS,
    RECORD_BYTES,
    SHORTEST_RUN_S,
    STORAGE_S,
    Instance,
    on_demand,
)
from local.docs.prices import FREE_LOG_GB, LOG_GB, TABLE_10_000
from shared.core.tenants.turns import TurnPolicy

SUMMARY_BYTES = 400  # of the one line that tells of all tenants: a fetch that finds nothing has none


@dataclass(frozen=True, slots=True)
class Idle:
    """A month of so many tenants without alerts, the app's own among them, each due every `every_s`."""

    tenants: int
    every_s: float
    fetched_a_run: float
    seconds_a_run: float
    table_requests: float
    calls_a_day: float
    log_gb: float

    @property
    def asked_every_s(self) -> float:
        """How often each tenant is asked, as far as the runs have room for it."""
        return FETCH_S * self.tenants / self.fetched_a_run

    def total(self, instance: Instance) -> float:
        """Dollars of running, requests and logs, without the alert rules and the host's polling."""
        running = on_demand(FETCHES * self.seconds_a_run, instance)
        logs = max(0.0, self.log_gb - FREE_LOG_GB) * LOG_GB
        return running + self.table_requests / 10_000 * TABLE_10_000 + logs


def idle(
    tenants: int, counted: Mapping[str, Any], *, every_s: float = FETCH_S, instance: Instance = BIG
) -> Idle:
    """The month, on instances of that size."""
    policy, fetch = TurnPolicy(), counted["lone"]["idle"]
    cpu = fetch["cpu_s"] / instance.cores
    waiting = fetch["storage_requests"] * STORAGE_S + fetch["calls"] * CALL_S
    # Threads share the waiting, and not the CPU.
    each = max((waiting + cpu) / policy.threads, cpu)
    due = tenants * FETCH_S / every_s
    fetched = min(due, policy.begin_within / each)
    return Idle(
        tenants=tenants,
        every_s=every_s,
        fetched_a_run=fetched,
        seconds_a_run=max(SHORTEST_RUN_S, fetched * each + HOST_CPU_S),
        table_requests=FETCHES
        * (fetched * fetch["storage_requests"] + counted["between"]["storage_requests"]),
        calls_a_day=FETCHES / DAYS * fetched * fetch["calls"],
        log_gb=FETCHES * (SUMMARY_BYTES + (1 + HOST_RECORDS) * RECORD_BYTES) / 1e9 + COUNTERS_GB,
    )
