"""Consistent stand-ins: the same original always becomes the same thing of the same shape and class.

Which one follows from a key that is made for one run and kept nowhere, so that nobody can try names.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import random
import string
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from local.recordings.vocabulary import literals, plain, words

_TRIES = 400
_EXAMPLE_NETS = ("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "198.18.0.0/15")
_PUBLIC = frozenset(
    ("168.63.129.16", "8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "255.255.255.255")
)
# 10/8, 172.16/12, 192.168/16 and carriers' own (RFC 1918, RFC 6598): a stand-in stays in its network.
_OWN_NETS = tuple(
    ipaddress.IPv4Network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)


@dataclass(slots=True)
class Pseudonyms:
    """Stand-ins that no original and no word of the vocabulary is mistaken for. `originals` are all plain
    words and addresses of what is to be replaced; `counts` says how many things of each kind were."""

    key: bytes
    originals: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    _made: dict[tuple[str, str], str] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    _outside: Iterator[str] = field(default_factory=lambda: _example_addresses())

    def word(self, original: str) -> str:
        """A word of as many letters and digits, in the case of the original."""
        known = plain(original)
        made = self._one("words", known, lambda chance: _like(known, chance))
        return _in_case_of(original, made)

    def hexadecimal(self, original: str) -> str:
        """As many hexadecimal digits, in the case of the original."""
        made = self._one("hashes and ids", original.lower(), lambda chance: _digits(len(original), chance))
        return made.upper() if original.isupper() else made

    def guid(self, original: str) -> str:
        """A GUID, unless rules name this one."""
        lowered = original.lower()
        if lowered in literals():
            return original
        made = self._one("GUIDs", lowered, lambda chance: _guid(chance))
        return made.upper() if original.isupper() else made

    def number(self, original: str, kind: str = "numbers") -> str:
        """A number of as many digits that does not begin with 0."""
        size = len(original)
        return self._one(
            kind, original, lambda chance: str(chance.randrange(10 ** (size - 1) or 1, 10**size))
        )

    def sid(self, original: str) -> str:
        """A SID of the same form; well-known ones and well-known ends of a domain's (500, 512) stay."""
        parts = original.split("-")
        if len(parts) < 8 or parts[3] not in ("21", "12", "1"):
            return original
        last = parts[-1] if int(parts[-1]) < 1_000 else self.number(parts[-1], "SIDs")
        middle = [self.number(part, "SIDs") for part in parts[4:-1]]
        return "-".join([*parts[:4], *middle, last])

    def mac(self, original: str) -> str:
        """A hardware address with the same separators; none and all stay."""
        if len(set(original) - set(":-")) < 2:
            return original
        made = self._one("hardware addresses", original.lower(), lambda chance: _like_hex(original, chance))
        return made.upper() if original.isupper() else made

    def address(self, original: str) -> str:
        """An address of the same class: own networks stay own, the internet becomes addresses for examples;
        what is the same everywhere (loopback, link-local, metadata, public resolvers) stays. Raises
        ValueError for what is no address."""
        parsed = ipaddress.ip_address(original)
        if isinstance(parsed, ipaddress.IPv6Address):
            return self._six(parsed, original)
        return self._four(parsed)

    def _four(self, address: ipaddress.IPv4Address) -> str:
        text = str(address)
        if text in _PUBLIC or text in literals() or (not address.is_global and _is_same_everywhere(address)):
            return text
        own = next((net for net in _OWN_NETS if address in net), None)
        if own is not None:
            return self._one(
                "addresses", text, lambda chance: str(own[chance.randrange(1, own.num_addresses - 1)])
            )
        return self._one("addresses", text, lambda _: next(self._outside))

    def _six(self, address: ipaddress.IPv6Address, original: str) -> str:
        if address.ipv4_mapped is not None:
            start = original[: original.rindex(":") + 1] if "." in original else "::ffff:"
            return start + self._four(address.ipv4_mapped)
        if _is_same_everywhere(address):
            return original
        start = _start_of(address)
        return self._one("addresses", str(address), lambda chance: _six_from(start, chance))

    def _one(self, kind: str, original: str, make: Callable[[random.Random], str]) -> str:
        known = self._made.get((kind, original))
        if known is not None:
            return known
        digest = hmac.new(self.key, f"{kind}\0{original}".encode("utf-8", "surrogatepass"), hashlib.sha256)
        chance = random.Random(digest.digest())  # noqa: S311 - seeded by a keyed hash
        made = original
        for attempt in range(_TRIES):
            made = make(chance)
            is_new = made not in self.originals and made not in self._used and made not in words()
            # There are not enough short ones: in the end one is taken that stands for another, too.
            if is_new or (made not in self.originals and attempt > _TRIES // 2):
                break
        self._made[kind, original] = made
        self._used.add(made)
        self.counts[kind] += 1
        return made


_EXAMPLES_SIX = ipaddress.IPv6Network("2001:db8::/32")


def _start_of(address: ipaddress.IPv6Address) -> str:
    if address.is_link_local:
        return "fe80::"
    return "fd00::" if address.is_private and address not in _EXAMPLES_SIX else "2001:db8::"


def _six_from(start: str, chance: random.Random) -> str:
    parts = [f"{chance.randrange(1, 0xFFFF):x}" for _ in range(2)]
    return str(ipaddress.ip_address(start + ":".join(parts)))


def _example_addresses() -> Iterator[str]:
    for net in _EXAMPLE_NETS:
        yield from (str(address) for address in ipaddress.IPv4Network(net).hosts())


def _is_same_everywhere(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.is_link_local:
        return False  # its end names the device
    return address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified


def _like(known: str, chance: random.Random) -> str:
    return "".join(
        chance.choice(string.digits if letter.isdigit() else string.ascii_lowercase) for letter in known
    )


def _digits(size: int, chance: random.Random) -> str:
    return "".join(chance.choice("0123456789abcdef") for _ in range(size))


def _guid(chance: random.Random) -> str:
    return "-".join(_digits(size, chance) for size in (8, 4, 4, 4, 12))


def _like_hex(original: str, chance: random.Random) -> str:
    return "".join(mark if mark in ":-" else chance.choice("0123456789abcdef") for mark in original)


def _in_case_of(original: str, made: str) -> str:
    if len(original) == len(made):
        return "".join(
            letter.upper() if like.isupper() else letter for letter, like in zip(made, original, strict=True)
        )
    return made.upper() if original.isupper() else made
