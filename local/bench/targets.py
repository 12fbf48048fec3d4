"""What is to be reached, and whether a run's figures do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

type Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """One number to reach: where it is found, how it is shown, and the most (or least) it may be."""

    part: str
    what: str
    read: Callable[[Figures], float | None]
    bound: float
    unit: str = ""
    at_least: bool = False
    needs: tuple[str, ...] = ()

    def value(self, figures: Figures) -> float | None:
        """The measured number; None where the run did not measure it to its end."""
        needed = (self.part, *self.needs)
        if any(part not in figures or figures[part].get("stopped") for part in needed):
            return None
        return self.read(figures)

    def is_met(self, value: float) -> bool:
        """Whether the number is good enough."""
        return value >= self.bound if self.at_least else value <= self.bound

    @property
    def wanted(self) -> str:
        """The bound in words."""
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}{self.unit and ' ' + self.unit}"


def _peak(figures: Figures) -> float | None:
    peaks = [peak for part in ("memory", "storm") for peak in figures[part]["peak_mb"].values()]
    return max(peaks, default=None)


def _beside(figures: Figures, name: str) -> float:
    against = figures["against"]
    return float(round(against["full"][name] / against["old"][name], 2))


def _imports_beside(imports: Figures) -> float:
    names = ("FetchAlerts", "EnrichAlert")
    return float(round(max(imports["now"][name] / imports["old"][name] for name in names), 2))


def _unsound(storm: Figures) -> float:
    return float(storm["lost"] + storm["doubled"] + storm["alerts"] - storm["final"])


TARGETS = (
    Target("storm", "calls in all, for the whole storm", lambda f: f["storm"]["calls_total"], 200),
    Target(
        "storm", "seconds from the fetch to the last final row", lambda f: f["storm"]["seconds"], 120, "s"
    ),
    Target(
        "storm",
        "rows lost, doubled, or not final",
        lambda f: _unsound(f["storm"]),
        0,
    ),
    Target("storm", "CPU of the functions an alert", lambda f: f["storm"]["cpu_ms_an_alert"], 25, "ms"),
    Target(
        "usual",
        "times fewer calls than the usual way",
        lambda f: round(f["usual"]["calls_total"] / f["storm"]["calls_total"], 1),
        30,
        at_least=True,
        needs=("storm",),
    ),
    Target(
        "steady",
        "an ordinary tenant's alert, listed to final, median",
        lambda f: f["steady"]["listed_to_final_s"].get("p50"),
        18,
        "s",
    ),
    Target(
        "steady",
        "an ordinary tenant's alert, listed to final, 95 in 100",
        lambda f: f["steady"]["listed_to_final_s"].get("p95"),
        25,
        "s",
    ),
    Target(
        "tenants",
        "the longest time that a healthy tenant of many was not fetched",
        lambda f: f["tenants"]["longest_gap_s"],
        70,
        "s",
    ),
    Target("tenants", "peak memory of FetchAlerts with many", lambda f: f["tenants"]["peak_mb"], 256, "MB"),
    Target(
        "tenants",
        "a storm in one tenant delays another's lone alert by",
        lambda f: f["tenants"]["storm_delays_s"],
        20,
        "s",
    ),
    Target(
        "lone",
        "a lone alert, warm, fetch to final, median",
        lambda f: f["lone"]["warm"]["fetch_to_final_s"].get("p50"),
        5,
        "s",
    ),
    Target(
        "lone",
        "a lone alert, from zero, fetch to final, median",
        lambda f: f["lone"]["zero"]["fetch_to_final_s"].get("p50"),
        11,
        "s",
    ),
    Target(
        "large",
        "storm of 10,000: seconds until every alert has a row",
        lambda f: f["large"]["first_rows_s"],
        180,
        "s",
    ),
    Target(
        "large", "storm of 10,000: seconds until all are final", lambda f: f["large"]["seconds"], 900, "s"
    ),
    Target("large", "storm of 10,000: calls in all", lambda f: f["large"]["calls_total"], 600),
    Target("large", "storm of 10,000: lost, doubled, or not final", lambda f: _unsound(f["large"]), 0),
    Target(
        "large",
        "storm of 10,000: peak memory of a function",
        lambda f: max(f["large"]["peak_mb"].values(), default=None),
        400,
        "MB",
    ),
    Target(
        "against", "CPU beside the old app, without detections", lambda f: f["against"]["ratio"]["bare"], 0.75
    ),
    Target(
        "against", "CPU beside the old app, with detections", lambda f: f["against"]["ratio"]["full"], 0.95
    ),
    Target("against", "seconds beside the old app", lambda f: _beside(f, "seconds"), 1),
    Target("against", "calls beside the old app", lambda f: _beside(f, "calls_total"), 1),
    Target(
        "against",
        "CPU of the core beside the old app, without detections",
        lambda f: round(f["against"]["core"]["now"] / f["against"]["core"]["old"], 2),
        1,
    ),
    Target(
        "against",
        "import of FetchAlerts and EnrichAlert beside the old app",
        lambda f: _imports_beside(f["against"]["imports"]),
        1,
    ),
    Target(
        "storm",
        "storage requests an alert, in the storm",
        lambda f: f["storm"]["storage"]["tables_an_alert"] if "storage" in f["storm"] else None,
        4,
    ),
    Target("core", "CPU of the core an alert", lambda f: f["core"]["ms_an_alert_total"], 5, "ms"),
    Target("memory", "peak memory of a function", _peak, 256, "MB", needs=("storm",)),
    Target(
        "cold",
        "import of the slowest function",
        lambda f: max(
            seconds for name, seconds in f["cold"]["seconds"].items() if name != "the four packages alone"
        ),
        0.5,
        "s",
    ),
)
