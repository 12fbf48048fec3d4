"""How far a purge has come, between its runs: for each kind of rows the place at which to go on.

It is text for a column of a row. Where it cannot be read, the kinds begin anew, which costs only reads.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from shared.adapters.storage.client import Place
from shared.core.values import json_from_outside

_MOST_TEXT = 30_000  # a column of text holds 32,768 characters


@dataclass(slots=True)
class Progress:
    """By kind: older than what, and from where on."""

    places: dict[str, tuple[datetime, Place]] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> Self:
        """The progress that `text` holds; none where it holds none."""
        try:
            kept: Any = json_from_outside(text.encode())
            return cls({str(kind): _entry(at, place) for kind, (at, place) in kept.items()})
        except (AttributeError, TypeError, ValueError):
            return cls()

    def text(self) -> str:
        """Itself as text; "" where all kinds begin anew, and where it would be too long."""
        kept = {kind: (at.isoformat(), dict(place)) for kind, (at, place) in self.places.items()}
        text = json.dumps(kept, separators=(",", ":")) if kept else ""
        return text if len(text) <= _MOST_TEXT else ""

    def start(self, kind: str, older_than: datetime) -> tuple[datetime, Place]:
        """(older than what, from where on): a kind is looked through to its end with one moment, unless that
        is later than what may go by now, as after RETENTION was made longer."""
        at, place = self.places.get(kind, (older_than, {}))
        return (at, place) if at <= older_than else (older_than, {})

    def reached(self, kind: str, older_than: datetime, place: Place) -> None:
        """Keeps where the kind goes on; with no place it begins anew."""
        self.places.pop(kind, None)
        if place:
            self.places[kind] = (older_than, place)


def _entry(at: object, place: object) -> tuple[datetime, Place]:
    moment = datetime.fromisoformat(str(at))
    if moment.tzinfo is None or not isinstance(place, dict):
        raise ValueError("no place")
    return moment, {str(name): str(value) for name, value in place.items()}
