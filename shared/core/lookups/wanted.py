"""Which entities an alert gives reason to look up."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.core.alert import Alert

MOST_OF_A_KIND = 30  # an alert with hundreds of files must not spend the tenant's quota by itself


@dataclass(frozen=True, slots=True)
class Wanted:
    """Keys to look up, each once, in the order of the evidence. `left_out` counts those over the bound."""

    devices: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    left_out: int = 0


def wanted_entities(alert: Alert) -> Wanted:
    """The alert's devices, file hashes (SHA-1 first), outside addresses and domains."""
    devices = [alert.device_id, *(item.device_id for item in alert.evidence)]
    hashes = [item.sha1 or item.sha256 for item in alert.evidence]
    addresses = [outside_address(item.ip_address) for item in alert.evidence]
    hosts = [url_host(item.url) for item in alert.evidence] + [url_host(name) for name in alert.domains]
    kinds = [_once(values) for values in (devices, hashes, addresses, hosts)]
    left_out = sum(max(0, len(keys) - MOST_OF_A_KIND) for keys in kinds)
    found = [tuple(keys[:MOST_OF_A_KIND]) for keys in kinds]
    return Wanted(found[0], found[1], found[2], found[3], left_out)


def _once(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value.lower() for value in values if value))


def outside_address(address: str | None) -> str | None:
    """The address if other organisations can be met there; the service knows nothing of the others."""
    if not address:
        return None
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return str(parsed) if parsed.is_global or _documentation(parsed) else None


_DOCUMENTATION = tuple(
    ipaddress.ip_network(net)
    for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)


def _documentation(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Addresses reserved for examples (RFC 5737, RFC 3849) count as outside ones: recordings use them."""
    return any(address in net for net in _DOCUMENTATION)


def url_host(url: str | None) -> str | None:
    """The host a URL or bare host name names, lower-case; None where there is none, or it is an address."""
    if not url:
        return None
    try:
        host = urlsplit(url if "://" in url else f"//{url}").hostname
    except ValueError:
        return None
    if not host or len(host) > 253 or "." not in host:
        return None
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.rstrip(".") if host.isascii() and not set(host) & set(" \"'\\<>") else None
    return None
