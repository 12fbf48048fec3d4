"""Recorded events as rows of hunting: which table, which ActionType, which columns.

ActionTypes: the built-in schema reference of advanced hunting and
https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-deviceevents-table (read 2026-11).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from local.recordings import columns
from local.recordings.columns import Columns
from local.recordings.events import SECURITY, SYSMON, SYSTEM, Event
from local.recordings.processes import CREATED, CREATED_SECURITY, Process, Processes
from local.recordings.registry import full_key, key_and_value, typed_data

_REGISTRY = {
    "CreateKey": "RegistryKeyCreated",
    "DeleteKey": "RegistryKeyDeleted",
    "DeleteValue": "RegistryValueDeleted",
}
_LOGON_TYPES = {
    "2": "Interactive",
    "3": "Network",
    "4": "Batch",
    "5": "Service",
    "7": "Unlock",
    "8": "NetworkCleartext",
    "9": "NewCredentials",
    "10": "RemoteInteractive",
    "11": "CachedInteractive",
}
_ORIGIN = {
    "FileOriginUrl": re.compile(r"HostUrl=(\S+)"),
    "FileOriginReferrerUrl": re.compile(r"ReferrerUrl=(\S+)"),
}
_STREAM = ":Zone.Identifier"


@dataclass(frozen=True, slots=True)
class Row:
    """A row before it has a time, a device and a ReportId. `owner` is the process it belongs to: the one
    created, else the one that acted; None where the event names none by its GUID."""

    table: str
    action: str
    columns: Columns
    owner: Process | None


def row_of(event: Event, processes: Processes) -> Row | None:
    """The event's row; None for an event that Defender does not report."""
    if event.channel == SYSMON or event.number == CREATED_SECURITY:
        make = _BY_PROCESS.get((event.channel, event.number))
        return make(event, processes) if make else None
    tell = _WITHOUT_PROCESS.get((event.channel, event.number))
    return tell(event) if tell else None


def _birth(event: Event, processes: Processes) -> Row | None:
    process = processes.created_by(event)
    if process is None:
        return None
    cells = {**columns.initiating(process.parent), **columns.created(process)}
    return Row("DeviceProcessEvents", "ProcessCreated", cells, process)


def _did(event: Event, processes: Processes, table: str, action: str, cells: Columns, *guids: str) -> Row:
    owner = processes.of(event, *(guids or ("ProcessGuid",)))
    actor = columns.initiating(owner)
    if table == "DeviceEvents":
        actor.pop("InitiatingProcessIntegrityLevel", None)  # the one table without it
    return Row(table, action, {**actor, **cells}, owner)


def _connection(event: Event, processes: Processes) -> Row | None:
    is_outbound = event.text("Initiated").lower() == "true"
    near, far = ("Source", "Destination") if is_outbound else ("Destination", "Source")
    local, local_kind = columns.address(event.text(f"{near}Ip"))
    remote, remote_kind = columns.address(event.text(f"{far}Ip"))
    cells: Columns = {
        "LocalIP": local,
        "LocalIPType": local_kind,
        "RemoteIP": remote,
        "RemoteIPType": remote_kind,
        "RemoteUrl": event.text("DestinationHostname") if is_outbound else "",
        "Protocol": event.text("Protocol").capitalize(),
    }
    for column, name in (("LocalPort", f"{near}Port"), ("RemotePort", f"{far}Port")):
        port = event.number_of(name)
        if port is not None:
            cells[column] = port
    action = "ConnectionSuccess" if is_outbound else "InboundConnectionAccepted"
    return _did(event, processes, "DeviceNetworkEvents", action, cells)


def _driver(event: Event, processes: Processes) -> Row | None:
    cells = {**columns.file(event.text("ImageLoaded")), **columns.hashes(event), "AdditionalFields": "{}"}
    return Row("DeviceEvents", "DriverLoad", cells, None)


def _image(event: Event, processes: Processes) -> Row | None:
    cells = {**columns.file(event.text("ImageLoaded")), **columns.hashes(event)}
    return _did(event, processes, "DeviceImageLoadEvents", "ImageLoaded", cells)


def _thread(event: Event, processes: Processes) -> Row | None:
    at = processes.of(event, "TargetProcessGuid", "TargetProcessGUID")
    cells = {**columns.target(at, event.text("TargetImage")), "AdditionalFields": "{}"}
    return _did(event, processes, "DeviceEvents", "CreateRemoteThreadApiCall", cells, *_SOURCE)


def _opened(event: Event, processes: Processes) -> Row | None:
    """Of all opened processes Defender reports LSASS; Sysmon tells of each."""
    image, access = event.text("TargetImage"), event.number_of("GrantedAccess")
    if not image.lower().endswith("\\lsass.exe"):
        return None
    at = processes.of(event, "TargetProcessGuid", "TargetProcessGUID")
    fields = _json({} if access is None else {"DesiredAccess": access})
    cells = {**columns.target(at, image), "AdditionalFields": fields}
    return _did(event, processes, "DeviceEvents", "OpenProcessApiCall", cells, *_SOURCE)


def _file_created(event: Event, processes: Processes) -> Row | None:
    cells = columns.file(event.text("TargetFilename"))
    return _did(event, processes, "DeviceFileEvents", "FileCreated", cells)


def _stream(event: Event, processes: Processes) -> Row | None:
    """A named stream; the mark of the web tells where its file came from. The hash is the whole file's."""
    name, contents = event.text("TargetFilename"), event.text("Contents")
    cells = {**columns.file(name.removesuffix(_STREAM)), **columns.hashes(event)}
    cells |= {column: match[1] for column, part in _ORIGIN.items() if (match := part.search(contents))}
    return _did(event, processes, "DeviceFileEvents", "FileCreated", cells)


