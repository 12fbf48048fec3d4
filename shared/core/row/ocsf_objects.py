"""OCSF 1.8 objects from what an alert names: https://schema.ocsf.io/1.8.0/objects (read 2026-11)."""

import ipaddress
import re
from collections.abc import Iterator
from typing import assert_never

from shared.core.alert import Account, Alert, Evidence, EvidenceKind
from shared.core.lookups import Device
from shared.core.row.names import account_name, hashes_of, registry_path
from shared.core.row.text import without_empty
from shared.core.values import Instant

MOST = 200  # pieces of evidence; the rest is counted by EvidenceCount
_MAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+", re.ASCII)
_HASHES = ((40, 2, "SHA-1"), (64, 3, "SHA-256"), (32, 1, "MD5"))
_SYSTEMS = (
    ("windows", 100, "Windows"),
    ("linux", 200, "Linux"),
    ("macos", 300, "macOS"),
    ("android", 201, "Android"),
    ("ipados", 302, "iPadOS"),
    ("ios", 301, "iOS"),
)
# Distributions that /api/machines may name instead of Linux.
_LINUX = ("ubuntu", "debian", "redhat", "centos", "suse", "fedora", "oracle", "amazon", "rocky", "alma")
_RISKS = {
    "none": (0, "Info"),
    "informational": (0, "Info"),
    "low": (1, "Low"),
    "medium": (2, "Medium"),
    "high": (3, "High"),
}
_VERDICTS = {"Suspicious": (4, "Suspicious"), "NoThreatsFound": (5, "Benign"), "Malicious": (99, "Malicious")}


def device_object(
    device_id: str | None, name: str | None, group: str | None, known: Device | None
) -> dict[str, object] | None:
    """A device; None where nothing names it."""
    hostname = name or (known.name if known else None)
    if not (device_id or hostname):
        return None
    in_group = group or (known.group if known else None)
    said: dict[str, object] = {
        "type_id": 0,
        "type": "Unknown",
        "uid": device_id,
        "hostname": hostname,
        "name": hostname,
        "groups": [{"name": in_group}] if in_group else [],
    }
    if known is not None:
        risk, caption = _RISKS.get((known.risk_score or "").lower(), (None, None))
        said |= {
            "ip": address(known.last_ip),
            "os": _system(known),
            "risk_level_id": risk,
            "risk_level": caption,
            "first_seen_time": _millis(known.first_seen),
            "last_seen_time": _millis(known.last_seen),
        }
    return without_empty(**said)


def _system(device: Device) -> dict[str, object] | None:
    if not device.os:
        return None
    word = device.os.lower()
    number, caption = next(((n, c) for start, n, c in _SYSTEMS if word.startswith(start)), (99, device.os))
    if number == 99 and word.startswith(_LINUX):
        number, caption = 200, "Linux"
    return without_empty(
        name=device.os, type_id=number, type=caption, version=device.os_version, build=device.os_build
    )


def user_object(account: Account | None) -> dict[str, object] | None:
    """A user; None where nothing names one."""
    if account is None or not account_name(account):
        return None
    uid = account.sid or account.object_id
    return without_empty(
        name=account.name or account.upn or account_name(account),
        domain=account.domain,
        uid=uid,
        uid_alt=account.object_id if account.object_id != uid else None,
        email_addr=account.upn if account.upn and _MAIL.fullmatch(account.upn) else None,
    )


def file_object(item: Evidence) -> dict[str, object] | None:
    """A file; named by its hash where it has no name; None where it has neither."""
    hashes = hashes_of(item)
    name = item.file_name or next(iter(hashes), None)
    if not name:
        return None
    separator = "/" if (item.folder_path or "").startswith("/") else "\\"
    folder = (item.folder_path or "").rstrip("\\/")
    return without_empty(
        name=name,
        type_id=1,
        type="Regular File",
        parent_folder=item.folder_path,
        path=f"{folder}{separator}{item.file_name}" if item.folder_path and item.file_name else None,
        hashes=[_fingerprint(value) for value in hashes],
    )


def _fingerprint(value: str) -> dict[str, object]:
    number, caption = next(((n, c) for length, n, c in _HASHES if len(value) == length), (0, "Unknown"))
    return {"algorithm_id": number, "algorithm": caption, "value": value}


def process_object(item: Evidence) -> dict[str, object] | None:
    """A process; None without a pid, which OCSF needs."""
    if item.process_id is None:
        return None
    parent = None
    if item.parent_process_id is not None:
        parent = without_empty(
            pid=item.parent_process_id,
            name=item.parent_file_name,
            created_time=_millis(item.parent_process_created),
        )
    return without_empty(
        pid=item.process_id,
        name=item.file_name,
        cmd_line=item.command_line,
        created_time=_millis(item.process_created),
        file=file_object(item),
        user=user_object(item.account),
        parent_process=parent,
    )


