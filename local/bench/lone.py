"""Lone alerts, one after another: from the fetch that finds each until its row is final.

Warm, with all functions up, and from zero, where EnrichAlert and HuntCorrelate start when a message lies in
their queues and a cold start takes as long as it was seen to take.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from local.bench.flow import Events, Watch, now, tables, wait_until_final
from local.bench.progress import Say
from local.bench.steady import spread
from local.bench.storm import hunting, watched
from local.host.from_zero import FromZero
from local.identity import DEFENDER
from local.incidents.storm import make_storm
from local.stack import ROLES, Stack

_AGE_S = 300.0  # of the recorded alerts, whose telemetry is all there
_RECORDED = 12
_IDLE_S = 2.0  # after which nothing keeps a function warm here, so that the next alert meets none
_PATIENCE = 60.0


def record(folder: Path, *, seed: int) -> Path:
    """A few alerts, of which the lone ones are copies."""
    make_storm(seed, alerts=_RECORDED, kind="steady").write(folder)
    return folder


def measure(folder: Path, *, alerts: int, seed: int, median_s: float, say: Say) -> dict[str, Any]:
    """Seconds from fetch to final of so many lone alerts, warm and from zero, and the seconds of their
    hunts."""
    ways: dict[str, FromZero | None] = {"warm": None, "zero": FromZero(idle_s=_IDLE_S)}
    return {
        "alerts": alerts,
        "cold_start_s": FromZero().cold_start_s,
        **{
            way: _one_way(folder, way, zero, alerts=alerts, seed=seed, median_s=median_s, say=say)
            for way, zero in ways.items()
        },
    }


def _one_way(
    folder: Path, way: str, zero: FromZero | None, *, alerts: int, seed: int, median_s: float, say: Say
) -> Mapping[str, Any]:
    events = Events()
    simulated = {**hunting(median_s), "seed": seed, "newest_alert_age_s": _AGE_S}
    options = watched(folder, events, say, simulator=simulated, timers=False, from_zero=zero)
    seconds: list[float] = []
    missed = 0
    with Stack(options) as stack:
        watch = Watch(tables(stack).get_table_client("Alerts"))
        stack.host.run_timer("FetchAlerts")
        wait_until_final(
            watch,
            _RECORDED,
            patience=_PATIENCE,
            at_most=2 * _PATIENCE,
            on_look=lambda final: say(f"{final} of {_RECORDED} alerts before the lone ones"),
        )
        stack.control("forget", {"what": ["hunts"]})
        for number in range(alerts if watch.seen else 0):
            say(f"lone alert {number + 1} of {alerts}, {way}: {seconds[-1:] or ''}")
            _wait_until_quiet(stack, until_cold=zero is not None)
            found = _one(stack, watch, number)
            missed += found is None
            seconds += [] if found is None else [found]
        hunts = [hunt["seconds"] for hunt in stack.control("hunts")["value"]]
    return {
        "fetch_to_final_s": spread(seconds),
        "each_s": [round(one, 1) for one in seconds],
        "never_final": missed,
        "hunts_each": round(len(hunts) / max(1, alerts), 1),
        "hunts_s": spread(hunts),
        "problems": dict(events.problems.most_common(10)),
    }


def _wait_until_quiet(stack: Stack, *, until_cold: bool) -> None:
    stack.host.idle(_PATIENCE)
    deadline = time.monotonic() + _PATIENCE
    while until_cold and set(stack.host.worker_pids) - {"FetchAlerts"} and time.monotonic() < deadline:
        time.sleep(0.2)


def _one(stack: Stack, watch: Watch, number: int) -> float | None:
    """Seconds from a fetch that finds one alert alone until its row is final; None where it never was."""
    like = min(key for key, one in watch.seen.items() if one.row["CorrelationMethod"] == "ExactProcess")
    moment = now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    alert = _listed_alert(stack, like)
    alert |= {"id": f"{like}9{number}", "alertCreationTime": moment, "lastUpdateTime": moment}
    stack.control("alerts", {"value": [alert]})
    known, began = len(watch.seen), now()
    stack.host.run_timer("FetchAlerts")
    final = wait_until_final(watch, known + 1, patience=_PATIENCE, at_most=_PATIENCE, on_look=lambda _: None)
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
