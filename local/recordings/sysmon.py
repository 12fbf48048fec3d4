"""Sysmon recordings made into recorded data: one dataset after the other, each on devices of its own."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from local.recordings import alerts
from local.recordings.attacks import Attacks
from local.recordings.choosing import choose
from local.recordings.events import Event, events
from local.recordings.processes import Processes
from local.recordings.rows import row_of
from local.recordings.sources import Dataset, SourceUnusable
from local.recordings.truth import Caused, truth_of
from local.recordings.writing import Folder
from local.simulator import ticks

START = ticks.parse("2026-01-01T00:00:00Z")
_APART = 600 * ticks.PER_SECOND  # between the beginnings of two datasets
_LONG = 30 * 86_400 * ticks.PER_SECOND
_AFTER = 3_600 * ticks.PER_SECOND

type Say = Callable[[str], None]


@dataclass(slots=True)
class Made:
    """What was made so far, and what is to be said of it."""

    alerts: list[dict[str, Any]] = field(default_factory=list)
    truth: dict[str, object] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    datasets: int = 0
    newest: int = START
    device: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Wish:
    """How alerts are to be chosen."""

    attacks: Attacks | None
    seed: int
    benign: int
    variants: tuple[str, ...]


def make(datasets: list[Dataset], out: Path, wish: Wish, say: Say) -> tuple[Made, int]:
    """What was made, and the number of rows; a dataset that cannot be read is left out with a warning."""
    made = Made()
    with Folder(out) as folder:
        for dataset in datasets:
            say(f"{dataset.name}: {made.datasets} of {len(datasets)} recordings, {folder.rows} rows")
            try:
                read = events(dataset.records())
            except SourceUnusable as err:
                made.warnings.append(str(err))
                continue
            made.warnings += [
                f"{dataset.name}: {count} left out: {why}" for why, count in dataset.unreadable.items()
            ]
            if read:
                _add(made, folder, dataset.name, read, wish)
            else:
                made.warnings.append(f"{dataset.name}: no event of Sysmon or of the Security log")
        if made.truth:
            made.alerts.append(_clock(made))
        folder.end(made.alerts, made.truth)
    return made, folder.rows


def _add(made: Made, folder: Folder, dataset: str, read: list[Event], wish: Wish) -> None:
    """Adds one dataset: its rows, then the alerts about its processes."""
    if read[-1].time - read[0].time > _LONG:
        made.warnings.append(f"{dataset}: spans more than 30 days; in the demo its first alerts are too old")
    # By whole seconds, so that the second which a ProcessGuid holds stays the same second.
    begins = read[0].time // ticks.PER_SECOND * ticks.PER_SECOND
    shift = START + made.datasets * _APART - begins
    moved = [replace(event, time=event.time + shift) for event in read]
    processes, caused = Processes(moved, shift), Caused()
    for host in dict.fromkeys(event.host for event in moved):
        folder.add("DeviceInfo", moved[0].time, _device(dataset, host))
    for event in moved:
        row = row_of(event, processes)
        if row is None:
            made.left_out[f"{event.channel} {event.number}"] += 1
            continue
        cells = {**_device(dataset, event.host), "ActionType": row.action, **row.columns}
        caused.add(folder.add(row.table, event.time, cells), row)
    made.datasets += 1
    made.newest = max(made.newest, moved[-1].time)
    made.device = (str(_device(dataset, moved[-1].host)["DeviceId"]), moved[-1].host)
    _add_alerts(made, dataset, processes, caused, wish)


def _add_alerts(made: Made, dataset: str, processes: Processes, caused: Caused, wish: Wish) -> None:
    for chosen in choose(processes, wish.attacks, dataset=dataset, seed=wish.seed, benign=wish.benign):
        process = chosen.process
        device = _device(dataset, process.host)
        rows = [row for _, row in caused.of(process.tree())]
        subject = alerts.Subject(process, str(device["DeviceId"]), rows)
        at = process.first_seen if process.birth is None else process.created
        for variant in wish.variants:
            named = alerts.evidence(subject, variant, at)
            if named is None:
                continue
            alert_id = (
                f"da{int(_digest(f'{dataset}/{process.host}/{process.guid}')[:12], 16)}_{len(made.truth)}"
            )
            made.alerts.append(alerts.body(alert_id, subject.device_id, process.host, at, named))
            made.truth[alert_id] = truth_of(chosen, variant, dataset, caused)


def _clock(made: Made) -> dict[str, Any]:
    """An alert that names nothing and stands in no truth: it moves the clocks of demo and score past all
    rows."""
    device_id, name = made.device
    return alerts.body("da_clock", device_id, name, made.newest + _AFTER, [])


def _device(dataset: str, host: str) -> dict[str, str | int | bool]:
    """A host of one dataset is a device of its own, whatever it was called elsewhere."""
    return {"DeviceId": _digest(f"{dataset}/{host}")[:40], "DeviceName": host}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
