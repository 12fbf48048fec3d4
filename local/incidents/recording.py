"""A finished recording: what is written to a folder, whichever kind of recording it is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.incidents.alert_bodies import alert_id, defender_body
from local.incidents.case import Case
from local.incidents.entities import entity_bodies
from local.incidents.graph_bodies import graph_body
from local.incidents.recorder import Recorder
from local.incidents.state_tables import people
from local.incidents.truth import truth_of
from local.incidents.world import Cell, Device, File
from local.incidents.writers import count_reports, write_body, write_lines, write_tables, write_truth


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything known of one recording. `settings` is what made it, and heads the truth file.

    `bulk` makes further rows of a table, too many to hold at once; no alert's truth is among them.
    """

    devices: tuple[Device, ...]
    recorder: Recorder
    cases: list[Case]
    settings: Mapping[str, object]
    files: list[File] = field(default_factory=list)
    bulk: Mapping[str, Callable[[], Iterable[Mapping[str, Cell]]]] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Writes the folder; what it held of an older recording is replaced."""
        rows = self.recorder.rows
        count_reports(rows)
        write_body(folder, "alerts", defender_body(self.cases))
        write_body(folder, "graph_alerts", graph_body(self.cases))
        images = [process.image for process in self.recorder.processes]
        for name, body in entity_bodies(self.devices, rows, [*self.files, *images]).items():
            write_body(folder, name, body)
        write_tables(folder, rows)
        write_lines(
            folder / "hunting", "IdentityInfo", people(who for one in self.devices for who in one.users)
        )
        for table, make in self.bulk.items():
            write_lines(folder / "hunting", table, make())
        truth = {alert_id(case): truth_of(case, self.recorder) for case in self.cases}
        write_truth(folder, self.settings, truth)
