"""The rows of `AlertEvents`: one for each telemetry event tied to an alert."""

from collections.abc import Mapping

from shared.core.alert import Alert
from shared.core.conclude import Conclusion
from shared.core.correlate import Cell, Finding, ProcessNode, TiedEvent
from shared.core.row.definition import EVENT_COLUMNS
from shared.core.row.text import fitted, joined
from shared.core.values import Column, EventRow, event_row

_CREATIONS = "DeviceProcessEvents"
_BY_OWN_PROCESS = {
    "ProcessName": "FileName",
    "ProcessId": "ProcessId",
    "ProcessCreationTime": "ProcessCreationTime",
    "ProcessCommandLine": "ProcessCommandLine",
    "ProcessSHA1": "SHA1",
    "ParentProcessName": "InitiatingProcessFileName",
    "ParentProcessId": "InitiatingProcessId",
}
_BY_INITIATING = {
    "ProcessName": "InitiatingProcessFileName",
    "ProcessId": "InitiatingProcessId",
    "ProcessCreationTime": "InitiatingProcessCreationTime",
    "ProcessCommandLine": "InitiatingProcessCommandLine",
    "ProcessSHA1": "InitiatingProcessSHA1",
    "ParentProcessName": "InitiatingProcessParentFileName",
    "ParentProcessId": "InitiatingProcessParentId",
}
_AS_IT_CAME = {
    "DvcHostname": "DeviceName",
    "FileName": "FileName",
    "FilePath": "FolderPath",
    "FileSHA1": "SHA1",
    "FileSHA256": "SHA256",
    "RemoteIP": "RemoteIP",
    "RemoteUrl": "RemoteUrl",
    "RegistryKey": "RegistryKey",
    "RegistryValueName": "RegistryValueName",
    "RegistryValueData": "RegistryValueData",
    "LogonType": "LogonType",
    "AdditionalFields": "AdditionalFields",
}


def event_rows(
    alert_key: str, alert: Alert, finding: Finding, conclusion: Conclusion, revision: int
) -> list[EventRow]:
    """The rows in time order, in the partition `alert_key`; every column filled."""
    nodes = {node.key: node for node in finding.nodes}
    rows: dict[str, dict[str, Column]] = {}
    for tied in finding.events:
        owner = nodes.get(tied.owner) if tied.owner else None
        rows[event_row(tied.event)] = _columns(alert, tied, owner, conclusion, revision)
    return [EventRow(alert_key, key, rows[key]) for key in sorted(rows)]


def _columns(
    alert: Alert, tied: TiedEvent, owner: ProcessNode | None, conclusion: Conclusion, revision: int
) -> dict[str, Column]:
    values = _values(alert, tied, owner)
    values["Detections"] = joined(conclusion.by_event.get(tied.event.key, ()))
    values["Revision"] = revision
    columns: dict[str, Column] = {}
    cut_names = []
    for column in EVENT_COLUMNS:
        columns[column.name], was_cut = fitted(column, values.get(column.name))
        if was_cut:
            cut_names.append(column.name)
    columns["ValuesTruncated"] = joined(cut_names)
    return columns


def _values(alert: Alert, tied: TiedEvent, owner: ProcessNode | None) -> dict[str, object]:
    event, row = tied.event, tied.event.row
    is_creation = event.table == _CREATIONS
    kind, target = _target(event.table, row)
    named = _AS_IT_CAME | (_BY_OWN_PROCESS if is_creation else _BY_INITIATING)
    values: dict[str, object] = {column: _text(row.get(cell)) for column, cell in named.items()}
    if owner is not None and not is_creation:
        values["ProcessCommandLine"] = values["ProcessCommandLine"] or owner.command_line
    return values | {
        "AlertId": alert.id,
        "SourceTable": event.table,
        "ReportId": event.report_id,
        "EventTime": event.time,
        "EventTimeText": event.time.text(),
        "ActionType": event.action,
        "Tie": tied.tie,
        "Depth": tied.depth,
        "InTree": tied.depth is not None,
        "DvcId": event.device_id,
        "Username": _account(row, "" if is_creation else "InitiatingProcess"),
        "RemotePort": _port(row.get("RemotePort")),
        "TargetKind": kind,
        "Target": target,
    }


def _target(table: str, row: Mapping[str, Cell]) -> tuple[str, str]:
    """(kind, one line) of what the event was done to."""
    if table == _CREATIONS:
        return "process", " ".join(part for part in (_text(row.get("FileName")), _pid(row)) if part)
    if table == "DeviceLogonEvents":
        origin = _text(row.get("RemoteIP")) or _text(row.get("RemoteDeviceName"))
        return "account", f"{_account(row, '')}{f' from {origin}' if origin else ''}"
    if table == "DeviceRegistryEvents" or _text(row.get("RegistryKey")):
        parts = (_text(row.get("RegistryKey")), _text(row.get("RegistryValueName")))
        return "registry", " ".join(part for part in parts if part)
    address, url = _text(row.get("RemoteIP")), _text(row.get("RemoteUrl"))
    if address or url:
        port = _port(row.get("RemotePort"))
        where = f"{address or url}{f':{port}' if port is not None else ''}"
        return ("address" if address else "url"), f"{where} ({url})" if address and url else where
    path, name = _text(row.get("FolderPath")), _text(row.get("FileName"))
    if path or name:
        return "file", path or name
    account = _account(row, "")
    return ("account", account) if account else ("", "")


def _pid(row: Mapping[str, Cell]) -> str:
    pid = _text(row.get("ProcessId"))
    return f"(pid {pid})" if pid else ""


def _account(row: Mapping[str, Cell], prefix: str) -> str:
    name, domain = _text(row.get(f"{prefix}AccountName")), _text(row.get(f"{prefix}AccountDomain"))
    return f"{domain}\\{name}" if name and domain else name or _text(row.get(f"{prefix}AccountSid"))


def _port(cell: Cell) -> int | None:
    """The port; hunting gives it as a number, 0 or empty where there is none."""
    text = _text(cell)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) else None


def _text(cell: Cell) -> str:
    """A cell as text; whole numbers without a fraction, however the row was read."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
