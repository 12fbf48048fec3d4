"""An ordinary tenant: how long from the moment the API lists an alert until its row is final.

Ten minutes' worth of alerts, and then a few lone ones, each on warm instances with nothing else to do.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from local.bench.flow import Events, Meter, Seen, Watch, now, tables, wait_until_final
from local.bench.progress import Say
from local.bench.storm import costs, hunting, watched
from local.identity import DEFENDER
from local.incidents.storm import make_storm
from local.simulator import ticks
from local.stack import ROLES, Stack

_STARTUP = 20.0  # seconds that the stack is given before the first alert is listed
_FIRST_UPDATE = 45.0  # seconds from an alert's creation in these recordings until it is listed, about
_PATIENCE = 150.0
_LONE = 5


def record(folder: Path, *, alerts: int, minutes: float, seed: int) -> Path:
    """A recording whose alerts come one by one within `minutes`, each listed at its first update."""
    make_storm(seed, alerts=alerts, minutes=minutes, kind="steady").write(folder)
    file = folder / "alerts.json"
    body = json.loads(file.read_text("utf-8"))
    for alert in body["value"]:
        created, updated = (ticks.parse(alert[name]) for name in ("alertCreationTime", "lastUpdateTime"))
        alert["_listed_after_s"] = (updated - created) / ticks.PER_SECOND
    file.write_text(json.dumps(body), "utf-8")
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
    events = Events()
    ahead = minutes * 60 + _STARTUP
    simulated = {**hunting(median_s), "seed": seed, "newest_alert_age_s": _FIRST_UPDATE - ahead}
    with Stack(watched(folder, events, say, simulator=simulated, timers=fetch_every_s is None)) as stack:
        watch = Watch(tables(stack).get_table_client("Alerts"))
        meter = Meter(stack)
        fetch = _fetcher(stack, fetch_every_s)

        def looked(final: int) -> None:
            say(f"{final} of {alerts} rows final")
            fetch()

        wait_until_final(watch, alerts, patience=ahead + _PATIENCE, at_most=ahead + _PATIENCE, on_look=looked)
        cost = meter.read()
        fetches = [one.started for one in stack.host.invocations if one.function == "FetchAlerts"]
        measured = list(watch.seen.values())
        stack.control("forget", {"what": ["hunts"]})
        lone = [_lone(stack, watch, number, say) for number in range(_LONE if measured else 0)]
        hunts = [hunt["seconds"] for hunt in stack.control("hunts")["value"]]
    return {
        "alerts": alerts,
        "minutes": minutes,
        "final": len(measured),
        **latencies(measured, fetches),
        "lone_fetch_to_final_s": spread([seconds for seconds in lone if seconds is not None]),
        "lone_hunts": {"each": round(len(hunts) / _LONE, 1), "seconds": spread(hunts)},
        **costs(cost, alerts),
        "problems": dict(events.problems.most_common(20)),
    }


def _fetcher(stack: Stack, every: float | None) -> Callable[[], None]:
    """Runs the timer function each time it is called and `every` seconds have passed."""
    last = 0.0

    def fetch() -> None:
        nonlocal last
        if every is not None and time.monotonic() - last >= every:
            last = time.monotonic()
            stack.host.run_timer("FetchAlerts")

    return fetch


def _lone(stack: Stack, watch: Watch, number: int, say: Say) -> float | None:
    """Seconds from a fetch that finds one alert alone until its row is final; None where it never was."""
    known = sorted(watch.seen)
    like = next(key for key in known if watch.seen[key].row["CorrelationMethod"] == "ExactProcess")
    alert = _listed_alert(stack, like)
    moment = now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    alert |= {"id": f"{like}9{number}", "alertCreationTime": moment, "lastUpdateTime": moment}
    stack.control("alerts", {"value": [alert]})
    began = now()
    stack.host.run_timer("FetchAlerts")
    final = wait_until_final(
        watch,
        len(known) + 1,
        patience=60,
        at_most=60,
        on_look=lambda _: say(f"lone alert {number + 1} of {_LONE}"),
    )
    return (watch.seen[alert["id"]].at - began).total_seconds() if final else None


def _listed_alert(stack: Stack, alert_id: str) -> dict[str, Any]:
    """The alert as the API tells it."""
    token, _ = stack.identity.issuer.issue(
        stack.identity.identity, DEFENDER, roles=ROLES[DEFENDER], lifetime_seconds=600
    )
    with requests.Session() as session:
        session.trust_env = False  # the machine's own bundle of CAs would win over ours
        session.verify = str(stack.certificates.ca)
        answer = session.get(
            f"{stack.settings['DEFENDER_API_URL']}/api/alerts/{alert_id}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
    return {name: value for name, value in body.items() if not name.startswith("@")}


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
