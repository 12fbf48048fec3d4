"""What alerts had in common, remembered in the ledger's table `AlertWork`."""

from collections.abc import Iterable, Sequence
from itertools import islice

from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.unreadable import set_apart
from shared.core.conclude import MOST_SIGHTINGS, Sighting
from shared.core.values import Instant, table_keys

TABLE = "AlertWork"
FORMAT = 1


class TableSightings:
    """Sightings by trait, the newest alert first."""

    def __init__(self, tables: StorageTables, tenant: str) -> None:
        self._tables = tables
        self._tenant = tenant
        self._partition = table_keys.seen_partition(tenant)

    def find(self, traits: Iterable[str]) -> dict[str, list[Sighting]]:
        """The newest sightings of each trait, at most 100; traits that nobody showed are absent."""
        wanted = list(dict.fromkeys(traits))
        found = self._tables.side_by_side(self._of, wanted)
        return {trait: seen for trait, seen in zip(wanted, found, strict=True) if seen}

    def _of(self, trait: str) -> list[Sighting]:
        first, end = table_keys.seen_rows(trait)
        only = f"PartitionKey eq '{self._partition}' and RowKey ge '{first}' and RowKey lt '{end}'"
        rows = self._tables.query(TABLE, only, page=MOST_SIGHTINGS)
        found = (self._read(trait, row) for row in islice(rows, MOST_SIGHTINGS))
        return [seen for seen in found if seen is not None]

    def add(self, sightings: Sequence[Sighting]) -> None:
        """Inserts or replaces them."""
        self._tables.apply(TABLE, [Operation(Verb.PUT, self._entity(seen)) for seen in sightings])

    def _entity(self, seen: Sighting) -> dict[str, object]:
        return {
            "PartitionKey": self._partition,
            "RowKey": table_keys.seen_row(seen.trait, seen.created, seen.alert_id),
            "Format": FORMAT,
            "AlertId": seen.alert_id,
            "Created": seen.created.text(),
            "DvcId": seen.device_id,
            "Classification": seen.classification,
            **({"Validation": seen.validation} if seen.validation else {}),
        }

    def _read(self, trait: str, row: Entity) -> Sighting | None:
        """The sighting; None where it cannot be read: it is a hint, and the others do without it."""
        try:
            created = Instant.parse(str(row.get("Created")))
        except ValueError:
            set_apart(self._tables, self._tenant, TABLE, row, None, ["created"])
            return None
        texts = (str(row.get(name, "")) for name in ("AlertId", "DvcId", "Classification", "Validation"))
        alert_id, device_id, classification, validation = texts
        return Sighting(trait, alert_id, created, device_id, classification, validation)
