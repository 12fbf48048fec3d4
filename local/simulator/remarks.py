"""What was left out of a recording, and where: one line for each kind, however often it was met."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

MOST = 100  # lines; who records has seen enough by then


@dataclass(slots=True)
class Remarks:
    """Remarks on files, in the order in which each was first made."""

    _met: dict[tuple[Path, str], list[int]] = field(default_factory=dict)  # [line of the first, how often]

    def add(self, file: Path, line: int, what: str) -> None:
        """`what` was met in this line; it holds no value, or each value would be a kind of its own."""
        known = self._met.setdefault((file, what), [line, 0])
        known[1] += 1

    def lines(self) -> list[str]:
        """One line a kind: file, line, what, and how often if more than once; at most a hundred and one."""
        said = [
            f"{file}, line {line}: {what}" + (f" ({count} times)" if count > 1 else "")
            for (file, what), (line, count) in self._met.items()
        ]
        return said if len(said) <= MOST else [*said[:MOST], f"and {len(said) - MOST} more kinds of remarks"]
