"""The figures of docs/cost.md from what was counted: `python -m local.docs.cost` writes them there.

Prices are those of local/docs/prices.py; put your own in and run it again.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.docs.blocks import page_with
from local.docs.cost_counted import FILE
from local.docs.prices import (
    ACTION,
    FREE_ACTIONS,
    FREE_GB_SECONDS,
    FREE_LOG_GB,
    FREE_RUNS,
    GB_SECOND,
    LOG_GB,
    MILLION_RUNS,
    QUEUE_10_000,
    RULE,
    TABLE_10_000,
    TABLE_GB,
)

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "cost.md"
VOLUMES = (100, 1_000, 10_000)  # alerts a day
DAYS = 30
SECONDS = DAYS * 24 * 3_600
FETCH_S = 15.0  # the timer of FetchAlerts/function.json
FETCHES = SECONDS / FETCH_S
GROUPED_FROM = 1_440  # alerts a day, from which on they are taken to come together

# Assumed, seconds: what a call takes in Azure. Only counts were measured.
STORAGE_S, CALL_S, HUNT_S = 0.010, 0.3, 3.0
SHORTEST_RUN_S = 1.0  # that is billed
# Assumed, bytes: what a log record takes beside the app's own line, the host's records of a run, and the
# host's counters in a month.
RECORD_BYTES, HOST_RECORDS, COUNTERS_GB = 1_000, 4, 0.1
POLL_S = 0.5  # host.json's maxPollingInterval, of two queues, as if an instance of each were always there
INSTANCES_GB = (2.0, 0.5)
KEPT_DAYS, RETENTION_DAYS = 365, 180

type Counts = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Month:
    """One month at one volume, in dollars but where it is said."""

    volume: int
    runs: float
    seconds: float
    log_gb: float
    table_requests: float
    kept_gb: float
    calls_a_day: float
    hunts_a_day: float
    rules: float

    def function_time(self, memory_gb: float) -> float:
        """Seconds of running, times the instance's memory, less the free grant."""
        return max(0.0, self.seconds * memory_gb - FREE_GB_SECONDS) * GB_SECOND

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

    def total(self, memory_gb: float) -> float:
        """Everything."""
        return self.function_time(memory_gb) + self.executions + self.logs + self.storage + self.rules


def month(volume: int, counted: Mapping[str, Mapping[str, Counts]]) -> Month:
    """A month of `volume` alerts a day: few come alone, many in groups."""
    load = counted["lone" if volume <= GROUPED_FROM else "grouped"]
    idle, alert, alerts = load["idle"], load["alert"], volume * DAYS
    runs = alert["EnrichAlert"] + alert["HuntCorrelate"]
    kept = load["kept"]
    passing = kept["AlertEvents"] + kept["AlertWork"] + kept["EntityCache"]
    return Month(
        volume=volume,
        runs=FETCHES + alerts * runs,
        seconds=FETCHES * _seconds(idle, 1) + alerts * _seconds(alert, runs),
        log_gb=(FETCHES * _log_bytes(idle, 1) + alerts * _log_bytes(alert, runs)) / 1e9 + COUNTERS_GB,
        table_requests=FETCHES * idle["storage_requests"] + alerts * alert["storage_requests"],
        kept_gb=volume * (kept["Alerts"] * KEPT_DAYS + passing * RETENTION_DAYS) / 1e9,
        calls_a_day=FETCHES / DAYS * idle["calls"] + volume * alert["calls"],
        hunts_a_day=volume * alert["hunts"] + 24,  # and the hourly audit's
        rules=sum(RULE[every] for every in rule_frequencies()),
    )


def _seconds(counts: Counts, runs: float) -> float:
    work = counts["storage_requests"] * STORAGE_S + counts["calls"] * CALL_S + counts["hunts"] * HUNT_S
    return max(counts["cpu_s"] + work, runs * SHORTEST_RUN_S)


def _log_bytes(counts: Counts, runs: float) -> float:
    records = counts["log_lines"] + runs * HOST_RECORDS
    return counts["log_bytes"] + records * RECORD_BYTES


def rule_frequencies() -> list[str]:
    """How often each alert rule of infra/alerts.bicep is looked at."""
    return re.findall(r"every: '(PT\w+)'", (ROOT / "infra" / "alerts.bicep").read_text("utf-8"))


def blocks() -> dict[str, str]:
    """Name -> the block's text."""
    counted = json.loads(FILE.read_text("utf-8"))
    months = [month(volume, counted) for volume in VOLUMES]
    return {
        "months": _months(months),
        "amounts": _amounts(months),
        "counted": _counted(counted),
        "prices": _prices(),
        "rules": _rules(),
        "workflows": _workflows(),
    }


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _months(months: list[Month]) -> str:
    big, small = INSTANCES_GB
    rows = {
        f"running, instances of {big:g} GB": [one.function_time(big) for one in months],
        "runs": [one.executions for one in months],
        "logs": [one.logs for one in months],
        "storage, after a year": [one.storage for one in months],
        "alert rules": [one.rules for one in months],
        "**together**": [one.total(big) for one in months],
        f"together with instances of {small * 1024:.0f} MB": [one.total(small) for one in months],
    }
    head = ["dollars a month", *(f"{one.volume:,} alerts a day" for one in months)]
    return _table(head, [[name, *(f"{value:.2f}" for value in values)] for name, values in rows.items()])


