"""Alerts that come after the installation: without any, every row is `historic`, and nobody is told.

The last two alerts of the recording's largest incident are held back, and listed once the others have their
rows. The first of them comes with a lower severity than it was recorded with; its recorded version follows.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.simulator import ticks
from local.simulator.bodies import APIS, AlertApi, alerts
from local.simulator.recording import Recording, moved
from local.simulator.remarks import Remarks

type Alert = dict[str, Any]

FEWEST = 6  # alerts of a recording of which any are held back
_OF_INCIDENT = 3
_LOWER = {"high": "medium", "medium": "low"}


@dataclass(frozen=True, slots=True)
class Arrivals:
    """`folder` holds the recording without the `held` alerts, whose times are as recorded; `seconds` is by
    how much the newest alert left there is older than the newest of all. `warnings` say what was odd in the
    recording's alerts, which are written anew."""

    folder: Path
    held: tuple[Alert, ...]
    seconds: float
    api: AlertApi
    warnings: tuple[str, ...]

    @property
    def ids(self) -> list[str]:
        """Those of the alerts that are held back, in the order in which they will come."""
        return [alert["id"] for alert in self.held]

    def as_of(self, alert: Alert, *, shift: int, created: int, updated: int) -> Alert:
        """The alert as the API lists it once it has come; all in ticks."""
        [body] = moved(Recording(alerts=[alert]), shift, {}).alerts
        return {**body, self.api.created: ticks.text(created), self.api.updated: ticks.text(updated)}


def hold_back(folder: Path, source: str, coming: Collection[str], into: Path) -> Arrivals | None:
    """The recording without its late alerts, written to the empty folder `into`; None where it is too small.
    `coming` are the ids of the alerts that can come at all."""
    api = APIS[source]
    recorded = [alert for _, alert in alerts(folder, source, Remarks()) if alert.get("id") in coming]
    held = _late(recorded, api) if len(recorded) >= FEWEST else ()
    if not held:
        return None
    ids = {alert["id"] for alert in held}
    whole, left = ([*_times(folder, without)] for without in ((), ids))
    for part in folder.iterdir():
        _lend(part, into / part.name)
    remarks = Remarks()
    for name, one in APIS.items():
        if (folder / one.file).is_file():
            kept = [alert for _, alert in alerts(folder, name, remarks) if alert.get("id") not in ids]
            _write(into / one.file, kept)
    seconds = (max(whole) - max(left)) / ticks.PER_SECOND
    return Arrivals(into, held, seconds, api, tuple(remarks.lines()))


def lowered(alert: Alert) -> Alert | None:
    """The alert with the next lower severity; None where there is none to begin with."""
    word = str(alert.get("severity"))
    lower = _LOWER.get(word.lower())
    if lower is None:
        return None
    return {**alert, "severity": lower if word.islower() else lower.capitalize()}


def _late(recorded: list[Alert], api: AlertApi) -> tuple[Alert, ...]:
    """The last two alerts of the incident that has the most."""
    incidents: dict[str, list[Alert]] = defaultdict(list)
    for alert in recorded:
        if alert.get("incidentId") and ticks.is_time(alert.get(api.created)):
            incidents[str(alert["incidentId"])].append(alert)
    largest = max(incidents.values(), key=len, default=[])
    if len(largest) < _OF_INCIDENT:
        return ()
    return tuple(sorted(largest, key=lambda alert: ticks.parse(alert[api.created]))[-2:])


def _times(folder: Path, without: Collection[str]) -> Iterator[int]:
    """What the simulator takes for an alert's age: its creation and its last update, of both APIs."""
    for source, api in APIS.items():
        for _, alert in alerts(folder, source, Remarks()):
            if alert.get("id") not in without:
                yield from (
                    ticks.parse(alert[n]) for n in (api.created, api.updated) if ticks.is_time(alert.get(n))
                )


def _lend(part: Path, place: Path) -> None:
    """The file or folder at another place, without copying it where the system has links."""
    try:
        place.symlink_to(part.resolve(), target_is_directory=part.is_dir())
    except OSError:  # Windows asks for a right of its own
        if part.is_dir():
            shutil.copytree(part, place)
        else:
            shutil.copy2(part, place)


def _write(file: Path, kept: list[Alert]) -> None:
    file.unlink(missing_ok=True)  # the link, lest the recording itself be written
    file.write_text(json.dumps({"value": kept}), "utf-8")
