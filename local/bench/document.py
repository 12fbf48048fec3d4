"""`docs/performance.md` and its plot, made from the figures of a kept run: `python -m local.bench.document`.

The figures lie in `docs/performance.json` (`python3 dev.py bench --json docs/performance.json`). A test makes
the page anew and fails where it differs, so no number in it can be older than the run.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jinja2

from local.bench import plot
from local.bench.floor import floors
from local.bench.show import minutes
from local.bench.targets import TARGETS, Figures
from local.bench.usual import DEFENDER_LIMITS, HUNTING_LIMITS
from local.stack import ROOT
from shared.settings import Settings

FIGURES = ROOT / "docs" / "performance.json"
PAGE = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "images" / "storm.svg"
_TEMPLATE = Path(__file__).parent / "performance_template.md"
_HUNTING, _PAGES = "POST /v1.0/security/runHuntingQuery", "GET /api/alerts"


def page(figures: Figures) -> str:
    """The page. Raises UndefinedError where the figures lack what it tells of."""
    environment = jinja2.Environment(  # noqa: S701 - Markdown from our own figures
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters["minutes"] = minutes
    environment.filters["thousands"] = lambda number: f"{number:,}"
    template = environment.from_string(_TEMPLATE.read_text("utf-8"))
    return template.render(**figures, targets=_targets(figures), floors=floors(figures), **_derived(figures))


def picture(figures: Figures) -> str:
    """The plot of the storm."""
    return plot.storm(figures["storm"], figures["usual"])


def main() -> None:
    """Writes both from the kept figures."""
    figures = json.loads(FIGURES.read_text("utf-8"))
    PAGE.write_text(page(figures), "utf-8")
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    PLOT.write_text(picture(figures), "utf-8")


def _targets(figures: Figures) -> list[dict[str, str]]:
    """Each number to reach, with what was measured and whether that is enough."""
    found = []
    for target in TARGETS:
        value = target.value(figures)
        if value is not None:
            unit = target.unit and " " + target.unit
            verdict = "yes" if target.is_met(value) else "**no**"
            found.append(
                {"what": target.what, "wanted": target.wanted, "value": f"{value:g}{unit}", "met": verdict}
            )
    return found


def _derived(figures: Figures) -> dict[str, Any]:
    """What the page works out of the figures."""
    storm, usual = figures["storm"], figures["usual"]
    a_minute = HUNTING_LIMITS[0][0]
    busiest, calls = max(
        ((api, count) for api, count in storm["calls"].items() if api not in (_HUNTING, _PAGES)),
        key=lambda one: one[1],
    )
    return {
        "hunts_allowed": a_minute,
        "hunts_ours": Settings().hunt_calls_per_minute,
        "defender_minute": DEFENDER_LIMITS[0][0],
        "defender_hour": DEFENDER_LIMITS[1][0],
        "times_fewer": round(usual["calls_total"] / storm["calls_total"]),
        "floor_s": round(60 * max(0, storm["hunts"] - a_minute) / a_minute),
        "busiest": busiest,
        "busiest_calls": calls,
        "hunt_mean_s": round(storm["hunt_seconds_total"] / storm["hunts"], 1),
        "hunt_batch": Settings().hunt_batch_size,
        "storms": sorted([*figures["growth"]["storms"], _as_growth(figures)], key=lambda one: one["alerts"]),
    }


def _as_growth(figures: Figures) -> dict[str, Any]:
    """The storm itself among those of other sizes; it names what the largest of them names."""
    largest = max(figures["growth"]["storms"], key=lambda one: one["alerts"])
    return {**figures["storm"], **{name: largest[name] for name in ("devices", "files", "addresses")}}


if __name__ == "__main__":
    main()