def _amounts(months: list[Month]) -> str:
    rows = {
        "runs a month": [f"{one.runs:,.0f}" for one in months],
        "seconds of running a month": [f"{one.seconds:,.0f}" for one in months],
        "gigabytes of logs a month": [f"{one.log_gb:.2f}" for one in months],
        "table requests a month": [f"{one.table_requests:,.0f}" for one in months],
        "gigabytes kept after a year": [f"{one.kept_gb:.1f}" for one in months],
        "calls to Defender a day": [f"{one.calls_a_day:,.0f}" for one in months],
        "hunting calls a day": [f"{one.hunts_a_day:,.0f}" for one in months],
    }
    head = ["", *(f"{one.volume:,} alerts a day" for one in months)]
    return _table(head, [[name, *values] for name, values in rows.items()])


_SAID = {
    "storage_requests": "table and queue requests",
    "log_lines": "log lines",
    "log_bytes": "bytes of log lines",
    "calls": "calls to Defender",
    "hunts": "hunting calls",
    "cpu_s": "CPU seconds of the workers",
    "EnrichAlert": "runs of EnrichAlert",
    "HuntCorrelate": "runs of HuntCorrelate",
}


def _counted(counted: Mapping[str, Mapping[str, Counts]]) -> str:
    of = [counted["lone"]["idle"], counted["lone"]["alert"], counted["grouped"]["alert"]]
    rows = [[said, *(f"{counts[name]:,.2f}" for counts in of)] for name, said in _SAID.items()]
    kept = [counted["lone"]["kept"], counted["grouped"]["kept"]]
    rows += [[f"bytes kept in `{table}`", "", *(f"{one[table]:,}" for one in kept)] for table in kept[0]]
    head = ["", "a fetch that finds nothing", "an alert that comes alone", "an alert among seven"]
    return _table(head, rows)


def _prices() -> str:
    rows = [
        ["Flex Consumption, GB-second", f"{GB_SECOND:.6f}", f"{FREE_GB_SECONDS:,} a month"],
        ["Flex Consumption, million runs", f"{MILLION_RUNS:.2f}", f"{FREE_RUNS:,} runs a month"],
        ["Log Analytics, GB taken in", f"{LOG_GB:.2f}", f"{FREE_LOG_GB:g} GB a month"],
        ["tables, 10,000 requests", f"{TABLE_10_000:.5f}", ""],
        ["queues, 10,000 requests", f"{QUEUE_10_000:.5f}", ""],
        ["tables, GB and month", f"{TABLE_GB:.3f}", ""],
        ["Logic Apps, built-in action", f"{ACTION:.6f}", f"{FREE_ACTIONS:,} a month"],
    ]
    return _table(["", "dollars", "free"], rows)


def _rules() -> str:
    counted = Counter(rule_frequencies())
    rows = [
        [f"every {_words(every)}", str(count), f"{RULE[every]:.2f}", f"{count * RULE[every]:.2f}"]
        for every, count in sorted(counted.items(), key=lambda item: _minutes(item[0]))
    ]
    total = sum(count * RULE[every] for every, count in counted.items())
    rows.append(["together", str(counted.total()), "", f"{total:.2f}"])
    return _table(["looked at", "rules", "dollars each", "dollars a month"], rows)


def _minutes(every: str) -> int:
    number = int(every[2:-1])
    return number * 60 if every.endswith("H") else number


def _words(every: str) -> str:
    return "hour" if every == "PT1H" else f"{_minutes(every)} minutes"


def _workflows() -> str:
    rows = []
    for name in ("notify", "tickets"):
        definition = json.loads((ROOT / "infra" / "logic-app" / f"{name}.json").read_text("utf-8"))
        definition = definition.get("definition", definition)
        (trigger,) = definition["triggers"].values()
        runs = SECONDS // 60 // trigger["recurrence"]["interval"]
        actions = _at_most(definition["actions"])
        dollars = (runs * actions - FREE_ACTIONS) * ACTION
        rows.append([f"`{name}.json`", f"{runs:,}", f"{actions}", f"{runs * actions:,}", f"{dollars:.2f}"])
    return _table(["", "runs a month", "actions each, at most", "actions a month", "dollars a month"], rows)


def _at_most(actions: Mapping[str, Any]) -> int:
    """Actions of a run that finds nothing and does not fail: all but those in a loop over what was found."""
    inner = (one["actions"] for one in actions.values() if one["type"] in ("Until", "If"))
    return len(actions) + sum(map(_at_most, inner))


def page() -> str:
    """The page with its blocks as worked out now."""
    return page_with(PAGE, blocks())


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
