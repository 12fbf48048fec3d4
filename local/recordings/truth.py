"""The truth about an alert: the rows of its process and of everything below it, by who caused them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from local.recordings.choosing import Chosen
from local.recordings.processes import Process
from local.recordings.rows import Row


@dataclass(slots=True)
class Caused:
    """Rows by the process they belong to, with their ReportIds, in time order."""

    rows: dict[Process, list[tuple[int, Row]]] = field(default_factory=dict)
    births: dict[Process, int] = field(default_factory=dict)

    def add(self, report: int, row: Row) -> None:
        """Remembers a written row."""
        if row.owner is None:
            return
        self.rows.setdefault(row.owner, []).append((report, row))
        if row.action == "ProcessCreated":
            self.births[row.owner] = report

    def of(self, processes: Iterable[Process]) -> list[tuple[int, Row]]:
        """The rows of these processes, in the order they were written."""
        found = [one for process in processes for one in self.rows.get(process, ())]
        return sorted(found, key=lambda one: one[0])


def truth_of(chosen: Chosen, variant: str, dataset: str, caused: Caused) -> Mapping[str, object]:
    """What the scorer is told of one alert. Only here a ProcessGuid is written down."""
    process = chosen.process
    tree, above = process.tree(), list(process.ancestors())
    return {
        "dataset": dataset,
        "kind": chosen.kind,
        "variant": variant,
        "technique": chosen.technique,
        "guid": process.guid,
        "by_pid": process.is_by_pid,
        "image": process.image,
        "cmd": process.command,
        "has_birth": process.birth is not None,
        "rows": [report for report, _ in caused.of(tree)],
        "ancestor_rows": sorted(caused.births[one] for one in above if one in caused.births),
        "tree": sorted(one.guid for one in tree),
        "ancestors": [one.guid for one in above],
    }
