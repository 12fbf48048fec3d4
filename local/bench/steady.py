"""An ordinary tenant: how long from the moment the API lists an alert until its row is final, on the timer.

Its telemetry comes late, as was measured. So some alerts are listed before any hunt could tie them: of those
it is told how long their row takes once the telemetry is there.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from local.bench import lateness
from local.bench.flow import Events, Meter, Seen, Watch, is_final, now, tables, wait_until_final
from local.bench.progress import Say
from local.bench.stages import Course, Heard, course, summed_up
from local.bench.storm import costs, hunting, watched
from local.host.records import Invocation, LogEntry
from local.incidents.storm import make_storm
from local.simulator import ticks
from local.stack import Stack

_STARTUP = 20.0  # seconds that the stack is given before the first alert is listed
_FIRST_UPDATE = 45.0  # seconds from an alert's creation in these recordings until it is listed, about
_PATIENCE = 150.0
_SECOND_HUNT = 150.0  # seconds after which an alert without telemetry has been hunted again
_SLOW = 8  # alerts whose way is told one by one


def record(folder: Path, *, alerts: int, minutes: float, seed: int, late: bool = True) -> Path:
    """A recording whose alerts come one by one within `minutes`, each listed at its first update."""
    make_storm(seed, alerts=alerts, minutes=minutes, kind="steady").write(folder)
    file = folder / "alerts.json"
    body = json.loads(file.read_text("utf-8"))
    for alert in body["value"]:
        created, updated = (ticks.parse(alert[name]) for name in ("alertCreationTime", "lastUpdateTime"))
        alert["_listed_after_s"] = (updated - created) / ticks.PER_SECOND
    file.write_text(json.dumps(body), "utf-8")
    if late:
        lateness.make_late(folder, seed=seed)
    return folder


def measure(
    folder: Path,
    *,
    alerts: int,
    minutes: float,
    seed: int,
    median_s: float,
    fetch_every_s: float | None,
    say: Say,
) -> dict[str, Any]:
    """Seconds from listed to final, in real time. Without `fetch_every_s` the timer alone fetches."""
    events, heard = Events(), Heard()

    def line(entry: LogEntry) -> None:
        events.heard(entry)
        heard.line(entry)

    ahead = minutes * 60 + _STARTUP
    simulated = {**hunting(median_s), "seed": seed, "newest_alert_age_s": _FIRST_UPDATE - ahead}
    options = watched(folder, events, say, simulator=simulated, timers=fetch_every_s is None, on_log=line)
    is_stopped = False
    with Stack(options) as stack:
        ready = now()  # a busy machine may take longer than the alerts wait for it
        watch = Watch(tables(stack).get_table_client("Alerts"))
        meter = Meter(stack)
        fetch = _fetcher(stack, fetch_every_s)
        shift = round(float(stack.control("state")["shift_s"]) * ticks.PER_SECOND)
        telemetry = Telemetry.of(folder, shift)

        def looked(final: int) -> None:
            say(f"{final} of {alerts} rows final")
            fetch()

        try:
            most = ahead + _PATIENCE
            wait_until_final(watch, alerts, patience=most, at_most=most, on_look=looked)
        except KeyboardInterrupt:
            is_stopped = True
        ended = now()
        cost = meter.read()
        runs = list(stack.host.invocations)
    measured = telemetry.there_when_listed(watch.seen, ready)
    fetches = [one.started for one in runs if one.function == "FetchAlerts"]
    return {
        "alerts": alerts,
        "minutes": minutes,
        "final": len(watch.seen),
        "listed_too_early": sum(one.row["AlertUpdated"] < ready for one in watch.seen.values()),
        **latencies(measured, fetches),
        "first_row_s": spread(_since_listed(watch, ready)),
        "late": telemetry.figures(watch, ended),
        **_ways(watch, heard, runs, measured),
        **costs(cost, alerts),
        "problems": dict(events.problems.most_common(20)),
        **({"stopped": True} if is_stopped else {}),
    }


@dataclass(frozen=True, slots=True)
class Telemetry:
    """From when on each alert's telemetry could be found, and how its row is tied in the end."""

    found_from: Mapping[str, datetime]
    methods: Mapping[str, str]

    @classmethod
    def of(cls, folder: Path, shift: int) -> Telemetry:
        """As the recording says, which the simulator has moved by `shift` ticks."""
        moments = {
            alert_id: datetime.fromtimestamp((at + shift) / ticks.PER_SECOND, UTC)
            for alert_id, at in lateness.found_from(folder).items()
        }
        return cls(moments, lateness.wanted_methods(folder))

    def there_when_listed(self, seen: Mapping[str, Seen], ready: datetime) -> list[Seen]:
        """Those that a hunt could tie from the moment they were listed, or that nothing will ever tie; of
        alerts that were listed once the app was `ready`."""
        return [
            one
            for alert_id, one in seen.items()
            if self.found_from.get(alert_id, one.row["AlertUpdated"]) <= one.row["AlertUpdated"] >= ready
        ]

    def figures(self, watch: Watch, ended: datetime) -> dict[str, Any]:
        """Of alerts listed before their telemetry: how many rows show it, and how many seconds after it was
        there. Counted are those that were final, and their telemetry there, so long before the end that a
        second hunt had its time."""
        before = ended - timedelta(seconds=_SECOND_HUNT)
        late = {
            alert_id: self.found_from[alert_id]
            for alert_id, one in watch.seen.items()
            if one.row["AlertUpdated"]
            < self.found_from.get(alert_id, datetime.min.replace(tzinfo=UTC))
            < before
            and one.at < before
        }
        seconds = []
        for alert_id, there in late.items():
            right = [one.at for one in watch.versions[alert_id] if self._is_tied(alert_id, one)]
            seconds += [(right[0] - there).total_seconds()] if right else []
        return {"alerts": len(late), "tied": len(seconds), "there_to_tied_s": spread(seconds)}

    def _is_tied(self, alert_id: str, one: Seen) -> bool:
        return is_final(one.row) and one.row["CorrelationMethod"] == self.methods[alert_id]


