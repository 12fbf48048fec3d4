"""Rows of an export (`dev.py demo --export`, or one's own tables as it writes them) as hunting rows.

`AlertEvents` keeps fewer columns than hunting has. What an alert's process tree tells of the acting process
is put back; all else that is not there stays unknown, so that a rule hits less here than it did in the app.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
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

type _Tree = Mapping[tuple[str, str], Mapping[str, Any]]


def of_export(path: Path, alert: str | None = None) -> Iterator[Tried]:
    """The events of the export, or of one alert in it. Raises NoRows."""
    try:
        given = json.loads(path.read_text("utf-8"))
        alerts, events = list(given["alerts"]), list(given["events"])
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise NoRows(f"{path} is no export: {type(err).__name__}: {err}") from err
    rows = {str(row.get("AlertId")): row for row in alerts if isinstance(row, dict)}
    if alert is not None and alert not in rows:
        raise NoRows(f"{path} has no alert {alert}")
    trees = {of: _tree(row) for of, row in rows.items()}
    for event in events:
        of = str(event.get("AlertId"))
        if alert is None or of == alert:
            yield from _tried(rows.get(of, {}), trees.get(of, {}), [event])


def of_alert(alert: Mapping[str, Any], events: Iterable[Mapping[str, Any]]) -> Iterator[Tried]:
    """Events of one alert's row, in tables that rules judge."""
    return _tried(alert, _tree(alert), events)


def _tried(alert: Mapping[str, Any], tree: _Tree, events: Iterable[Mapping[str, Any]]) -> Iterator[Tried]:
    known, system = columns(), _system(alert)
    for event in events:
        table, of = event.get("SourceTable"), str(event.get("AlertId"))
        if table not in known:
            continue
        where = f"{table} {event.get('ReportId')} at {event.get('EventTimeText') or event.get('EventTime')}"
        yield tried(table, _row(table, event, tree), where, alert=of, system=system)


def _tree(row: Mapping[str, Any]) -> _Tree:
    """The alert's processes by pid and creation time, each with its parent under "starter"."""
    try:
        listed = json.loads(row.get("ProcessTree") or "[]")
        nodes = [node for node in listed if isinstance(node, dict) and "id" in node]
    except (ValueError, TypeError):
        return {}
    by_id = {node["id"]: node for node in nodes}
    return {
        (str(node.get("pid")), str(node.get("created"))): {**node, "starter": by_id.get(node.get("parent"))}
        for node in nodes
    }


def _system(row: Mapping[str, Any]) -> str | None:
    told = str(row.get("DvcOs") or "").lower()
    if "mac" in told:
        return "macos"
    return "windows" if "windows" in told else "linux" if told and "linux" in told else None


def _row(table: str, event: Mapping[str, Any], tree: _Tree) -> dict[str, Any]:
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
