"""The worst mistakes: verdicts that are wrong, and rows that do not belong or were not found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from local.score.figures import Judged, wrong_rows
from local.score.truth import Truth

# From the worst: an ordinary thing said to be an attack, then an attack that is not seen at all.
_WORST = (
    ("benign", "Confirmed"),
    ("benign", "Likely"),
    ("benign", "Blocked"),
    ("benign", "Contained"),
    ("attack", "NoTelemetry"),
    ("attack", "Unproven"),
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One alert and what is wrong with it, in a few words."""

    alert_id: str
    truth: Truth
    judged: Judged
    what: str


def wrong_verdicts(truth: Mapping[str, Truth], found: Mapping[str, Judged]) -> list[Mistake]:
    """Alerts whose verdict is wrong: those that name their process first, the worst first among them, and of
    equals the one with the most telemetry."""

    def order(one: Mistake) -> tuple[bool, int, int, str]:
        rank = _WORST.index((one.truth.kind, one.judged.validation))
        return one.truth.variant not in ("process", "ms"), rank, -len(one.truth.rows), one.alert_id

    mistakes = (
        Mistake(alert_id, about, one, one.validation)
        for alert_id, about, one in _both(truth, found)
        if (about.kind, one.validation) in _WORST
    )
    return sorted(mistakes, key=order)


def wrong_trees(truth: Mapping[str, Truth], found: Mapping[str, Judged]) -> list[Mistake]:
    """Alerts with rows that do not belong to them, or that name their process and miss rows of its tree."""
    mistakes: list[tuple[int, int, Mistake]] = []
    for alert_id, about, one in _both(truth, found):
        if about.verdict_only:
            continue
        wrong = len(wrong_rows(about, one))
        missed = len(about.rows - one.below) if about.variant in ("process", "ms") else 0
        if wrong or missed:
            parts = [f"{wrong} wrong rows" if wrong else "", f"{missed} rows missed" if missed else ""]
            what = ", ".join(part for part in parts if part)
            mistakes.append((wrong, missed, Mistake(alert_id, about, one, what)))
    return [
        mistake for _, _, mistake in sorted(mistakes, key=lambda one: (-one[0], -one[1], one[2].alert_id))
    ]


def _both(truth: Mapping[str, Truth], found: Mapping[str, Judged]) -> Iterator[tuple[str, Truth, Judged]]:
    return ((alert_id, about, found[alert_id]) for alert_id, about in truth.items() if alert_id in found)
