"""What the tenant knows of devices, files, addresses, domains and users, in the words of the entity APIs."""

from __future__ import annotations

import ipaddress
import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from local.simulator.answers import Refused
from local.simulator.recording import ENTITIES, shown

type Entity = dict[str, Any]

_FILE_STATS = ("organizationPrevalence", "orgFirstSeen", "orgLastSeen", "globallyPrevalence", "topFileNames")
_LOGGED_ON = (
    *("id", "accountName", "accountDomain", "firstSeen", "lastSeen", "logonTypes"),
    *("isDomainAdmin", "isOnlyNetworkUser"),
)
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}", re.ASCII)


class Directory:
    """The recorded entities; each look-up returns what the API shows, None where the API has nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_key: dict[str, dict[str, Entity]] = {name: {} for name in ENTITIES}

    def put(self, kind: str, entities: Iterable[Mapping[str, Any]]) -> None:
        """Adds entities of one of the recorded files, or replaces those of the same key."""
        with self._lock:
            for entity in entities:
                own = dict(entity)
                for key in _keys(kind, own):
                    self._by_key[kind][key] = own

    def forget(self) -> None:
        """Nothing is known any more."""
        with self._lock:
            for known in self._by_key.values():
                known.clear()

    def machines(self) -> list[Entity]:
        """Every device."""
        with self._lock:
            unique = {id(entity): entity for entity in self._by_key["machines"].values()}
        return [shown(entity) for entity in unique.values()]

    def machine(self, key: str) -> Entity | None:
        """A device by its id or its computerDnsName."""
        return self._one("machines", key)

    def logged_on(self, machine_id: str) -> list[Entity]:
        """Users who logged on to the device: `_machineIds` of a user says so, else its prevalent machines."""
        with self._lock:
            users = [user for user in self._by_key["users"].values() if machine_id in _machines_of(user)]
        return [{name: user.get(name) for name in _LOGGED_ON} for user in users]

    def user(self, name: str, domain: str) -> Entity | None:
        """A user by account name and domain."""
        return self._one("users", f"{domain}\\{name}")

    def file(self, key: str) -> Entity | None:
        """A file by its SHA-1 or SHA-256, as `/api/files/{id}` shows it. Raises Refused for another text."""
        if not _HASH.fullmatch(key.lower()):
            raise Refused(400, "InvalidHashValue", f"The hash value '{key[:80]}' is invalid.")
        found = self._one("files", key)
        return None if found is None else {name: v for name, v in found.items() if name not in _FILE_STATS}

    def file_stats(self, key: str) -> Entity | None:
        """How often a file was seen. Raises Refused for what is no hash."""
        if self.file(key) is None:
            return None
        known = self._one("files", key) or {}
        return {
            "sha1": known.get("sha1"),
            "organizationPrevalence": known.get("organizationPrevalence", 0),
            "orgFirstSeen": known.get("orgFirstSeen"),
            "orgLastSeen": known.get("orgLastSeen"),
            "globallyPrevalence": known.get("globallyPrevalence", known.get("globalPrevalence")),
            "globalFirstObserved": known.get("globalFirstObserved"),
            "globalLastObserved": known.get("globalLastObserved"),
            "topFileNames": known.get("topFileNames", []),
        }

    def ip_stats(self, address: str) -> Entity:
        """How often an address was seen, 0 for one never seen. Raises Refused for what is no IPv4 address."""
        try:
            ipaddress.IPv4Address(address)
        except ValueError:
            raise Refused(400, "InvalidIpAddress", f"The IP address '{address[:60]}' is invalid.") from None
        return {"ipAddress": address, **_prevalence(self._one("ips", address))}

    def domain_stats(self, host: str) -> Entity:
        """How often a domain was seen, 0 for one never seen. Raises Refused for what is no domain."""
        if not _HOST.fullmatch(host.lower()):
            raise Refused(400, "InvalidDomainName", f"The domain '{host[:80]}' is invalid.")
        return {"host": host, **_prevalence(self._one("domains", host))}

    def profiles(self) -> list[Entity]:
        """The rows that FileProfile finds, in the words of advanced hunting."""
        with self._lock:
            files = {id(entity): entity for entity in self._by_key["files"].values()}
        return [_profile(file) for file in files.values()]

    def _one(self, kind: str, key: str) -> Entity | None:
        with self._lock:
            entity = self._by_key[kind].get(key.lower())
        return None if entity is None else shown(entity)


def evidence_hosts(alert: Mapping[str, Any]) -> list[str]:
    """The host names in an alert's URLs and domains, each once."""
    texts = [one.get("url") for one in alert.get("evidence") or () if isinstance(one, dict)]
    hosts = [host for text in texts if isinstance(text, str) and (host := _host(text))]
    hosts += [one for one in alert.get("domains") or () if isinstance(one, str)]
    return list(dict.fromkeys(hosts))


def _host(url: str) -> str | None:
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname
    except ValueError:
        return None
    return host if host and _HOST.fullmatch(host.lower()) else None


def _machines_of(user: Mapping[str, Any]) -> tuple[str, ...]:
    named = user.get("_machineIds")
    if isinstance(named, list):
        return tuple(named)
    return tuple(str(user.get(f"{which}PrevalentMachineId")) for which in ("most", "least"))


def _keys(kind: str, entity: Mapping[str, Any]) -> list[str]:
    names = {
        "machines": ("id", "computerDnsName"),
        "files": ("sha1", "sha256"),
        "ips": ("id", "ipAddress"),
        "domains": ("host",),
    }
    if kind == "users":
        return [f"{entity.get('accountDomain')}\\{entity.get('accountName')}".lower()]
    return [str(entity[name]).lower() for name in names[kind] if entity.get(name)]


def _prevalence(known: Entity | None) -> Entity:
    names = ("organizationPrevalence", "orgFirstSeen", "orgLastSeen")
    absent: Entity = {"organizationPrevalence": 0, "orgFirstSeen": None, "orgLastSeen": None}
    return absent if known is None else {name: known.get(name, absent[name]) for name in names}


def _profile(file: Entity) -> Entity:
    valid, signer = file.get("isValidCertificate"), file.get("signer")
    state = "SignedValid" if valid else ("SignedInvalid" if signer else "Unsigned")
    return {
        "SHA1": file.get("sha1"),
        "SHA256": file.get("sha256"),
        "MD5": file.get("md5"),
        "FileSize": file.get("size"),
        "GlobalPrevalence": file.get("globalPrevalence"),
        "GlobalFirstSeen": file.get("globalFirstObserved"),
        "GlobalLastSeen": file.get("globalLastObserved"),
        "Signer": signer,
        "Issuer": file.get("issuer"),
        "SignerHash": file.get("signerHash"),
        "IsCertificateValid": valid,
        "IsRootSignerMicrosoft": str(file.get("issuer") or "").startswith("Microsoft Windows"),
        "SignatureState": state,
        "IsExecutable": file.get("isPeFile"),
        "ThreatName": file.get("determinationValue"),
        "Publisher": file.get("filePublisher"),
        "SoftwareName": file.get("fileProductName"),
        "ProfileAvailability": "Available",
    }