def _since_listed(watch: Watch, ready: datetime) -> list[float]:
    return [
        (versions[0].at - versions[0].row["AlertUpdated"]).total_seconds()
        for versions in watch.versions.values()
        if versions[0].row["AlertUpdated"] >= ready
    ]


def _ways(watch: Watch, heard: Heard, runs: Sequence[Invocation], measured: Sequence[Seen]) -> dict[str, Any]:
    """Where these waited, and the slowest of them one by one."""
    courses: dict[str, Course] = {}
    for one in measured:
        alert_id = str(one.row["AlertId"])
        courses[alert_id] = course(alert_id, one.row["AlertUpdated"], one.at, heard, runs)
    slowest = sorted(courses, key=lambda key: -courses[key].total)[:_SLOW]
    return {
        "stages_s": summed_up(courses.values()),
        "slow": [
            {
                "seconds": round(courses[key].total, 1),
                **courses[key].seconds,
                "hunts_before": courses[key].hunts_before,
                "rows": list(_told(watch.versions[key])),
            }
            for key in slowest
        ],
    }


def _told(versions: Iterable[Seen]) -> Iterable[str]:
    for one in versions:
        after = (one.at - one.row["AlertUpdated"]).total_seconds()
        yield f"{after:.1f} s {one.row['CorrelationStatus']} {one.row['EnrichmentStatus']}"


def _fetcher(stack: Stack, every: float | None) -> Callable[[], None]:
    """Runs the timer function each time it is called and `every` seconds have passed."""
    last = 0.0

    def fetch() -> None:
        nonlocal last
        if every is not None and time.monotonic() - last >= every:
            last = time.monotonic()
            stack.host.run_timer("FetchAlerts")

    return fetch


def latencies(seen: Sequence[Seen], fetches: Sequence[datetime]) -> dict[str, Mapping[str, float]]:
    """p50, p95 and most of the seconds from listed to final, and of the part after its fetch."""
    whole: list[float] = []
    after: list[float] = []
    for one in seen:
        listed = one.row["AlertUpdated"]
        whole.append((one.at - listed).total_seconds())
        found = [begun for begun in fetches if listed <= begun <= one.at]
        if found:
            after.append((one.at - min(found)).total_seconds())
    return {"listed_to_final_s": spread(whole), "fetch_to_final_s": spread(after)}


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """The median, the 95th percentile and the most; empty where there is nothing."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    nearest = ordered[max(0, -(-95 * len(ordered) // 100) - 1)]
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(nearest, 1),
        "most": round(ordered[-1], 1),
    }
