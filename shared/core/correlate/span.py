"""A stretch of time."""

from dataclasses import dataclass

from shared.core.values import Instant


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, both ends included."""

    first: Instant
    last: Instant

    def __contains__(self, moment: Instant) -> bool:
        return self.first <= moment <= self.last

    def within(self, other: "Span") -> "Span":
        """What both have in common; may be empty."""
        return Span(max(self.first, other.first), min(self.last, other.last))
