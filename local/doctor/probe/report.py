"""What the probe found, held against the beliefs, as text without names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from local.doctor.probe.beliefs import BELIEFS, HEAVY
from local.doctor.probe.columns import COLUMNS

_MICROSOFTS = re.compile(r"[A-Z][A-Za-z0-9]{1,60}", re.ASCII)
_MOST_NAMED = 40


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise: what, how it was believed and by which source, and how it is."""

    about: str
    believed: str
    seen: str
    source: str

    def lines(self) -> list[str]:
        """Three lines of the report."""
        return [
            f"differs: {self.about}",
            f"  believed: {self.believed} ({self.source})",
            f"  here:     {self.seen}",
        ]


@dataclass(slots=True)
class Report:
    """Differences, what could not be seen, and what is only told. `ended` says why it ended early."""

    differences: list[Difference] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    agreed: int = 0
    calls: int = 0
    hunts: int = 0
    ended: str = ""
    _asked: set[str] = field(default_factory=set)

    def take_tables(self, found: Iterable[tuple[str, Mapping[str, str] | None, str]]) -> None:
        """Takes what hunting says of its tables."""
        source = "Microsoft's page of the table (read 2026-11)"
        for table, columns, refused in found:
            if columns is None and not refused:
                self.unseen.append(f"table {table}")
                continue
            if columns is None:
                self.differences.append(Difference(f"table {table}", "there", refused, source))
                continue
            wrong = [
                Difference(f"column {table}.{name}", kind, columns.get(name, "missing")[:40], source)
                for name, kind in COLUMNS[table].items()
                if columns.get(name) != kind
            ]
            self.differences += wrong
            self.agreed += len(COLUMNS[table]) - len(wrong)
            further = sorted(columns.keys() - COLUMNS[table].keys())
            named = [name for name in further if _MICROSOFTS.fullmatch(name)][:_MOST_NAMED]
            if further:
                self.told.append(
                    f"{table} has {len(further)} columns that are not asked for: {', '.join(named)}"
                )

    def take(self, found: Iterable[tuple[str, str | None]]) -> None:
        """Takes observations by the keys of beliefs."""
        by_key = {belief.key: belief for belief in BELIEFS}
        for key, seen in found:
            belief = by_key[key]
            self._asked.add(key)
            if seen is None:
                self.unseen.append(belief.about)
            elif not belief.believed:
                self.told.append(f"{belief.about}: {seen}")
            elif seen in belief.believed:
                self.agreed += 1
            else:
                believed = " or ".join(belief.believed)
                self.differences.append(Difference(belief.about, believed, seen, belief.source))

    def take_lateness(self, found: Iterable[tuple[str, str | None, str]]) -> None:
        """Takes how late telemetry comes; the figures are told."""
        for key, step, figure in found:
            self.take([(key, step)])
            self.told.append(f"telemetry, {key.removeprefix('late.')}: {figure}")

    def end(self, *, heavy: bool) -> None:
        """What was not come to counts as not seen; the heavy query only where it was wanted."""
        left = [belief for belief in BELIEFS if belief.key not in self._asked]
        self.unseen += [belief.about for belief in left if heavy or belief.key != HEAVY]

    def lines(self, what: str) -> list[str]:
        """The whole report; `what` says of which kind the tenant is."""
        lines = [
            f"Probe of {what}: {self.agreed} beliefs hold, {len(self.differences)} differ, "
            f"{len(self.unseen)} could not be seen; {self.calls} calls, {self.hunts} hunting calls"
        ]
        for difference in self.differences:
            lines += difference.lines()
        lines += [f"not seen: {about}" for about in self.unseen]
        lines += [f"told: {about}" for about in self.told]
        return [*lines, f"ended early: {self.ended}"] if self.ended else lines
