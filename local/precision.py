"""How often what we called Confirmed, Likely or Unproven was true, by detector and by detection rule."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.core.values import Columns
from shared.core.verdicts.record import ANALYST, TOLD, Tally

FEWEST_FOR_SHARE = 10
# Every column that is read here, for who asks a table for them alone.
READ = ("DetectorId", "AlertName", "DetectionIds", "ValidationAtVerdict", "AlertVerdict", "ClassifiedBy")


@dataclass(frozen=True, slots=True)
class Line:
    """One detector or detection rule under one validation. `kind` is `detector` or `detection`; `title` is
    that of the newest alert of a detector, "" for a rule."""

    kind: str
    name: str
    title: str
    validation: str
    tally: Tally

    @property
    def share(self) -> str:
        """The true ones in percent; "" under ten, where a percentage says more than is known."""
        total = self.tally.total
        return f"{round(100 * self.tally.true / total)} %" if total >= FEWEST_FOR_SHARE else ""


def precision(rows: Iterable[Columns]) -> list[Line]:
    """A line for each detector and rule of the judged rows, those with the most verdicts first.

    Only what people have classified counts, under the validation that the row had when they did.
    """
    verdicts: dict[tuple[str, str, str], list[str]] = {}
    titles: dict[str, str] = {}
    for row in rows:
        validation, verdict = str(row.get("ValidationAtVerdict", "")), str(row.get("AlertVerdict", ""))
        if row.get("ClassifiedBy") != ANALYST or validation not in TOLD:
            continue
        detector = str(row.get("DetectorId", ""))
        titles[detector] = str(row.get("AlertName", ""))
        for kind, name in (("detector", detector), *(("detection", rule) for rule in _rules(row))):
            if name:
                verdicts.setdefault((kind, name, validation), []).append(verdict)
    lines = [
        Line(kind, name, titles.get(name, "") if kind == "detector" else "", validation, Tally.of(said))
        for (kind, name, validation), said in verdicts.items()
    ]
    return sorted(
        (line for line in lines if line.tally.total),
        key=lambda line: (line.kind != "detector", -line.tally.total, line.name, TOLD.index(line.validation)),
    )


def _rules(row: Columns) -> list[str]:
    listed = str(row.get("DetectionIds", "")).split(", ")
    return [rule for rule in dict.fromkeys(listed) if rule]
