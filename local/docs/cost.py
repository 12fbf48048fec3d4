"""The figures of docs/cost.md from what was counted: `python -m local.docs.cost` writes them there.

Prices are those of local/docs/prices.py; put your own in and run it again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from local.docs.blocks import page_with
from local.docs.cost_counted import FILE
from local.docs.cost_month import BIG, DAYS, ROOT, SECONDS, SMALL, Month, month, rule_frequencies
from local.docs.cost_tenants import idle
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
    READY_GB_SECOND,
    READY_RUNNING_GB_SECOND,
    RULE,
    TABLE_10_000,
    TABLE_GB,
)

PAGE = ROOT / "docs" / "cost.md"
VOLUMES = (100, 1_000, 10_000)  # alerts a day
TENANTS = (1, 10, 50, 200)
SLOWER_S = (15, 60, 300)  # values of FETCH_EVERY that are told of


def blocks() -> dict[str, str]:
    """Name -> the block's text."""
    counted = json.loads(FILE.read_text("utf-8"))
    months = [month(volume, counted) for volume in VOLUMES]
    return {
        "months": _months(months),
        "amounts": _amounts(months),
        "counted": _counted(counted),
        "slower": _slower(counted),
        "ready": _ready(months),
        "tenants": _tenants(counted),
        "prices": _prices(),
        "rules": _rules(),
        "workflows": _workflows(),
    }


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _months(months: list[Month]) -> str:
    rows = {
        f"running, instances of {BIG.name}": [one.function_time(BIG) for one in months],
        "runs": [one.executions for one in months],
        "logs": [one.logs for one in months],
        "storage, after a year": [one.storage for one in months],
        "alert rules": [one.rules for one in months],
        "**together**": [one.total(BIG) for one in months],
        f"together with instances of {SMALL.name}": [one.total(SMALL) for one in months],
    }
    head = ["dollars a month", *(f"{one.volume:,} alerts a day" for one in months)]
    return _table(head, [[name, *(f"{value:.2f}" for value in values)] for name, values in rows.items()])


def _amounts(months: list[Month]) -> str:
    rows = {
        "runs a month": [f"{one.runs:,.0f}" for one in months],
        f"seconds of running a month, {BIG.name}": [f"{one.seconds[BIG]:,.0f}" for one in months],
        f"seconds of running a month, {SMALL.name}": [f"{one.seconds[SMALL]:,.0f}" for one in months],
        "gigabytes of logs a month": [f"{one.log_gb:.2f}" for one in months],
        "gigabytes of the platform's records left out": [f"{one.left_out_gb:.2f}" for one in months],
        "table requests a month": [f"{one.table_requests:,.0f}" for one in months],
        "gigabytes kept after a year": [f"{one.kept_gb:.1f}" for one in months],
        "calls to Defender a day": [f"{one.calls_a_day:,.0f}" for one in months],
        "hunting calls a day": [f"{one.hunts_a_day:,.0f}" for one in months],
    }
    head = ["", *(f"{one.volume:,} alerts a day" for one in months)]
    return _table(head, [[name, *values] for name, values in rows.items()])


def _slower(counted: Mapping[str, Any]) -> str:
    """What FETCH_EVERY saves at the smallest volume."""
    months = [month(VOLUMES[0], counted, every_s=every) for every in SLOWER_S]
    rows = {
        "fetches that ask, a day": [f"{SECONDS / DAYS / every:,.0f}" for every in SLOWER_S],
        "calls to Defender a day": [f"{one.calls_a_day:,.0f}" for one in months],
        "table requests a month": [f"{one.table_requests:,.0f}" for one in months],
        "gigabytes of logs a month": [f"{one.log_gb:.2f}" for one in months],
        f"seconds of running a month, {BIG.name}": [f"{one.seconds[BIG]:,.0f}" for one in months],
        "dollars a month, together": [f"{one.total(BIG):.2f}" for one in months],
    }
    head = [f"{VOLUMES[0]:,} alerts a day, `FETCH_EVERY`", *(_span(every) for every in SLOWER_S)]
    return _table(head, [[name, *values] for name, values in rows.items()])


def _span(seconds: int) -> str:
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min"


def _ready(months: list[Month]) -> str:
    rows = {}
    for size in (BIG, SMALL):
        rows[f"running, none always ready, {size.name}"] = [one.function_time(size) for one in months]
        rows[f"running, one of each always ready, {size.name}"] = [one.always_ready(size) for one in months]
    head = ["dollars a month", *(f"{one.volume:,} alerts a day" for one in months)]
    return _table(head, [[name, *(f"{value:.2f}" for value in values)] for name, values in rows.items()])


def _tenants(counted: Mapping[str, Any]) -> str:
    """What further tenants without alerts cost."""
    often = [idle(tenants, counted) for tenants in TENANTS]
    rarely = [idle(tenants, counted, every_s=60) for tenants in TENANTS]
    rows = {
        "tenants fetched in a run": [f"{one.fetched_a_run:,.0f}" for one in often],
        "seconds between two fetches of one": [f"{one.asked_every_s:.0f}" for one in often],
        f"seconds of a run, {BIG.name}": [f"{one.seconds_a_run:.1f}" for one in often],
        "table requests a month": [f"{one.table_requests:,.0f}" for one in often],
        "gigabytes of logs a month": [f"{one.log_gb:.2f}" for one in often],
        "calls to Defender a day, of all": [f"{one.calls_a_day:,.0f}" for one in often],
        f"dollars a month, {BIG.name}": [f"{one.total(BIG):.2f}" for one in often],
        "dollars a month, `FETCH_EVERY` 1 min": [f"{one.total(BIG):.2f}" for one in rarely],
    }
    head = ["without alerts", *(f"{number} tenant{'s' if number > 1 else ''}" for number in TENANTS)]
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


def _counted(counted: Mapping[str, Any]) -> str:
    of = [
        counted["lone"]["idle"],
        counted["between"],
        counted["lone"]["alert"],
        counted["grouped"]["alert"],
    ]
    rows = [[said, *(f"{counts[name]:,.2f}" for counts in of)] for name, said in _SAID.items()]
    kept = [counted["lone"]["kept"], counted["grouped"]["kept"]]
    rows += [[f"bytes kept in `{table}`", "", "", *(f"{one[table]:,}" for one in kept)] for table in kept[0]]
    head = [
        "",
        "a fetch that finds nothing",
        "a run between fetches",
        "an alert alone",
        "an alert among seven",
    ]
    return _table(head, rows)


def _prices() -> str:
    rows = [
        ["Flex Consumption, GB-second", f"{GB_SECOND:.6f}", f"{FREE_GB_SECONDS:,} a month"],
        ["Flex Consumption, always ready, GB-second", f"{READY_GB_SECOND:.6f}", ""],
        ["Flex Consumption, always ready and running, GB-second", f"{READY_RUNNING_GB_SECOND:.6f}", ""],
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
