"""How the published rows compare with the truth, counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from local.published import Row
from local.score.truth import Truth

BORNE_OUT = ("Confirmed", "Likely", "Blocked", "Contained")
_OF_THE_TREE = ("own", "child", "descendant")
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")


@dataclass(frozen=True, slots=True)
class Judged:
    """What was published of one alert, as far as it is scored. `below` are the ReportIds of events tied to
    its process or what that started, `shown` those of all its events."""

    validation: str
    reason: str
    techniques: frozenset[str]
    below: frozenset[str]
    shown: frozenset[str]


def judged(alert: Row, events: Iterable[Row]) -> Judged:
    """One alert's published rows, as far as they are scored."""
    reports = [(str(event["ReportId"]), event.get("Tie")) for event in events]
    return Judged(
        validation=str(alert.get("Validation", "")),
        reason=str(alert.get("ValidationReason", "")),
        techniques=frozenset(_TECHNIQUE.findall(str(alert.get("TechniquesShown", "")))),
        below=frozenset(report for report, tie in reports if tie in _OF_THE_TREE),
        shown=frozenset(report for report, _ in reports),
    )


@dataclass(slots=True)
class Figures:
    """Counts over alerts. `found` of `wanted` rows of the alerts' trees are shown as such; `wrong` rows are
    shown and belong neither to the tree nor to an ancestor; `techniques` counts all that are shown."""

    alerts: int = 0
    rows: int = 0
    validation: Counter[str] = field(default_factory=Counter)
    found: int = 0
    wanted: int = 0
    wrong: int = 0
    borne_out: int = 0
    named: int = 0
    techniques: int = 0

    def add(self, truth: Truth, one: Judged | None) -> None:
        """Counts one alert in; None where it has no row."""
        self.alerts += 1
        if one is None:
            return
        self.rows += 1
        self.validation[one.validation] += 1
        self.borne_out += one.validation in BORNE_OUT
        self.named += is_named(truth.technique, one.techniques)
        self.techniques += len(one.techniques)
        if not truth.verdict_only:
            self.found += len(one.below & truth.rows)
            self.wanted += len(truth.rows)
            self.wrong += len(wrong_rows(truth, one))

    def content(self) -> dict[str, object]:
        """The figures as JSON has them."""
        return {
            "alerts": self.alerts,
            "rows": self.rows,
            "validation": dict(self.validation.most_common()),
            "tree_rows_found": self.found,
            "tree_rows": self.wanted,
            "wrong_rows": self.wrong,
            "borne_out": self.borne_out,
            "technique_named": self.named,
            "techniques_an_alert": round(self.techniques / max(1, self.rows), 2),
        }


def wrong_rows(truth: Truth, one: Judged) -> frozenset[str]:
    """Rows shown that are neither the alert's nor an ancestor's, however they are tied."""
    return one.shown - truth.rows - truth.ancestor_rows


def is_named(technique: str, shown: Iterable[str]) -> bool:
    """True where the technique, its parent or one of its own sub-techniques is among those shown."""
    return any(
        one == wanted or wanted.startswith(f"{one}.") or one.startswith(f"{wanted}.")
        for wanted in _TECHNIQUE.findall(technique)
        for one in shown
    )


def figures(
    truth: Mapping[str, Truth], found: Mapping[str, Judged], *, by_dataset: bool = False
) -> dict[tuple[str, str, str], Figures]:
    """Figures by (dataset, kind, variant); the dataset is "" where all are counted together."""
    counted: dict[tuple[str, str, str], Figures] = {}
    for alert_id, about in truth.items():
        key = (about.dataset if by_dataset else "", about.kind, about.variant)
        counted.setdefault(key, Figures()).add(about, found.get(alert_id))
    return counted
