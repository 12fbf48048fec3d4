"""Many alerts at once: calls, refusals, storage requests and seconds until the last row is final."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from local.bench import lateness
from local.bench.flow import WATCHED, Cost, Events, Meter, Watch, curve, now, read, tables, wait_until_final
from local.bench.progress import Say
from local.bench.storage_requests import StorageRequests
from local.host.from_zero import FromZero
from local.host.records import LogEntry
from local.incidents.storm import make_storm
from local.stack import ROOT, Stack, StackOptions

_PATIENCE, _AT_MOST = 150.0, 420.0
_PATIENCE_AN_ALERT = 0.03  # seconds without a further final row that a larger storm is waited for …
_MOST_AN_ALERT = 0.12  # … and in all
_READ_AN_ALERT = 0.03  # seconds that a busy machine takes to read an alert's part of the recording
_TAIL_S = 30.0  # that the last run has after the last row, whose calls count too
_AGE_S = 120  # the last alert was updated for the first time a little over a minute after its creation
_USUAL = 1_000  # alerts on sixty devices, with forty files and thirty addresses


def record(folder: Path, *, alerts: int, seed: int) -> Path:
    """The storm's recording, made anew."""
    make_storm(seed, alerts=alerts).write(folder)
    return folder


def record_large(folder: Path, *, alerts: int, seed: int) -> Path:
    """A storm in a company that is larger by as much, its telemetry late as was measured."""
    make_storm(seed, alerts=alerts, scale=max(1, alerts // _USUAL)).write(folder)
    lateness.make_late(folder, seed=seed)
    return folder


def hunting(median_s: float) -> dict[str, object]:
    """The simulator's quotas and latency: half of all hunts are below the median, none above 15 s."""
    return {"quotas": True, "hunting_latency_median_s": median_s, "hunting_latency_tail_s": 15.0}


def watched(
    folder: Path,
    events: Events,
    say: Say,
    *,
    simulator: Mapping[str, object],
    timers: bool,
    alerts: int = 0,
    app_dir: Path = ROOT,
    settings: Mapping[str, str] | None = None,
    on_log: Callable[[LogEntry], None] | None = None,
    storage: StorageRequests | None = None,
    from_zero: FromZero | None = None,
) -> StackOptions:
    """A stack as the platform runs the app, with the recording in it; `events` hears what it does."""
    return StackOptions(
        data=folder,
        timers=timers,
        app_dir=app_dir,
        settings=settings or {},
        simulator=simulator,
        from_zero=from_zero,
        on_log=on_log or events.heard,
        on_invocation=events.ended,
        simulator_within_s=60.0 + _READ_AN_ALERT * alerts,
        on_storage_request=storage.heard if storage else None,
        on_step=lambda step: say(f"starting {step}"),
    )


def measure(
    folder: Path,
    *,
    seed: int,
    median_s: float,
    say: Say,
    app_dir: Path = ROOT,
    settings: Mapping[str, str] | None = None,
    simulator: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """What became of the recorded alerts, on warm workers, from the fetch that finds them on. After Ctrl-C
    what was measured until then, marked as `stopped`."""
    ids = [alert["id"] for alert in json.loads((folder / "alerts.json").read_text("utf-8"))["value"]]
    events, storage, is_stopped = Events(), StorageRequests(not_counted=WATCHED), False
    simulated = {**hunting(median_s), "seed": seed, "newest_alert_age_s": _AGE_S, **(simulator or {})}
    options = watched(
        folder,
        events,
        say,
        simulator=simulated,
        timers=True,
        alerts=len(ids),
        app_dir=app_dir,
        settings=settings,
        storage=storage,
    )
    with Stack(options) as stack:
        watch = Watch(tables(stack).get_table_client("Alerts"))
        meter = Meter(stack)
        storage.restart()
        events.restart()
        zero = now()
        try:
            _run(stack, watch, len(ids), say)
        except KeyboardInterrupt:
            say("stopped: reading what there is")
            is_stopped = True
        requests = storage.figures(len(ids))
        cost = meter.read()
        rows = read(watch.table)
        shown = read(tables(stack).get_table_client("AlertEvents"), select=["PartitionKey"])
        rings = sum(one.function == "HuntCorrelate" for one in stack.host.invocations)
    moments = [seen.at for seen in watch.seen.values()]
    return {
        "alerts": len(ids),
        "seconds": round(max(((at - zero).total_seconds() for at in moments), default=0.0), 1),
        "final": len(moments),
        "first_rows_s": round(
            max(((at - zero).total_seconds() for at in watch.first.values()), default=0.0), 1
        ),
        **_rows(ids, rows, len(shown)),
        **costs(cost, len(ids)),
        "storage": requests,
        "rings": rings,
        "curve": curve(moments, zero),
        "first_curve": curve(watch.first.values(), zero),
        "log": events.timeline(),
        "problems": dict(events.problems.most_common(20)),
        **({"stopped": True} if is_stopped else {}),
    }


def measure_large(
    folder: Path, *, seed: int, median_s: float, calibration_ms: float, say: Say
) -> dict[str, Any]:
    """The same of a storm with late telemetry; with how its rows are tied once all of it is there, and the
    machine's speed."""
    measured = measure(folder, seed=seed, median_s=median_s, say=say)
    methods = Counter(lateness.wanted_methods(folder).values())
    return measured | {
        "wanted_methods": dict(methods),
        "calibration_ms": calibration_ms,
    }


def _run(stack: Stack, watch: Watch, alerts: int, say: Say) -> None:
    stack.host.run_timer("FetchAlerts")
    wait_until_final(
        watch,
        alerts,
        patience=max(_PATIENCE, _PATIENCE_AN_ALERT * alerts),
        at_most=max(_AT_MOST, _MOST_AN_ALERT * alerts),
        on_look=lambda final: say(f"{len(watch.first)} of {alerts} rows there, {final} final"),
    )
    say("waiting until nothing is left to do")
    stack.host.idle(_TAIL_S)


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
