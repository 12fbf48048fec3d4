"""What is known of one tenant's hunting beyond its rows: what it lacks, and whether it has hunting at all."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from shared.core.hunting.gaps import Gap
from shared.core.values import Instant, json_from_outside

_GAPS_FOR = 86_400.0  # seconds until a gap is tried again: tables are filled and licences bought
_DENIED_FOR, _DENIED_AT_MOST = 600.0, 6 * 3_600.0  # seconds until hunting that was denied is asked again


@dataclass(frozen=True, slots=True)
class KnownGap:
    """A gap, and until when it is taken to be there."""

    table: str
    column: str
    until: Instant


@dataclass(frozen=True, slots=True)
class Tenant:
    """What refusals told. `denied` are the words with which hunting was refused for want of a licence, ""
    where it was not; until `denied_until` it is left alone, `denied_for` seconds from the refusal on."""

    known: tuple[KnownGap, ...] = ()
    denied: str = ""
    denied_until: Instant | None = None
    denied_for: float = 0.0

    def gaps(self, now: Instant) -> frozenset[Gap]:
        """The gaps that are taken to be there still."""
        return frozenset(Gap(one.table, one.column) for one in self.known if now < one.until)

    def is_denied(self, now: Instant) -> bool:
        """True while hunting is to be left alone."""
        return self.denied_until is not None and now < self.denied_until

    def lacking(self, gaps: Iterable[Gap], now: Instant) -> "Tenant":
        """After a refusal that named these gaps."""
        until = now.plus(_GAPS_FOR)
        fresh = tuple(KnownGap(gap.table, gap.column, until) for gap in gaps)
        told = {(one.table, one.column) for one in fresh}
        kept = (one for one in self.known if now < one.until and (one.table, one.column) not in told)
        return replace(self, known=(*kept, *fresh))

    def refused(self, words: str, now: Instant) -> "Tenant":
        """After a refusal for want of a licence: each time in a row it is left alone for twice as long."""
        span = min(max(_DENIED_FOR, 2 * self.denied_for), _DENIED_AT_MOST)
        return replace(self, denied=words, denied_until=now.plus(span), denied_for=span)

    def to_text(self) -> str:
        """What is known as JSON."""
        until = self.denied_until.text() if self.denied_until else ""
        known = [[one.table, one.column, one.until.text()] for one in self.known]
        return json.dumps(
            {"gaps": known, "denied": self.denied, "denied_until": until, "denied_for": self.denied_for}
        )

    @classmethod
    def from_text(cls, text: str) -> "Tenant":
        """What `to_text` wrote; nothing known where the text is not one of ours."""
        try:
            read: Any = json_from_outside(text)
            until = read["denied_until"]
            return cls(
                known=tuple(
                    KnownGap(str(table), str(column), Instant.parse(moment))
                    for table, column, moment in read["gaps"]
                ),
                denied=str(read["denied"]),
                denied_until=Instant.parse(until) if until else None,
                denied_for=float(read["denied_for"]),
            )
        except (ValueError, TypeError, KeyError):
            return cls()

    def served(self) -> "Tenant":
        """After an answer."""
        return replace(self, denied="", denied_until=None, denied_for=0.0)