def _file_deleted(event: Event, processes: Processes) -> Row | None:
    cells = {**columns.file(event.text("TargetFilename")), **columns.hashes(event)}
    return _did(event, processes, "DeviceFileEvents", "FileDeleted", cells)


def _key(event: Event, processes: Processes) -> Row | None:
    action, path = _REGISTRY.get(event.text("EventType")), event.text("TargetObject")
    if action is None:
        return None
    key, value = key_and_value(path) if action == "RegistryValueDeleted" else (full_key(path), "")
    cells: Columns = {"RegistryKey": key, "RegistryValueName": value}
    return _did(event, processes, "DeviceRegistryEvents", action, cells)


def _value(event: Event, processes: Processes) -> Row | None:
    key, value = key_and_value(event.text("TargetObject"))
    kind, data = typed_data(event.fields.get("Details", ""))
    cells: Columns = {
        "RegistryKey": key,
        "RegistryValueName": value,
        "RegistryValueType": kind,
        "RegistryValueData": data,
    }
    return _did(event, processes, "DeviceRegistryEvents", "RegistryValueSet", cells)


def _renamed(event: Event, processes: Processes) -> Row | None:
    cells: Columns = {
        "RegistryKey": full_key(event.text("NewName")),
        "PreviousRegistryKey": full_key(event.text("TargetObject")),
    }
    return _did(event, processes, "DeviceRegistryEvents", "RegistryKeyRenamed", cells)


def _pipe(event: Event, processes: Processes) -> Row | None:
    is_made = event.number == 17
    fields = {
        "PipeName": f"\\Device\\NamedPipe{event.text('PipeName')}",
        "FileOperation": "File created" if is_made else "File opened",
        "NamedPipeEnd": "Server" if is_made else "Client",
    }
    return _did(event, processes, "DeviceEvents", "NamedPipeEvent", {"AdditionalFields": _json(fields)})


def _query(event: Event, processes: Processes) -> Row | None:
    fields = {"DnsQueryString": event.text("QueryName")}
    if answers := event.text("QueryResults"):
        fields["DnsQueryResult"] = answers
    return _did(event, processes, "DeviceEvents", "DnsQueryResponse", {"AdditionalFields": _json(fields)})


def _logon(event: Event) -> Row:
    remote, kind = columns.address(event.text("IpAddress"))
    cells: Columns = {
        **columns.account(_user(event, "Target")),
        "AccountSid": event.text("TargetUserSid"),
        "LogonType": _LOGON_TYPES.get(event.text("LogonType"), "Unknown"),
        "RemoteIP": remote,
        "RemoteIPType": kind,
        "RemoteDeviceName": event.text("WorkstationName"),
        "Protocol": event.text("AuthenticationPackageName"),
    }
    port, logon = event.number_of("IpPort"), event.number_of("TargetLogonId")
    cells |= {"RemotePort": port} if port else {}
    cells |= {"LogonId": logon} if logon else {}
    action = "LogonFailed" if event.number == 4625 else "LogonSuccess"
    return Row("DeviceLogonEvents", action, cells, None)


def _service(event: Event) -> Row:
    command = event.text("ServiceFileName", "ImagePath")
    fields = {
        "ServiceName": event.text("ServiceName"),
        "ServiceStartType": event.text("ServiceStartType", "StartType"),
        "ServiceAccount": event.text("ServiceAccount", "AccountName"),
    }
    cells = {
        **columns.file(columns.program(command)),
        "ProcessCommandLine": command,
        **columns.account(_user(event, "Subject")),
        "AdditionalFields": _json(fields),
    }
    return Row("DeviceEvents", "ServiceInstalled", cells, None)


def _task(event: Event) -> Row:
    fields = {"TaskName": event.text("TaskName"), "TaskContent": event.text("TaskContent")}
    cells = {**columns.account(_user(event, "Subject")), "AdditionalFields": _json(fields)}
    return Row("DeviceEvents", "ScheduledTaskCreated", cells, None)


def _user(event: Event, whose: str) -> str:
    return f"{event.text(f'{whose}DomainName')}\\{event.text(f'{whose}UserName')}"


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


_SOURCE = ("SourceProcessGuid", "SourceProcessGUID")
_BY_PROCESS: dict[tuple[str, int], Callable[[Event, Processes], Row | None]] = {
    (SYSMON, CREATED): _birth,
    (SECURITY, CREATED_SECURITY): _birth,
    (SYSMON, 3): _connection,
    (SYSMON, 6): _driver,
    (SYSMON, 7): _image,
    (SYSMON, 8): _thread,
    (SYSMON, 10): _opened,
    (SYSMON, 11): _file_created,
    (SYSMON, 12): _key,
    (SYSMON, 13): _value,
    (SYSMON, 14): _renamed,
    (SYSMON, 15): _stream,
    (SYSMON, 17): _pipe,
    (SYSMON, 18): _pipe,
    (SYSMON, 22): _query,
    (SYSMON, 23): _file_deleted,
    (SYSMON, 26): _file_deleted,
}
_WITHOUT_PROCESS: dict[tuple[str, int], Callable[[Event], Row]] = {
    (SECURITY, 4624): _logon,
    (SECURITY, 4625): _logon,
    (SECURITY, 4697): _service,
    (SYSTEM, 7045): _service,
    (SECURITY, 4698): _task,
}
