"""A thousand alerts at once: calls, refusals and seconds until the last row is final."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.bench.flow import Cost, Events, Meter, Watch, curve, now, read, tables, wait_until_final
from local.bench.progress import Say
from local.incidents.storm import make_storm
from local.stack import Stack, StackOptions

_PATIENCE, _AT_MOST = 150.0, 420.0
_TAIL_S = 30.0  # that the last run has after the last row, whose calls count too
_AGE_S = 120  # the last alert was updated for the first time a little over a minute after its creation


def record(folder: Path, *, alerts: int, seed: int) -> Path:
    """The storm's recording, made anew."""
    make_storm(seed, alerts=alerts).write(folder)
    return folder


def hunting(median_s: float) -> dict[str, object]:
    """The simulator's quotas and latency: half of all hunts are below the median, none above 15 s."""
    return {"quotas": True, "hunting_latency_median_s": median_s, "hunting_latency_tail_s": 15.0}


def watched(
    folder: Path, events: Events, say: Say, *, simulator: Mapping[str, object], timers: bool
) -> StackOptions:
    """A stack as the platform runs the app, with the recording in it; `events` hears what it does."""
    return StackOptions(
        data=folder,
        timers=timers,
        simulator=simulator,
        on_log=events.heard,
        on_invocation=events.ended,
        on_step=lambda step: say(f"starting {step}"),
    )


def measure(folder: Path, *, seed: int, median_s: float, say: Say) -> dict[str, Any]:
    """What became of the recorded alerts, on warm workers, from the fetch that finds them on."""
    ids = [alert["id"] for alert in json.loads((folder / "alerts.json").read_text("utf-8"))["value"]]
    events = Events()
    simulated = {**hunting(median_s), "seed": seed, "newest_alert_age_s": _AGE_S}
    with Stack(watched(folder, events, say, simulator=simulated, timers=True)) as stack:
        watch = Watch(tables(stack).get_table_client("Alerts"))
        meter = Meter(stack)
        events.restart()
        zero = now()
        stack.host.run_timer("FetchAlerts")
        wait_until_final(
            watch,
            len(ids),
            patience=_PATIENCE,
            at_most=_AT_MOST,
            on_look=lambda final: say(f"{final} of {len(ids)} rows final"),
        )
        say("waiting until nothing is left to do")
        stack.host.idle(_TAIL_S)
        cost = meter.read()
        rows = read(watch.table)
        shown = Counter(
            row["PartitionKey"]
            for row in tables(stack).get_table_client("AlertEvents").list_entities(select=["PartitionKey"])
        )
        rings = sum(one.function == "HuntCorrelate" for one in stack.host.invocations)
    moments = [seen.at for seen in watch.seen.values()]
    return {
        "alerts": len(ids),
        "seconds": round(max(((at - zero).total_seconds() for at in moments), default=0.0), 1),
        "final": len(moments),
        **_rows(ids, rows, sum(shown.values())),
        **costs(cost, len(ids)),
        "rings": rings,
        "curve": curve(moments, zero),
        "log": events.timeline(),
        "problems": dict(events.problems.most_common(20)),
    }


def _rows(ids: Sequence[str], rows: Sequence[Mapping[str, Any]], events: int) -> dict[str, Any]:
    count = Counter(row["AlertId"] for row in rows)
    return {
        "rows": len(rows),
        "lost": len(set(ids) - set(count)),
        "doubled": sum(times - 1 for times in count.values()),
        "enrichment": dict(Counter(str(row["EnrichmentStatus"]) for row in rows)),
        "correlation": dict(Counter(str(row["CorrelationStatus"]) for row in rows)),
        "methods": dict(Counter(str(row["CorrelationMethod"]) for row in rows)),
        "events_told": sum(int(row["EventsShown"]) for row in rows),
        "events_rows": events,
    }


def costs(cost: Cost, alerts: int) -> dict[str, Any]:
    """Calls, refusals, seconds of hunting, CPU an alert and peak memory, as they go into the JSON."""
    by_api = {api: sum(by_status.values()) for api, by_status in cost.calls.items()}
    refused = {api: by_status["429"] for api, by_status in cost.calls.items() if by_status.get("429")}
    seconds = [float(hunt["seconds"]) for hunt in cost.hunts]
    return {
        "calls": by_api,
        "calls_total": sum(by_api.values()),
        "refused_429": refused,
        "hunts": len(seconds),
        "hunt_seconds_total": round(sum(seconds), 1),
        "hunt_rows": sum(int(hunt["rows"]) for hunt in cost.hunts),
        "cpu_s": dict(cost.cpu_s),
        "cpu_ms_an_alert": round(1000 * sum(cost.cpu_s.values()) / alerts, 2),
        "peak_mb": dict(cost.peak_mb),
    }
