"""The alerts of a recording, as Defender's list answers them. Their words say nothing, so that no verdict can
lean on them.

Shape: https://learn.microsoft.com/en-us/defender-endpoint/api/alerts (read 2026-11).
"""

from __future__ import annotations

import hashlib
import ntpath
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local.recordings.columns import hashes
from local.recordings.events import MILLISECOND
from local.recordings.processes import Process
from local.recordings.rows import Row
from local.recordings.writing import stamp
from local.simulator import ticks

DELAY = 120 * ticks.PER_SECOND  # from what an alert is about to the alert

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """What an alert is about: a process on a device, and the rows of its tree in time order."""

    process: Process
    device_id: str
    rows: Sequence[Row]


def evidence(subject: Subject, variant: str, at: int) -> list[Json] | None:
    """What an alert of this variant, about something at this time, names of its subject; None where there is
    no such thing to name."""
    make = {
        "process": _process,
        "ms": _process_by_the_millisecond,
        "file": _file,
        "ip": _address,
        "registry": _value,
        "user": _user,
    }.get(variant)
    if make is None:
        return []
    item = make(subject)
    if item is None:
        return None
    return [{**item, "evidenceCreationTime": stamp(at + DELAY), "detectionStatus": "Detected"}]


def body(alert_id: str, device_id: str, device_name: str, at: int, named: list[Json]) -> Json:
    """One alert; `at` is the time of what it is about, and it comes two minutes later."""
    moment, created = stamp(at), stamp(at + DELAY)
    return {
        "id": alert_id,
        "incidentId": int(hashlib.sha256(alert_id.encode()).hexdigest()[:6], 16),
        "severity": "Medium",
        "status": "New",
        "classification": None,
        "determination": None,
        "investigationState": "UnsupportedAlertType",
        "detectionSource": "WindowsDefenderAtp",
        "category": "SuspiciousActivity",
        "title": "Suspicious activity",
        "description": "Suspicious activity.",
        "alertCreationTime": created,
        "firstEventTime": moment,
        "lastEventTime": moment,
        "lastUpdateTime": created,
        "machineId": device_id,
        "computerDnsName": device_name,
        "mitreTechniques": [],
        "comments": [],
        "domains": [],
        "evidence": named,
    }


def _process(subject: Subject) -> Json | None:
    process = subject.process
    parent = process.parent
    domain, _, name = process.user.rpartition("\\")
    item: Json = {
        "entityType": "Process",
        "fileName": process.name,
        "filePath": ntpath.dirname(process.image),
        "processId": process.pid,
        "processCommandLine": process.command,
        "processCreationTime": stamp(process.created),
        "accountName": name or None,
        "domainName": domain or None,
        **_hashes(process),
    }
    if parent is not None:
        item |= {
            "parentProcessId": parent.pid,
            "parentProcessCreationTime": stamp(parent.created),
            "parentProcessFileName": parent.name,
        }
    return item


def _process_by_the_millisecond(subject: Subject) -> Json | None:
    item = _process(subject) or {}
    cut = subject.process.created // MILLISECOND * MILLISECOND
    return item | {"processCreationTime": stamp(cut)}


def _file(subject: Subject) -> Json | None:
    process = subject.process
    if not process.image:
        return None
    folder = ntpath.dirname(process.image)
    return {"entityType": "File", "fileName": process.name, "filePath": folder, **_hashes(process)}


def _hashes(process: Process) -> Json:
    found = hashes(process.birth)
    return {"sha1": found.get("SHA1"), "sha256": found.get("SHA256")}


def _address(subject: Subject) -> Json | None:
    found = (row.columns.get("RemoteIP") for row in subject.rows if row.table == "DeviceNetworkEvents")
    address = next((one for one in found if one), None)
    return None if address is None else {"entityType": "Ip", "ipAddress": address}


def _value(subject: Subject) -> Json | None:
    row = next((row for row in subject.rows if row.action == "RegistryValueSet"), None)
    if row is None:
        return None
    hive, _, key = str(row.columns["RegistryKey"]).partition("\\")
    return {
        "entityType": "Registry",
        "registryHive": hive,
        "registryKey": key,
        "registryValueName": row.columns["RegistryValueName"],
        "registryValueType": row.columns["RegistryValueType"],
        "registryValue": row.columns["RegistryValueData"],
    }


def _user(subject: Subject) -> Json | None:
    domain, _, name = subject.process.user.rpartition("\\")
    return {"entityType": "User", "accountName": name, "domainName": domain} if name else None
