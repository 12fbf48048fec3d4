"""Where CPU and waiting of each function go: the functions themselves, run in this process one by one.

FetchAlerts until nothing is left to fetch, EnrichAlert for each pointer, four at once as in host.json, and
HuntCorrelate until no wake-up is left. Storage, identity and the two services are those of the local stack.
"""

from __future__ import annotations

import importlib
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import azure.functions as func

from local.bench.flow import Events
from local.bench.progress import Say
from local.bench.sampling import Sampler, Spent, can_sample
from local.bench.storm import hunting, watched
from local.incidents.storm import make_storm
from local.stack import ROOT, Stack, StackFailed

_FUNCTIONS = ("FetchAlerts", "EnrichAlert", "HuntCorrelate")
_AGE_S = 300.0
_AT_ONCE = 4
_MOST_RUNS = 60
_SHOWN = 15
# What a place in an adapter waits for.
_WAITS = {
    "shared.adapters.storage": "storage",
    "shared.adapters.defender": "Defender",
    "shared.adapters.graph": "Graph's alerts",
    "shared.adapters.hunting": "hunting",
    "shared.adapters.http": "tokens",
    "shared.adapters.clock": "pauses of our own",
}


class _Out(func.Out[list[str]]):
    """What a function gave out."""

    def __init__(self) -> None:
        self.items: list[str] = []

    def set(self, val: list[str]) -> None:
        """Keeps the items."""
        self.items = list(val)

    def get(self) -> list[str]:
        """The items."""
        return self.items


def record(folder: Path, *, alerts: int, seed: int) -> Path:
    """A storm's recording."""
    make_storm(seed, alerts=alerts).write(folder)
    return folder


def measure(folder: Path, *, seed: int, median_s: float, say: Say) -> dict[str, Any]:
    """By function: runs, seconds of the clock, and thread seconds of CPU and of waiting with where they went.
    Raises StackFailed where the system does not tell the CPU of threads."""
    if not can_sample():
        raise StackFailed("profile needs a Linux that tells the CPU of single threads (schedstat)")
    disabled = {f"AzureWebJobs.{name}.Disabled": "true" for name in _FUNCTIONS}
    simulated = {**hunting(median_s), "seed": seed, "newest_alert_age_s": _AGE_S}
    options = watched(folder, Events(), say, simulator=simulated, timers=False, settings=disabled)
    logging.getLogger().addHandler(logging.NullHandler())  # else warnings of the app go to the screen
    with Stack(options) as stack, _environment(stack):
        wiring = importlib.import_module("shared.wiring")
        wiring.app.cache_clear()
        try:
            pointers, fetched = _profiled("FetchAlerts", lambda: _fetch(say))
            _, enriched = _profiled("EnrichAlert", lambda: _enrich(pointers, say))
            wakeups = fetched.pop("wake_ups") or enriched.pop("wake_ups")
            _, hunted = _profiled("HuntCorrelate", lambda: _hunt(wakeups, say))
        finally:
            wiring.app.cache_clear()
    enriched.pop("wake_ups", None)
    hunted.pop("wake_ups", None)
    functions = {"FetchAlerts": fetched, "EnrichAlert": enriched, "HuntCorrelate": hunted}
    return {"alerts": len(pointers), "functions": functions}


@contextmanager
def _environment(stack: Stack) -> Iterator[None]:
    """The app's settings and the local CA, as a worker has them."""
    values = {**stack.settings, "REQUESTS_CA_BUNDLE": str(stack.certificates.ca)}
    with mock.patch.dict(os.environ, values):
        yield


type _Given = tuple[list[str], list[str], int]  # pointers, wake-ups, runs


def _profiled(name: str, run: Callable[[], _Given]) -> tuple[list[str], dict[str, Any]]:
    importlib.import_module(name)
    began = time.monotonic()
    with Sampler(ROOT / "shared", passed_over="adapters.http") as sampler:
        pointers, wake_ups, runs = run()
    figures = {
        "runs": runs,
        "seconds": round(time.monotonic() - began, 2),
        **told(sampler.spent),
        "wake_ups": wake_ups,
    }
    return pointers, figures


def told(spent: Spent) -> dict[str, Any]:
    """Seconds in all and by place, the most first."""
    waits: dict[str, float] = {}
    for place, seconds in spent.waiting_by_place.items():
        what = waited_for(f"shared.{place}")
        waits[what] = waits.get(what, 0.0) + seconds
    return {
        "cpu_s": round(sum(spent.cpu_by_place.values()), 2),
        "cpu_by_place": _most(spent.cpu_by_place),
        "cpu_by_library": _most(spent.cpu_by_library),
        "waiting_by_what": _most(waits),
    }


def waited_for(place: str) -> str:
    """What a thread waits for whose innermost place in the app is this one."""
    found = next((what for module, what in _WAITS.items() if place.startswith(module)), None)
    return found or "other threads, locks and the interpreter"


def _most(seconds: Mapping[str, float]) -> dict[str, float]:
    ordered = sorted(seconds.items(), key=lambda one: -one[1])[:_SHOWN]
    return {name: round(value, 2) for name, value in ordered if value >= 0.01}


def _fetch(say: Say) -> _Given:
    main = importlib.import_module("FetchAlerts").main
    pointers: list[str] = []
    wake_ups: list[str] = []
    for run in range(1, _MOST_RUNS):
        alerts, wakeups = _Out(), _Out()
        main(None, alerts, wakeups)
        pointers += alerts.items
        wake_ups = wake_ups or wakeups.items
        say(f"FetchAlerts: {len(pointers)} pointers after {run} runs")
        if not alerts.items:
            return pointers, wake_ups, run
    return pointers, wake_ups, _MOST_RUNS


def _enrich(pointers: list[str], say: Say) -> _Given:
    main = importlib.import_module("EnrichAlert").main
    wake_ups: list[str] = []

    def one(body: str) -> None:
        wakeups = _Out()
        main(func.QueueMessage(body=body.encode()), wakeups)
        wake_ups.extend(wakeups.items)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done, _ in enumerate(pool.map(one, pointers), 1):
            say(f"EnrichAlert: {done} of {len(pointers)}")
    return [], wake_ups, len(pointers)


def _hunt(wake_ups: list[str], say: Say) -> _Given:
    main = importlib.import_module("HuntCorrelate").main
    bodies, runs = wake_ups[:1], 0
    while bodies and runs < _MOST_RUNS:
        wakeups = _Out()
        runs += 1
        say(f"HuntCorrelate: run {runs}")
        main(func.QueueMessage(id=f"profile{runs}", body=bodies[0].encode()), wakeups)
        bodies = wakeups.items
    return [], [], runs
