"""What an alert or incident leaves to look for elsewhere: addresses, hosts, URLs, files that are rare."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from local.report.rows import Row

COMMON = 10_000  # devices anywhere: a file seen on more says nothing about who else has it
MOST = 200
_LONGEST = 2_048


@dataclass(frozen=True, slots=True)
class Indicator:
    """One value to look for. `kind` is ipv4, ipv6, domain, url or file; of a file `value` is the SHA-256, or
    the SHA-1 where that is all there is, and `also` the other one. `origin` says where it stood."""

    kind: str
    value: str
    name: str = ""
    also: str = ""
    origin: str = "named by the alert"


def of_alerts(alerts: Iterable[tuple[Row, list[Row]]]) -> list[Indicator]:
    """Those of the alerts with their events, each value once, at most `MOST`.

    Left out are addresses of the own network, addresses and names of the alerts' own devices and of their
    domain, and files that are seen on more
    than `COMMON` devices.
    """
    pairs = list(alerts)
    devices = [device for row, _ in pairs for device in _devices(row)]
    own = {str(device.get(name)) for device in devices for name in ("ip", "externalIp")}
    suffixes = {str(device.get("name") or "").lower().partition(".")[2] for device in devices} - {""}
    found: dict[tuple[str, str], Indicator] = {}
    for row, events in pairs:
        for one in (*_named(row), *_seen(row, events)):
            if one.value not in own and not _is_inside(one, suffixes) and len(one.value) <= _LONGEST:
                found.setdefault((one.kind, one.value), one)
    return list(found.values())[:MOST]


def _is_inside(one: Indicator, suffixes: set[str]) -> bool:
    if one.kind != "domain":
        return False
    name = one.value.lower()
    return "." not in name or any(name == suffix or name.endswith(f".{suffix}") for suffix in suffixes)


def _devices(row: Row) -> Iterator[Row]:
    yield from (entity for entity in objects(row, "EntitiesJson") if entity.get("kind") == "device")


def _named(row: Row) -> Iterator[Indicator]:
    """What the alert names itself."""
    for entity in objects(row, "EntitiesJson"):
        value = str(entity.get("value") or "")
        match entity.get("kind"):
            case "ip" | "address":
                yield from _address(value)
            case "url" if value:
                yield Indicator("url", value)
            case "domain" if value:
                yield Indicator("domain", value.lower())
            case "file" | "process":
                yield from _file(entity)
    for address in str(row.get("IpAddrs") or "").split(", "):
        yield from _address(address)


def _file(entity: Row) -> Iterator[Indicator]:
    common = entity.get("globalPrevalence")
    if isinstance(common, int) and common > COMMON:
        return
    sha256, sha1 = (str(entity.get(name) or "").lower() for name in ("sha256", "sha1"))
    if not _is_hash(sha256, 64):
        sha256 = ""
    if not _is_hash(sha1, 40):
        sha1 = ""
    if sha256 or sha1:
        yield Indicator("file", sha256 or sha1, str(entity.get("name") or ""), sha1 if sha256 else "")


def _is_hash(text: str, length: int) -> bool:
    return len(text) == length and all(char in "0123456789abcdef" for char in text)


def _seen(row: Row, events: list[Row]) -> Iterator[Indicator]:
    """Where the processes talked to that a detection stands on."""
    marked = {
        (str(entry.get("pid")), str(entry.get("created"))[:23])
        for entry in objects(row, "ProcessTree")
        if entry.get("behaviours")
    }
    for event in events:
        who = (str(event.get("ProcessId")), str(event.get("ProcessCreationTime"))[:23])
        if not event.get("Detections") and who not in marked:
            continue
        origin = f"in telemetry: {event.get('ProcessName') or 'a process'} talked to it"
        yield from _address(str(event.get("RemoteIP") or ""), origin)
        url = str(event.get("RemoteUrl") or "")
        if url:
            yield Indicator("url" if "/" in url else "domain", url, origin=origin)


def _address(text: str, origin: str = "named by the alert") -> Iterator[Indicator]:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return
    inner = address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified
    if not inner and not _is_private(address):
        yield Indicator(f"ipv{address.version}", str(address), origin=origin)


_PRIVATE = tuple(
    ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


def _is_private(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """True for what networks use inside alone; addresses for documentation count as any other."""
    return any(address.version == net.version and address in net for net in _PRIVATE)


def objects(row: Row, column: str) -> list[Row]:
    """The objects of a column of JSON; none where it cannot be read."""
    try:
        listed = json.loads(row.get(column) or "[]")
    except (ValueError, TypeError):
        return []
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
