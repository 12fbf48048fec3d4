"""The rows of `AlertEvents`: one for each telemetry event tied to an alert."""

from shared.core.alert import Alert
from shared.core.conclude import Conclusion
from shared.core.correlate import Finding, ProcessNode, TiedEvent
from shared.core.row.definition import EVENT_COLUMNS
from shared.core.row.text import filled, joined
from shared.core.tables import account, port, table_of, text
from shared.core.values import Column, EventRow, table_keys

_SAME_NAME = (
    "FileName RemoteIP RemoteUrl RegistryKey RegistryValueName RegistryValueData LogonType AdditionalFields"
)
_AS_IT_CAME = {
    **{name: name for name in _SAME_NAME.split()},
    **{"DvcHostname": "DeviceName", "FilePath": "FolderPath", "FileSHA1": "SHA1", "FileSHA256": "SHA256"},
}


def event_rows(
    alert_key: str,
    alert: Alert,
    finding: Finding,
    conclusion: Conclusion,
    revision: int,
    tenant: str = "home",
) -> list[EventRow]:
    """The rows in time order, in the partition `alert_key`; every column filled."""
    nodes = {node.key: node for node in finding.nodes}
    rows: dict[str, dict[str, Column]] = {}
    for tied in finding.events:
        owner = nodes.get(tied.owner) if tied.owner else None
        values = _values(alert, tied, owner, revision)
        values["Tenant"] = tenant
        values["Detections"] = joined(conclusion.by_event.get(tied.event.key, ()))
        rows[table_keys.event_row(tied.event)] = filled(EVENT_COLUMNS, values)
    return [EventRow(alert_key, key, rows[key]) for key in sorted(rows)]


def _values(alert: Alert, tied: TiedEvent, owner: ProcessNode | None, revision: int) -> dict[str, object]:
    event, row = tied.event, tied.event.row
    table = table_of(event.table)
    kind, target = table.target(row)
    command_line = text(row, table.process.command_line)
    if not command_line and owner is not None and table.created is None:
        command_line = owner.command_line or ""
    values: dict[str, object] = {column: text(row, cell) for column, cell in _AS_IT_CAME.items()}
    return values | {
        "AlertId": alert.id,
        "Revision": revision,
        "SourceTable": event.table,
        "ReportId": event.report_id,
        "EventTime": event.time,
        "EventTimeText": event.time.text(),
        "ActionType": event.action,
        "Tie": tied.tie,
        "Depth": tied.depth,
        "InTree": tied.depth is not None,
        "DvcId": event.device_id,
        "ProcessName": text(row, table.process.name),
        "ProcessId": text(row, table.process.pid),
        "ProcessCreationTime": text(row, table.process.created),
        "ProcessCommandLine": command_line,
        "ProcessSHA1": text(row, table.process.sha1),
        "Username": account(row, table.process.account),
        "ParentProcessName": text(row, table.parent.name),
        "ParentProcessId": text(row, table.parent.pid),
        "RemotePort": port(row),
        "TargetKind": kind,
        "Target": target,
        "ValuesTruncated": "",
    }
