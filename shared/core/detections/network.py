"""Whether an address is in one of some networks."""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network


def within(networks: list[str]) -> Callable[[str], bool]:
    """The test for these networks in CIDR notation; text that is no address is in none."""
    known = [ip_network(network) for network in networks]
    return lambda text: _is_in(_address(text), known)


def _is_in(address: IPv4Address | IPv6Address | None, networks: list[IPv4Network | IPv6Network]) -> bool:
    return address is not None and any(address in network for network in networks)


@lru_cache(maxsize=2_000)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0][:64])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
