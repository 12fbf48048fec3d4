"""What one publication tells of its alerts' incidents: the day each lies under, and which to build anew."""

from collections.abc import Iterable

from shared.core.progress import LedgerRow
from shared.core.values import Columns, StoredRow
from shared.pipeline.ports import Ports
from shared.pipeline.stored import incidents

type Key = tuple[str, str]  # day, row key


class Joining:
    """One publication's; made before its rows are written, since they name the day."""

    def __init__(self, ports: Ports, alerts: Iterable[tuple[Key, Columns]]) -> None:
        first: dict[str, str] = {}
        for (day, _), columns in alerts:
            if incident_id := str(columns["IncidentId"]):
                first[incident_id] = min(day, first.get(incident_id, day))
        self._ports = ports
        self._days = incidents.days(ports, first)
        self._joined: dict[Key, Columns] = {}

    def day(self, columns: Columns) -> str:
        """The PartitionKey of the incident that an alert's content names; "" where it names none."""
        return self._days.get(str(columns["IncidentId"]), "")

    def decided(
        self, row: LedgerRow, key: Key, stored: StoredRow | None, columns: Columns | None, *, was_hunted: bool
    ) -> None:
        """Remembers what the alert's row says, unless its incident surely shows that: the row stood so, by
        work that came to its end. Whatever else wrote it may have ended before the incident was marked."""
        was_ended = row.was_published and row.finding_digest == row.hunt_digest and was_hunted
        if columns is not None or row.attempts > 1 or not was_ended:
            self._joined[key] = {**(stored.columns if stored else {}), **(columns or {})}

    def mark(self) -> None:
        """Has these incidents built; call it once the rows are written."""
        incidents.joined(self._ports, self._joined)
