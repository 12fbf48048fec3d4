"""Evidence that hunting's AlertEvidence table has of an alert, some of it only as JSON in AdditionalFields.

Custom detections name no process in the alerts API, and the table has no process id of its own; the JSON has.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from shared.core.alert import Evidence, EvidenceKind, kind_of
from shared.core.correlate.finding import Cell
from shared.core.correlate.rows import account_of, instant_of, whole
from shared.core.values import json_from_outside


def evidence_by_alert(rows: Iterable[Mapping[str, Cell]]) -> dict[str, tuple[Evidence, ...]]:
    """The evidence of each alert that any row is about. JSON that cannot be read is as good as none."""
    found: dict[str, list[Evidence]] = defaultdict(list)
    for row in rows:
        alert_id = _text(row, "AlertId")
        if alert_id:
            found[alert_id].append(_evidence(row))
    return {alert_id: _with_device(items) for alert_id, items in found.items()}


def _with_device(items: list[Evidence]) -> tuple[Evidence, ...]:
    """An alert's evidence, its one device first: process rows often come without."""
    return tuple(sorted(items, key=lambda item: item.kind is not EvidenceKind.DEVICE))


def _evidence(row: Mapping[str, Cell]) -> Evidence:
    kind_text = _text(row, "EntityType") or ""
    more = _json(row.get("AdditionalFields"))
    image = _object(more.get("ImageFile")) or more
    listed = image.get("FileHashes")
    hashes = {
        str(_object(one).get("Algorithm", "")).upper(): _object(one).get("Value")
        for one in (listed if isinstance(listed, list) else ())
    }
    parent = _object(more.get("ParentProcess"))
    return Evidence(
        kind=kind_of(kind_text),
        kind_text=kind_text,
        sha1=_text(row, "SHA1") or _string(hashes.get("SHA1")),
        sha256=_text(row, "SHA256") or _string(hashes.get("SHA256")),
        file_name=_text(row, "FileName") or _string(image.get("Name")),
        folder_path=_text(row, "FolderPath") or _string(image.get("Directory")),
        process_id=whole(more.get("ProcessId")),
        command_line=_text(row, "ProcessCommandLine") or _string(more.get("CommandLine")),
        process_created=instant_of(_string(more.get("CreationTimeUtc") or more.get("ProcessCreationTime"))),
        parent_process_id=whole(parent.get("ProcessId")),
        parent_process_created=instant_of(_string(parent.get("CreationTimeUtc"))),
        ip_address=_text(row, "RemoteIP"),
        url=_text(row, "RemoteUrl"),
        registry_key=_text(row, "RegistryKey"),
        registry_value_name=_text(row, "RegistryValueName"),
        registry_value=_text(row, "RegistryValueData"),
        account=account_of(row, "Account"),
        device_id=_text(row, "DeviceId"),
        device_name=_text(row, "DeviceName"),
    )


def _json(cell: Cell) -> Mapping[str, Any]:
    if not isinstance(cell, str) or not cell.startswith("{"):
        return {}
    try:
        return _object(json_from_outside(cell))
    except ValueError:
        return {}


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _text(row: Mapping[str, Cell], column: str) -> str | None:
    return _string(row.get(column))
