"""What the entity APIs know of the files, addresses, domains and accounts in a recording.

Shapes: learn.microsoft.com/en-us/defender-endpoint/api/files, get-file-statistics, get-ip-statistics,
get-domain-statistics and get-machine-log-on-users, read 2026-11-24. A file, an address and a domain carry
the properties of their statistics too. `_machineIds` says where an account logs on; it is never shown.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from local.incidents.chance import sha1_of
from local.incidents.clock import DAY, show
from local.incidents.estate import OPERATOR, START
from local.incidents.machines import machine
from local.incidents.truth import Json
from local.incidents.world import Account, Device, File, Row

_PRIVATE = ("10.", "192.168.", "127.", "172.16.")
_HASHED = ("SHA1", "InitiatingProcessSHA1")


def entity_bodies(
    devices: Iterable[Device], rows: list[Row], files: Iterable[File]
) -> dict[str, dict[str, Json]]:
    """machines.json, files.json and so on, by name without `.json`."""
    devices = tuple(devices)
    found: dict[str, list[dict[str, Json]]] = {
        "machines": [machine(device) for device in devices],
        "files": _files(rows, files),
        "ips": _ips(rows),
        "domains": _domains(rows),
        "users": _users(devices),
    }
    return {name: {"value": [*value]} for name, value in found.items()}


def _files(rows: list[Row], files: Iterable[File]) -> list[dict[str, Json]]:
    seen = _seen_on(rows, lambda row: [str(row.columns.get(name) or "") for name in _HASHED])
    unique = {file.sha1: file for file in files if file.hashed}
    return [_file(file, seen.get(sha1, set())) for sha1, file in sorted(unique.items())]


def _file(file: File, devices: set[str]) -> dict[str, Json]:
    """A file known to few is the attackers'; one with a maker is known to the world."""
    rare = not file.company and not file.folder.startswith(("/usr/", "/bin/", "/sbin/"))
    worldwide = int(sha1_of("spread", file.sha1)[:4], 16) % 7 if rare else 4_000_000
    first = show(START - (2 if rare else 900) * DAY)
    prevalence = len(devices) or 1
    return {
        "sha1": file.sha1,
        "sha256": file.full_sha256,
        "md5": file.md5,
        "globalPrevalence": worldwide,
        "globallyPrevalence": str(worldwide),
        "globalFirstObserved": first,
        "globalLastObserved": show(START),
        "size": file.size,
        "fileType": "PortableExecutable" if file.name.lower().endswith((".exe", ".dll")) else None,
        "isPeFile": file.name.lower().endswith((".exe", ".dll")),
        "filePublisher": file.company or None,
        "fileProductName": file.company or None,
        "signer": file.signer or None,
        "issuer": f"{file.signer} Production PCA" if file.signer else None,
        "signerHash": sha1_of("signer", file.signer) if file.signer else None,
        "isValidCertificate": True if file.signer else None,
        "determinationType": "Unknown",
        "determinationValue": "",
        # tenants have been seen to answer prevalence as text
        "organizationPrevalence": str(prevalence),
        "orgFirstSeen": first,
        "orgLastSeen": show(START),
        "topFileNames": [file.name],
    }


def _ips(rows: list[Row]) -> list[dict[str, Json]]:
    seen = _seen_on(rows, lambda row: [str(row.columns.get("RemoteIP") or "")])
    outside = (ip for ip in sorted(seen) if not ip.startswith(_PRIVATE))
    return [{"id": ip, "ipAddress": ip, **_statistics(len(seen[ip]))} for ip in outside]


def _domains(rows: list[Row]) -> list[dict[str, Json]]:
    seen = _seen_on(rows, lambda row: [_host(str(row.columns.get("RemoteUrl") or ""))])
    return [{"host": host, **_statistics(len(devices))} for host, devices in sorted(seen.items())]


def _users(devices: tuple[Device, ...]) -> list[dict[str, Json]]:
    homes: dict[Account, list[str]] = defaultdict(list)
    for device in devices:
        for who in device.users:
            homes[who].append(device.id)
    return [_user(who, ids) for who, ids in homes.items()]


def _user(who: Account, ids: list[str]) -> dict[str, Json]:
    return {
        "id": f"{who.domain}\\{who.name}",
        "accountName": who.name,
        "accountDomain": who.domain,
        "accountSid": who.sid,
        "firstSeen": show(START - 200 * DAY),
        "lastSeen": show(START),
        "mostPrevalentMachineId": ids[0],
        "leastPrevalentMachineId": ids[-1],
        "logonTypes": "Interactive",
        "logOnMachinesCount": len(ids),
        "isDomainAdmin": who == OPERATOR,
        "isOnlyNetworkUser": False,
        "_machineIds": list(ids),
    }


def _statistics(devices: int) -> dict[str, Json]:
    return {
        "organizationPrevalence": devices,
        "orgFirstSeen": show(START - 3 * DAY),
        "orgLastSeen": show(START),
    }


def _seen_on(rows: list[Row], values: Callable[[Row], list[str]]) -> dict[str, set[str]]:
    seen: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for value in values(row):
            if value:
                seen[value].add(row.device.id)
    return seen


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "") if "//" in url else url
