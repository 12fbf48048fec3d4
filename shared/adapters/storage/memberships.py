"""In table `AlertWork`, one partition a tenant: days, alerts and marks of incidents."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from urllib.parse import unquote

from shared import telemetry
from shared.adapters.storage.client import StorageTables, between_keys
from shared.adapters.storage.conditional import delete_rows, write_rows
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.operations import Operation, Verb, as_entity
from shared.adapters.storage.row_shape import RowShape
from shared.core.incidents import Mark
from shared.core.values import table_keys

TABLE = "AlertWork"
SHAPE = RowShape(Mark, "incident_id=IncidentId is_marked=Marked built=Built tries=Tries tried=Tried")
_GETS_PER_PAGE = 6

type Key = tuple[str, str]  # day, row key


class TableMemberships:
    """One tenant's."""

    def __init__(self, tables: StorageTables, tenant: str) -> None:
        self._tables = tables
        self._partition = table_keys.incident_partition(tenant)

    def days(self, incident_ids: Iterable[str]) -> dict[str, str]:
        """The day by incident; unknown ones are absent."""
        keys = {table_keys.incident_day_row(each): each for each in incident_ids}
        rows = self._tables.get_many(TABLE, self._partition, keys, gets_per_page=_GETS_PER_PAGE)
        return {keys[key]: str(row["Day"]) for key, row in rows.items() if "Day" in row}

    def keep_days(self, days: Mapping[str, str]) -> list[str]:
        """Remembers the day of each incident that has none yet; gives back the ids of those."""
        operations = [
            Operation(Verb.CREATE, self._row(table_keys.incident_day_row(each), IncidentId=each, Day=day))
            for each, day in days.items()
        ]
        made = self._tables.apply(TABLE, operations)
        return [each for each, etag in zip(days, made, strict=True) if etag is not None]

    def add(self, alerts: Mapping[str, Collection[Key]]) -> None:
        """Remembers the alerts of each incident, and marks all of these incidents.

        One transaction for both, as far as one holds them; what a crash leaves is alerts without their mark.
        """
        operations = [
            Operation(Verb.PUT, self._row(table_keys.incident_alert_row(each, *key)))
            for each, keys in alerts.items()
            for key in sorted(keys)
        ]
        operations += [
            Operation(Verb.BLEND, self._row(table_keys.incident_mark_row(each), IncidentId=each, Marked=True))
            for each in alerts
        ]
        self._tables.apply(TABLE, operations)

    def alerts(self, incident_ids: Iterable[str]) -> dict[str, list[Key]]:
        """The alerts of each incident that were ever added, oldest day first."""
        ids = list(incident_ids)
        return dict(zip(ids, self._tables.side_by_side(self._alerts_of, ids), strict=True))

    def _alerts_of(self, incident_id: str) -> list[Key]:
        only = between_keys(self._partition, *table_keys.incident_alert_rows(incident_id))
        rows = self._tables.query(TABLE, only, select=("RowKey",))
        # A further tenant's alert has a key with a `|` in it.
        parts = (str(row["RowKey"]).split("|", 3) for row in rows)
        return [(day, key) for _, _, day, key in parts]

    def marks(self) -> list[Mark]:
        """Every mark; one that cannot be read counts as made just now."""
        only = between_keys(self._partition, *table_keys.incident_mark_rows())
        return [_mark(row) for row in self._tables.query(TABLE, only)]

    def write_marks(self, marks: Sequence[Mark]) -> list[Mark]:
        """Replaces those whose etag still holds; gives them back with new etags, without those that lost."""
        return write_rows(self._tables, TABLE, SHAPE, self._keyed(marks))

    def remove_marks(self, marks: Sequence[Mark]) -> None:
        """Deletes those whose etag still holds."""
        delete_rows(self._tables, TABLE, self._keyed(marks))

    def _keyed(self, marks: Sequence[Mark]) -> list[tuple[tuple[str, str], Mark]]:
        return [((self._partition, table_keys.incident_mark_row(mark.incident_id)), mark) for mark in marks]

    def _row(self, row_key: str, **columns: object) -> dict[str, object]:
        return as_entity(self._partition, row_key, columns)


def _mark(row: Entity) -> Mark:
    mark, lost = SHAPE.read(row, str(row.metadata["etag"]))
    if not lost:
        return mark
    key = str(row["RowKey"])
    telemetry.error("mark cannot be read", row=key, fields=sorted(lost))
    known = mark.incident_id if "incident_id" not in lost else unquote(key.partition("|")[2])
    return Mark(known, is_marked=True, etag=mark.etag)