def evidences_of(alert: Alert) -> list[dict[str, object]]:
    """One object for each piece of evidence, the first 200; what has no place in OCSF is under `data`."""
    return [_evidence(item) for item in alert.evidence[:MOST]]


def _evidence(item: Evidence) -> dict[str, object]:
    number, caption = _VERDICTS.get(item.verdict or "", (None, None))
    artifact = _artifact(item) or {"data": _leftovers(item)}
    named = item.kind_text or item.kind
    return without_empty(name=named, **artifact, verdict_id=number, verdict=caption)


def _artifact(item: Evidence) -> dict[str, object]:
    """What the item names, by its kind; empty where OCSF has no object for it."""
    made: dict[str, object] = {}
    match item.kind:
        case EvidenceKind.PROCESS:
            made = {"process": process_object(item)}
            if made["process"] is None:
                made = {"file": file_object(item), "user": user_object(item.account)}
        case EvidenceKind.FILE:
            made = {"file": file_object(item)}
        case EvidenceKind.USER:
            made = {"user": user_object(item.account)}
        case EvidenceKind.IP:
            ip = address(item.ip_address)
            made = {"dst_endpoint": {"ip": ip} if ip else None}
        case EvidenceKind.URL:
            made = {"url": {"url_string": item.url} if item.url else None}
        case EvidenceKind.DEVICE:
            made = {"device": device_object(item.device_id, item.device_name, None, None)}
        case EvidenceKind.REGISTRY:
            made = _registry(item)
        case EvidenceKind.OTHER:
            pass
        case _:
            assert_never(item.kind)
    return without_empty(**made)


def _registry(item: Evidence) -> dict[str, object]:
    path = registry_path(item)
    if not path:
        return {}
    if not item.registry_value_name:
        return {"reg_key": {"path": path}}
    value = {
        "path": path,
        "name": item.registry_value_name,
        "type": item.registry_value_type,
        "reg_string_data": item.registry_value,
    }
    return {"reg_key": {"path": path}, "reg_value": without_empty(**value)}


def _leftovers(item: Evidence) -> dict[str, object]:
    known = {
        "kind": item.kind_text or item.kind,
        "ip_address": item.ip_address,
        "command_line": item.command_line,
        "registry_value_name": item.registry_value_name,
        "registry_value": item.registry_value,
        "fields": dict(item.extra),
    }
    return without_empty(**known)


def address(text: str | None) -> str | None:
    """The address in its usual spelling; None for what is none, or has a zone that OCSF has no room for."""
    try:
        spelled = str(ipaddress.ip_address(text or ""))
    except ValueError:
        return None
    return spelled if len(spelled) <= 40 and "%" not in spelled else None


def observables_of(alert: Alert, device: Device | None) -> list[dict[str, object]]:
    """What a searcher would look for, each value once."""
    seen = _observed(alert, device)
    once = {(kind, value): (name, caption) for name, kind, caption, value in seen if value}
    return [
        {"name": name, "type_id": kind, "type": caption, "value": value}
        for (kind, value), (name, caption) in once.items()
    ]


def _observed(alert: Alert, device: Device | None) -> Iterator[tuple[str, int, str, str | None]]:
    yield "device.hostname", 1, "Hostname", alert.device_name or (device.name if device else None)
    yield "device.uid", 47, "Device Object: uid", alert.device_id
    yield "device.ip", 2, "IP Address", address(device.last_ip) if device else None
    for item in alert.evidence[:MOST]:
        at = "evidences.process.file" if item.kind is EvidenceKind.PROCESS else "evidences.file"
        for value in hashes_of(item):
            yield f"{at}.hashes.value", 8, "Hash", value
        yield f"{at}.name", 7, "File Name", item.file_name
        yield "evidences.dst_endpoint.ip", 2, "IP Address", address(item.ip_address)
        yield "evidences.url.url_string", 6, "URL String", item.url
        yield "evidences.user.name", 4, "User Name", item.account.name if item.account else None
        if item.kind is EvidenceKind.REGISTRY:
            yield "evidences.reg_key.path", 46, "Registry Key Path", registry_path(item)
    if alert.related_user is not None:
        yield "unmapped.related_user.name", 4, "User Name", alert.related_user.name
    for domain in alert.domains[:40]:
        yield "unmapped.domains", 1, "Hostname", domain


def _millis(moment: Instant | None) -> int | None:
    return None if moment is None else moment.ticks // 10_000
