"""Recordings written on the spot, and a client that calls the simulator as an app would."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests

from local.identity import DEFENDER, GRAPH, Identity, TokenIssuer
from local.simulator import ticks
from local.simulator.simulator import Simulator

NOW = ticks.parse("2026-11-24T12:00:00Z")
ROLES = {
    DEFENDER: (
        "Alert.Read.All",
        "Machine.Read.All",
        "File.Read.All",
        "Ip.Read.All",
        "Url.Read.All",
        "User.Read.All",
    ),
    GRAPH: ("SecurityAlert.Read.All", "ThreatHunting.Read.All"),
}


def write_recording(
    folder: Path, *, hunting: Mapping[str, list[Mapping[str, Any]]] | None = None, **bodies: list[Any]
) -> Path:
    """A folder of recorded data with these bodies, `alerts.json` at least."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, items in {"alerts": [], **bodies}.items():
        (folder / f"{name}.json").write_text(json.dumps({"value": items}), "utf-8")
    for table, rows in (hunting or {}).items():
        (folder / "hunting").mkdir(exist_ok=True)
        lines = "\n".join(json.dumps(row) for row in rows)
        (folder / "hunting" / f"{table}.ndjson").write_text(lines + "\n", "utf-8")
    return folder


class Client:
    """Calls the simulator as an app would: `requests`, the local CA, a token of its own identity."""

    def __init__(self, simulator: Simulator, issuer: TokenIssuer, ca: Path) -> None:
        self.simulator = simulator
        self._issuer = issuer
        self.session = requests.Session()
        self.session.trust_env = False  # the machine's own bundle of CAs would win over ours
        self.session.verify = str(ca)
        self.identity = Identity()
        self.roles = dict(ROLES)
        self._tokens: dict[tuple[Identity, str, tuple[str, ...], float], str] = {}  # as an app keeps them

    def token(self, resource: str, *, lifetime: float = 3600) -> str:
        roles = self.roles.get(resource, ())
        asked = (self.identity, resource, roles, lifetime)
        if asked not in self._tokens:
            made = self._issuer.issue(self.identity, resource, roles=roles, lifetime_seconds=lifetime)[0]
            self._tokens[asked] = made
        return self._tokens[asked]

    def defender(self, path: str, *, token: str | None = None, **query: object) -> requests.Response:
        named = {
            f"${k}" if k in ("filter", "top", "skip", "expand", "select") else k: v for k, v in query.items()
        }
        return self.session.get(
            self.simulator.defender_url + path,
            params={k: str(v) for k, v in named.items()},
            headers={"Authorization": f"Bearer {token or self.token(DEFENDER)}"},
            timeout=60,
        )

    def graph(self, path: str, *, prefer: str = "", **query: Any) -> requests.Response:
        return self.session.get(
            self.simulator.graph_url + path,
            params={f"${k}": str(v) for k, v in query.items()},
            headers={"Authorization": f"Bearer {self.token(GRAPH)}", "Prefer": prefer},
            timeout=60,
        )

    def hunt(self, query: object, timespan: str | None = None) -> requests.Response:
        body = {"Query": query} if timespan is None else {"Query": query, "Timespan": timespan}
        return self.post_hunt(body)

    def post_hunt(self, body: object) -> requests.Response:
        return self.session.post(
            self.simulator.graph_url + "/v1.0/security/runHuntingQuery",
            json=body,
            headers={"Authorization": f"Bearer {self.token(GRAPH)}"},
            timeout=60,
        )


type Start = Callable[..., Client]


def alert(number: int, created: str = "2026-11-24T11:00:00Z", **more: Any) -> dict[str, Any]:
    """A small Defender alert."""
    base = {
        "id": f"da{number:018d}_1",
        "incidentId": number,
        "investigationId": None,
        "severity": "High",
        "status": "New",
        "category": "Execution",
        "alertCreationTime": created,
        "lastUpdateTime": created,
        "machineId": f"{number:040x}",
        "evidence": [{"entityType": "Ip", "ipAddress": "203.0.113.10"}],
    }
    return {**base, **more}


def graph_alert(number: int, created: str = "2026-11-24T11:00:00Z", **more: Any) -> dict[str, Any]:
    """A small Graph alert."""
    base = {
        "id": f"da{number:018d}_1",
        "severity": "high",
        "status": "new",
        "serviceSource": "microsoftDefenderForEndpoint",
        "detectionSource": "microsoftDefenderForEndpoint",
        "createdDateTime": created,
        "lastUpdateDateTime": created,
        "evidence": [],
    }
    return {**base, **more}
