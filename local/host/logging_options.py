"""`logging` of host.json: which records are kept, by category and level.

A filter names a category of the host or the beginning of one, and the longest that fits decides. A logger of
Python's has no category of its own there: `"azure": "Warning"` touches none (seen in the host 4.1037 on
2026-11-30).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_LEVELS = ("Trace", "Debug", "Information", "Warning", "Error", "Critical", "None")


@dataclass(frozen=True, slots=True)
class LoggingOptions:
    """What the app's host.json says about logs."""

    levels: Mapping[str, str] = field(default_factory=dict)  # "default" for all that no other name fits
    dependencies: bool = True  # a record in Application Insights for each message sent

    def keeps(self, category: str, level: str) -> bool:
        """Whether a record gets through."""
        fitting = [name for name in self.levels if category == name or category.startswith(f"{name}.")]
        least = self.levels.get(max(fitting, key=len, default="default"), "Information")
        return _rank(level) >= _rank(least)


def read_logging(host: Mapping[str, Any]) -> LoggingOptions:
    """The options of a host.json, with the platform's defaults."""
    section = host.get("logging", {})
    levels = {str(name): str(level) for name, level in section.get("logLevel", {}).items()}
    tracked = section.get("applicationInsights", {}).get("enableDependencyTracking", True)
    return LoggingOptions(levels, tracked is not False)


def _rank(level: str) -> int:
    names = [name.lower() for name in _LEVELS]
    return names.index(level.lower()) if level.lower() in names else names.index("information")
