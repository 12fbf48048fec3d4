"""Rows of an export (`dev.py demo --export`, or one's own tables as it writes them) as hunting rows.

`AlertEvents` keeps fewer columns than hunting has. What an alert's process tree tells of the acting process
is put back; all else that is not there stays unknown, so that a rule hits less here than it did in the app.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.detections.recorded import NoRows, Tried, tried
from local.detections.rulefile import columns

_AS_IT_IS = {
    "FileName": "FileName", "FolderPath": "FilePath", "SHA1": "FileSHA1", "SHA256": "FileSHA256",
    "RemoteIP": "RemoteIP", "RemoteUrl": "RemoteUrl", "RemotePort": "RemotePort",
    "RegistryKey": "RegistryKey", "RegistryValueName": "RegistryValueName",
    "RegistryValueData": "RegistryValueData", "LogonType": "LogonType",
    "AdditionalFields": "AdditionalFields", "ActionType": "ActionType",
}  # fmt: skip
_UNKNOWN = ("", None, -1)


def of_export(path: Path, alert: str | None = None) -> Iterator[Tried]:
    """The events of the export, or of one alert in it. Raises NoRows."""
    try:
        given = json.loads(path.read_text("utf-8"))
        alerts, events = list(given["alerts"]), list(given["events"])
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise NoRows(f"{path} is no export: {type(err).__name__}: {err}") from err
    trees = {str(row.get("AlertId")): _tree(row) for row in alerts if isinstance(row, dict)}
    if alert is not None and alert not in trees:
        raise NoRows(f"{path} has no alert {alert}")
    systems = {str(row.get("AlertId")): _system(row) for row in alerts if isinstance(row, dict)}
    known = columns()
    for event in events:
        table, of = event.get("SourceTable"), str(event.get("AlertId"))
        if table not in known or (alert is not None and of != alert):
            continue
        where = f"{table} {event.get('ReportId')} at {event.get('EventTimeText') or event.get('EventTime')}"
        row = _row(table, event, trees.get(of, {}))
        yield tried(table, row, where, alert=of, system=systems.get(of))


def _tree(row: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """The alert's processes by pid and creation time, each with its parent under "starter"."""
    try:
        nodes = [node for node in json.loads(row.get("ProcessTree") or "[]") if "id" in node]
    except (ValueError, TypeError):
        return {}
    by_id = {node["id"]: node for node in nodes}
    return {
        (str(node["pid"]), node["created"]): {**node, "starter": by_id.get(node.get("parent"))}
        for node in nodes
    }


def _system(row: Mapping[str, Any]) -> str | None:
    told = str(row.get("DvcOs") or "").lower()
    if "mac" in told:
        return "macos"
    return "windows" if "windows" in told else "linux" if told and "linux" in told else None


def _row(
    table: str, event: Mapping[str, Any], tree: Mapping[tuple[str, str], Mapping[str, Any]]
) -> dict[str, Any]:
    row = {name: event.get(kept) for name, kept in _AS_IT_IS.items() if event.get(kept) not in _UNKNOWN}
    node = tree.get((str(event.get("ProcessId")), str(event.get("ProcessCreationTime"))), {})
    if table == "DeviceProcessEvents":
        row |= _named("", {"name": event.get("ProcessName"), "path": event.get("FilePath")})
        row |= _cells("", "ProcessCommandLine", event.get("ProcessCommandLine"), node)
        starter = node.get("starter") or {}
        row |= _named("InitiatingProcess", {"name": event.get("ParentProcessName"), **starter})
        row |= _cells("InitiatingProcess", "InitiatingProcessCommandLine", starter.get("command"), starter)
    else:
        row |= _named("InitiatingProcess", {"name": event.get("ProcessName"), **node})
        told = event.get("ProcessCommandLine")
        row |= _cells("InitiatingProcess", "InitiatingProcessCommandLine", told, node)
        row["InitiatingProcessParentFileName"] = event.get("ParentProcessName")
    return {name: cell for name, cell in row.items() if cell not in _UNKNOWN}


def _named(prefix: str, node: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}FileName": node.get("name"), f"{prefix}FolderPath": node.get("path")}


def _cells(prefix: str, column: str, command: Any, node: Mapping[str, Any]) -> dict[str, Any]:
    return {column: command or node.get("command"), f"{prefix}AccountName": node.get("account")}
