"""What no app could go below under the same quotas, latencies and processors, and how near a run came.

The floor of a way is the slowest of what must be waited for in any case: calls that a documented quota puts
off, hunts whose question depends on the answer before, processors that the functions' own work keeps busy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from local.bench.usual import DEFENDER_LIMITS, HUNTING_LIMITS

FETCH_EVERY_S = 15.0  # FetchAlerts/function.json
_QUESTIONS = 2  # one after another for most alerts of a storm: the process, then what it started
_HUNTING = "POST /v1.0/security/runHuntingQuery"

type Figures = Mapping[str, Any]


def floors(figures: Figures) -> list[dict[str, str]]:
    """A line for each way that the run measured: floor and measured in seconds, and how many times the floor
    was needed."""
    return [
        {
            "what": what,
            "floor": f"{floor:.1f}",
            "because": because,
            "measured": f"{measured:g}",
            "ratio": f"{measured / floor:.1f}",
        }
        for what, floor, because, measured in _each(figures)
        if floor > 0
    ]


def _each(figures: Figures) -> Iterator[tuple[str, float, str, float]]:
    lone, steady = figures.get("lone"), figures.get("steady")
    if lone:
        hunt, start = lone["warm"]["hunts_s"]["p50"], lone["cold_start_s"]
        measured = {way: lone[way]["fetch_to_final_s"]["p50"] for way in ("warm", "zero")}
        yield "a lone alert, warm, from the fetch", hunt, "one hunt (median)", measured["warm"]
        cold = lone["zero"]["hunts_s"]["p50"]
        because = f"one cold start of {start:g} s and one hunt (median)"
        yield "a lone alert, from zero", start + cold, because, measured["zero"]
    if steady and steady["hunts"]:
        hunt = steady["hunt_seconds_total"] / steady["hunts"]
        because = (
            f"half of the timer's {FETCH_EVERY_S:g} s, since nothing tells of an alert, and one hunt (mean)"
        )
        median = steady["listed_to_final_s"]["p50"]
        yield "an ordinary tenant's alert, median", FETCH_EVERY_S / 2 + hunt, because, median
    for part in ("storm", "large"):
        storm = figures.get(part)
        if storm and storm["hunts"]:
            floor, because = _of_storm(storm, figures["machine"]["cores"])
            yield f"a storm of {storm['alerts']:,} alerts, all final", floor, because, storm["seconds"]


def _of_storm(storm: Figures, cores: int) -> tuple[float, str]:
    waits = {
        api: _quota_s(count, HUNTING_LIMITS[0] if api == _HUNTING else DEFENDER_LIMITS[0])
        for api, count in storm["calls"].items()
    }
    slowest = max(waits, key=lambda api: waits[api])
    limits = {
        f"the quota of `{slowest}`, {storm['calls'][slowest]} calls": waits[slowest],
        f"{_QUESTIONS} hunts one after another (mean)": _QUESTIONS
        * storm["hunt_seconds_total"]
        / storm["hunts"],
        f"the functions' CPU on {cores} cores": sum(storm["cpu_s"].values()) / cores,
    }
    because = max(limits, key=lambda limit: limits[limit])
    return limits[because], because


def _quota_s(calls: int, limit: tuple[int, float]) -> float:
    """Seconds after the first call in which the last one is allowed, asked as early as may be."""
    allowed, window = limit
    return (math.ceil(calls / allowed) - 1) * window
