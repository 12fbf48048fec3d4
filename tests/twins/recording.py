"""Tenants whose alerts, devices, processes, files and incidents have the same ids, and another truth.

All are made of one part of a recording. Company, people and machines have other names in each, analysts
judged otherwise, and in the second there is no telemetry of the process that the first alert is about.
"""

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

CONTOSO = Path(__file__).resolve().parents[2] / "local" / "incidents" / "contoso"
RECORDED_ID = "99999999-8888-7777-6666-555555555555"
TITLES = ("Sensitive credential memory read", "Anomaly detected in ASEP registry")
# By kind of truth, what company, person and machine are called: names that stand in texts, never in an id.
NAMES = {
    "one": ("contoso", "fin.clerk", "wks-fin-07"),
    "two": ("fabriko", "hr.worker", "wks-hrs-33"),
    "three": ("tailwin", "ops.staff", "wks-ops-51"),
}
JUDGED = {
    "one": ("TruePositive", "Malware"),
    "two": ("FalsePositive", "NotMalicious"),
    "three": (None, None),
}


def written(folder: Path, kind: str, tenant_id: str) -> Path:
    """The recording of a tenant with this kind of truth, in the folder."""
    text = partial(_said, kind=kind, tenant_id=tenant_id)
    (folder / "hunting").mkdir(parents=True)
    alerts = _values("alerts.json")
    chosen = [next(one for one in alerts if one["title"].startswith(title)) for title in TITLES]
    chosen.insert(0, _earlier(chosen[0], kind))
    device = chosen[0]["machineId"]
    (folder / "alerts.json").write_text(text({"value": chosen}), "utf-8")
    machines = [one for one in _values("machines.json") if one["id"] == device]
    (folder / "machines.json").write_text(text({"value": machines}), "utf-8")
    for name in ("users.json", "files.json", "ips.json", "domains.json"):
        (folder / name).write_text(text({"value": _values(name)}), "utf-8")
    for file in sorted((CONTOSO / "hunting").glob("*.ndjson")):
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        theirs = [row for row in rows if row.get("DeviceId") == device]
        if kind == "two":
            theirs = [row for row in theirs if not _is_missing(row, chosen)]
        (folder / "hunting" / file.name).write_text("".join(f"{text(row)}\n" for row in theirs), "utf-8")
    return folder


def _earlier(alert: dict[str, Any], kind: str) -> dict[str, Any]:
    """An alert with the same file and command, which each tenant's analysts judged otherwise."""
    return {
        **alert,
        **dict(zip(("classification", "determination"), JUDGED[kind], strict=True)),
        "id": "da639311041900000000_-1",
        "title": "Memory read before",
        "alertCreationTime": "2026-11-24T08:03:10Z",
        "lastUpdateTime": "2026-11-24T08:03:20Z",
    }


def _values(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((CONTOSO / name).read_text("utf-8"))["value"]
    return found


def _said(value: object, *, kind: str, tenant_id: str) -> str:
    """The value as JSON, with the tenant's names."""
    text = json.dumps(value).replace(RECORDED_ID, tenant_id)
    for name, other in zip(NAMES["one"], NAMES[kind], strict=True):
        text = text.replace(name, other)
    return text


def _is_missing(row: dict[str, Any], chosen: Iterable[dict[str, Any]]) -> bool:
    """Whether the row is of the process of the first alert."""
    first = next(one for one in chosen if one["title"].startswith(TITLES[0]))
    pids = {item["processId"] for item in first["evidence"] if item.get("processId")}
    return any(row.get(name) in pids for name in ("ProcessId", "InitiatingProcessId"))
