"""How alerts of one detector turned out: counted from what is remembered of each judged alert."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from shared.core.conclude import Sighting
from shared.core.values import Columns, Instant, by_key, text_of

TOLD = ("Confirmed", "Likely", "Unproven")
ANALYST = "analyst"
_JUDGED = ("True Positive", "Benign Positive", "False Positive")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many alerts people called true, benign (real, and expected) and false."""

    true: int = 0
    benign: int = 0
    false: int = 0

    @property
    def total(self) -> int:
        """All that were judged."""
        return self.true + self.benign + self.false

    @classmethod
    def of(cls, verdicts: Iterable[str]) -> Self:
        """Counted from ASIM's words; others do not count."""
        found = list(verdicts)
        return cls(*(found.count(word) for word in _JUDGED))

    def __str__(self) -> str:
        return f"{self.true} true, {self.benign} benign, {self.false} false"


def detector_trait(detector_id: str) -> str:
    """The key under which verdicts on a detector's alerts are remembered; "" where there is no detector."""
    if not detector_id:
        return ""
    return f"detector-{hashlib.sha256(detector_id.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"


def sighting_of(before: Columns, now: Columns, alert_id: str, created: Instant) -> Sighting | None:
    """What to remember of an alert whose row said `before` and says `now`; None where no person has said
    anything. A verdict that was withdrawn is remembered as none, in place of the earlier one."""
    trait = detector_trait(text_of(now, "DetectorId"))
    is_judged = text_of(now, "ClassifiedBy") == ANALYST and bool(text_of(now, "ValidationAtVerdict"))
    was_judged = text_of(before, "ClassifiedBy") == ANALYST
    if not trait or not (is_judged or was_judged):
        return None
    verdict = text_of(now, "AlertVerdict") if is_judged else ""
    device, validation = text_of(now, "DvcId")[:100], text_of(now, "ValidationAtVerdict")
    return Sighting(trait, alert_id, created, device, verdict, validation)


def record_text(seen: Iterable[Sighting], but: str) -> str:
    """One line: how what we called Confirmed, Likely or Unproven turned out, the alert `but` left aside; ""
    where nobody has judged another."""
    by_validation = by_key((one.validation, one.classification) for one in seen if one.alert_id != but)
    tallies = {word: Tally.of(by_validation.get(word, ())) for word in TOLD}
    return "; ".join(f"{word}: {tally}" for word, tally in tallies.items() if tally.total)
