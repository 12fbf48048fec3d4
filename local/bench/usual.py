"""The usual way, for comparison: one call per related entity of each alert, and one hunt per alert.

So work the public tools that were read (5 to 19 calls an alert). The fewest calls that fit the description
are made here: device, user, each file, each address, each domain, one hunt. The simulator's quotas are
widened so that it ends; what it would take under the real ones is worked out call by call.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from local.bench.progress import Say
from local.bench.simulated import HUNTING, Client, simulated

# https://learn.microsoft.com/en-us/defender-endpoint/api/get-machine-by-id and the pages beside it: 100 calls
# a minute and 1,500 an hour; https://learn.microsoft.com/en-us/graph/api/security-security-runhuntingquery:
# 45 a minute (read 2026-11-24).
DEFENDER_LIMITS = ((100, 60.0), (1_500, 3_600.0))
HUNTING_LIMITS = ((45, 60.0),)
_SINCE = "2h"


def measure(folder: Path, *, seed: int, say: Say) -> dict[str, Any]:
    """Calls made for the recorded alerts, and the time they would take under the documented quotas."""
    with simulated(folder, quota_scale=1_000_000, newest_alert_age_s=20, seed=seed) as client:
        asked = list(_ask_all(client, say))
        counted = {api: sum(statuses.values()) for api, statuses in client.simulator.calls.all().items()}
    alerts = sum(path == HUNTING for path in asked)
    return {
        "alerts": alerts,
        "calls": dict(sorted(counted.items())),
        "calls_total": sum(counted.values()),
        "calls_an_alert": round(sum(counted.values()) / max(1, alerts), 2),
        "projected_s": {
            "quota_a_call": round(project(asked, api_of)),
            "quota_an_app": round(project(asked, service_of)),
            "one_after_another": round(project(asked, api_of, hunts=_latencies(seed))),
        },
    }


def _ask_all(client: Client, say: Say) -> Iterator[str]:
    """Asks, and tells each path asked for, in order."""
    listing = "/api/alerts?$expand=evidence"
    alerts = client.get(listing)["value"]
    yield listing
    for place, alert in enumerate(alerts):
        say(f"{place} of {len(alerts)} alerts the usual way")
        for path in entity_paths(alert):
            client.get(path)
            yield path
        client.hunt(usual_query(alert))
        yield HUNTING


def entity_paths(alert: Mapping[str, Any]) -> list[str]:
    """One path for each entity that the alert is related to."""
    evidence: Sequence[Mapping[str, Any]] = alert.get("evidence") or ()
    paths: list[str] = []
    if alert.get("machineId"):
        paths.append(f"/api/machines/{quote(alert['machineId'])}")
    if alert.get("relatedUser"):
        paths.append(f"/api/alerts/{quote(alert['id'])}/user")
    paths += [f"/api/files/{quote(key)}" for item in evidence if (key := item.get("sha1"))]
    paths += [f"/api/ips/{quote(key)}/stats" for item in evidence if (key := item.get("ipAddress"))]
    hosts = [urlsplit(item["url"]).hostname for item in evidence if item.get("url")]
    paths += [f"/api/domains/{quote(host)}/stats" for host in hosts if host]
    return list(dict.fromkeys(paths))


def usual_query(alert: Mapping[str, Any]) -> str:
    """What happened on the alert's device around it: the query that such tools run."""
    device = str(alert.get("machineId") or "").replace('"', "")
    return (
        "union DeviceProcessEvents, DeviceNetworkEvents, DeviceFileEvents\n"
        f'| where Timestamp > ago({_SINCE}) and DeviceId == "{device}"\n'
        "| project Timestamp, DeviceId, ActionType, FileName, ProcessCommandLine, "
        "InitiatingProcessFileName, RemoteIP\n"
        "| take 100"
    )


def api_of(path: str) -> str:
    """The call as quotas count it: its path without the thing asked for."""
    parts = path.partition("?")[0].strip("/").split("/")
    return "/".join(part for place, part in enumerate(parts) if place != 2) if len(parts) > 2 else path


def service_of(path: str) -> str:
    """The service: a quota that all calls of an app share."""
    return HUNTING if path == HUNTING else "defender"


def _latencies(seed: int) -> Iterator[float]:
    """Seconds of hunt after hunt, as the storm's simulator draws them."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable latency, not a secret
    while True:
        yield min(15.0, 3.0 * math.exp(chance.gauss(0, 0.7)))


@dataclass(slots=True)
class _Window:
    """The moments of the calls that one quota counts."""

    limits: tuple[tuple[int, float], ...]
    moments: list[float] = field(default_factory=list)

    def first_at(self, moment: float) -> float:
        """The first moment from `moment` on at which one more call is allowed."""
        for calls, seconds in self.limits:
            if len(self.moments) >= calls:
                moment = max(moment, self.moments[-calls] + seconds)
        return moment


def project(
    paths: Sequence[str], quota: Callable[[str], str], *, hunts: Iterator[float] | None = None
) -> float:
    """Seconds until the last call under the documented quotas.

    Calls that wait for a quota hold up nobody else, and take no time themselves: the least that is possible.
    With `hunts`, one call is made after the other, and a hunt takes the seconds that the iterator gives.
    """
    windows: dict[str, _Window] = {}
    clock = last = 0.0
    for path in paths:
        limits = HUNTING_LIMITS if path == HUNTING else DEFENDER_LIMITS
        window = windows.setdefault(quota(path), _Window(limits))
        moment = window.first_at(clock)
        window.moments.append(moment)
        last = max(last, moment)
        if hunts is not None:
            clock = last = moment + (next(hunts) if path == HUNTING else 0.0)
    return last
