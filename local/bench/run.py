"""Runs the parts that were asked for, one after another, and gathers their figures."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from local.bench import (
    against,
    backlog,
    cold,
    core,
    growth,
    lone,
    many,
    memory,
    profile,
    steady,
    storm,
    usual,
)
from local.bench.arguments import Arguments
from local.bench.calibration import machine
from local.bench.progress import Progress, Say

type Figures = dict[str, Any]


def run(arguments: Arguments, console: Console) -> Figures:
    """All figures, by part, with the machine they come from; after Ctrl-C those of the parts so far, and
    `stopped`."""
    figures: Figures = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "quick": arguments.quick,
        "seed": arguments.seed,
        "machine": machine(),
    }
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        for part in arguments.parts:
            try:
                with Progress(console, part) as progress:
                    figures[part] = _MEASURES[part](arguments, Path(name) / part, progress.say)
            except KeyboardInterrupt:
                figures["stopped"] = True
            if figures.get("stopped") or figures[part].get("stopped"):
                return figures | {"stopped": True}
    return figures


def _storm(arguments: Arguments, folder: Path, say: Say) -> Figures:
    storm.record(folder, alerts=arguments.sizes.storm, seed=arguments.seed)
    return storm.measure(folder, seed=arguments.seed, median_s=arguments.sizes.hunt_median_s, say=say)


def _usual(arguments: Arguments, folder: Path, say: Say) -> Figures:
    storm.record(folder, alerts=arguments.sizes.storm, seed=arguments.seed)
    return usual.measure(folder, seed=arguments.seed, say=say)


def _growth(arguments: Arguments, folder: Path, say: Say) -> Figures:
    return {
        "storms": [
            growth.measure(
                folder / str(alerts),
                alerts=alerts,
                seed=arguments.seed,
                median_s=arguments.sizes.hunt_median_s,
                say=say,
            )
            for alerts in arguments.sizes.growth
        ]
    }


def _steady(arguments: Arguments, folder: Path, say: Say) -> Figures:
    sizes = arguments.sizes
    steady.record(folder, alerts=sizes.steady, minutes=sizes.steady_minutes, seed=arguments.seed)
    return steady.measure(
        folder,
        alerts=sizes.steady,
        minutes=sizes.steady_minutes,
        seed=arguments.seed,
        median_s=sizes.hunt_median_s,
        fetch_every_s=sizes.fetch_every_s,
        say=say,
    )


def _large(arguments: Arguments, folder: Path, say: Say) -> Figures:
    say("making the recording")
    storm.record_large(folder, alerts=arguments.sizes.large, seed=arguments.seed)
    return storm.measure_large(
        folder,
        seed=arguments.seed,
        median_s=arguments.sizes.hunt_median_s,
        calibration_ms=machine()["calibration_ms"],
        say=say,
    )


def _against(arguments: Arguments, folder: Path, say: Say) -> Figures:
    if arguments.old is None:
        raise AssertionError("the arguments were checked")
    return against.measure(
        folder,
        arguments.old,
        alerts=arguments.sizes.against,
        rounds=arguments.sizes.against_rounds,
        seed=arguments.seed,
        median_s=arguments.sizes.hunt_median_s,
        say=say,
    )


def _profile(arguments: Arguments, folder: Path, say: Say) -> Figures:
    profile.record(folder, alerts=arguments.sizes.profile, seed=arguments.seed)
    return profile.measure(folder, seed=arguments.seed, median_s=arguments.sizes.hunt_median_s, say=say)


def _lone(arguments: Arguments, folder: Path, say: Say) -> Figures:
    sizes = arguments.sizes
    lone.record(folder, seed=arguments.seed)
    return lone.measure(folder, alerts=sizes.lone, seed=arguments.seed, median_s=sizes.hunt_median_s, say=say)


def _tenants(arguments: Arguments, folder: Path, say: Say) -> Figures:
    sizes = arguments.sizes
    return many.measure(
        tenants=sizes.tenants,
        hanging=sizes.tenants // 10,
        minutes=sizes.tenants_minutes,
        storm=sizes.tenants_storm,
        say=say,
    )


def _core(arguments: Arguments, folder: Path, say: Say) -> Figures:
    storm.record(folder, alerts=arguments.sizes.core, seed=arguments.seed)
    return core.measure(folder, say=say)


def _memory(arguments: Arguments, folder: Path, say: Say) -> Figures:
    memory.record(folder, alerts=arguments.sizes.memory, seed=arguments.seed)
    return memory.measure(folder, say=say)


def _backlog(arguments: Arguments, folder: Path, say: Say) -> Figures:
    return backlog.measure(folder, sizes=arguments.sizes.backlog, seed=arguments.seed, say=say)


def _cold(arguments: Arguments, folder: Path, say: Say) -> Figures:
    return cold.measure(repeats=arguments.sizes.cold, say=say)


_MEASURES: dict[str, Callable[[Arguments, Path, Say], Figures]] = {
    "storm": _storm,
    "usual": _usual,
    "growth": _growth,
    "steady": _steady,
    "lone": _lone,
    "large": _large,
    "against": _against,
    "profile": _profile,
    "tenants": _tenants,
    "core": _core,
    "memory": _memory,
    "backlog": _backlog,
    "cold": _cold,
}
