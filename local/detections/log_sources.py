"""Sigma's log sources as hunting tables: which rows a rule of each judges.

ActionTypes: https://learn.microsoft.com/defender-xdr/advanced-hunting-schema-tables and the schema reference
in the portal (read 2026-11-29). `scheduled_task`, `service_installed`, `logon` and `device_event` are our own
categories, for what Sigma has no category for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.core.detections.fields import INBOUND, OUTBOUND

Tables = Mapping[str, tuple[str, ...] | None]


@dataclass(frozen=True, slots=True)
class LogSource:
    """The tables with their ActionTypes (None for every one), and fields whose value the source tells."""

    tables: Tables
    constants: Mapping[str, frozenset[str]] = field(default_factory=dict)


def _events(*actions: str) -> LogSource:
    return LogSource({"DeviceEvents": actions})


_REGISTRY = {
    "registry_set": ("RegistryValueSet",),
    "registry_add": ("RegistryKeyCreated",),
    "registry_delete": ("RegistryKeyDeleted", "RegistryValueDeleted"),
    "registry_rename": ("RegistryKeyRenamed", "RegistryValueRenamed"),
}
_FILES = {
    "file_event": ("FileCreated", "FileModified", "FileRenamed"),
    "file_change": ("FileModified",),
    "file_rename": ("FileRenamed",),
    "file_delete": ("FileDeleted",),
}
_SERVICE = ("ServiceInstalled",)
_TASKS = ("ScheduledTaskCreated", "ScheduledTaskUpdated")
_ANTIVIRUS = (
    "AntivirusDetection",
    "AntivirusDetectionActionType",
    "AntivirusReport",
    "AntivirusMalwareActionTaken",
    "AntivirusMalwareBlocked",
    "AntivirusTroubleshootModeEvent",
)

BY_CATEGORY: Mapping[str, LogSource] = {
    "process_creation": LogSource({"DeviceProcessEvents": None}),
    "image_load": LogSource({"DeviceImageLoadEvents": None}),
    "network_connection": LogSource({"DeviceNetworkEvents": (*OUTBOUND, *INBOUND, "ConnectionFound")}),
    "dns_query": LogSource(
        {"DeviceEvents": ("DnsQueryResponse",), "DeviceNetworkEvents": ("DnsConnectionInspected",)}
    ),
    "registry_event": LogSource({"DeviceRegistryEvents": None}),
    **{name: LogSource({"DeviceRegistryEvents": actions}) for name, actions in _REGISTRY.items()},
    **{name: LogSource({"DeviceFileEvents": actions}) for name, actions in _FILES.items()},
    "process_access": _events("OpenProcessApiCall", "ReadProcessMemoryApiCall"),
    "create_remote_thread": _events("CreateRemoteThreadApiCall"),
    "driver_load": _events("DriverLoad"),
    "pipe_created": _events("NamedPipeEvent"),
    "wmi_event": _events("WmiBindEventFilterToConsumer"),
    "ps_script": _events("PowerShellCommand"),
    "powershell_command": _events("PowerShellCommand"),
    "antivirus": _events(*_ANTIVIRUS),
    "service_installed": _events(*_SERVICE),
    "scheduled_task": _events(*_TASKS),
    "logon": LogSource({"DeviceLogonEvents": None}),
    "device_event": LogSource({"DeviceEvents": None}),
}

_PROVIDER = frozenset({"service control manager"})
BY_SERVICE: Mapping[tuple[str, str], LogSource] = {
    ("windows", "system"): LogSource(
        {"DeviceEvents": _SERVICE}, {"EventID": frozenset({"7045"}), "Provider_Name": _PROVIDER}
    ),
    ("windows", "security"): LogSource({"DeviceEvents": _SERVICE}, {"EventID": frozenset({"4697"})}),
}
PRODUCTS = ("windows", "linux", "macos")


def log_source_of(category: str | None, product: str | None, service: str | None) -> LogSource | None:
    """Where a rule of this log source finds its rows; None where hunting has no table for it."""
    if product is not None and product not in PRODUCTS:
        return None
    if category is not None:
        return BY_CATEGORY.get(category) if service is None else None
    return BY_SERVICE.get((product or "", service or ""))
