"""A world whose tables are real."""

from dataclasses import dataclass, replace

from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.documents import TableDocuments
from shared.adapters.storage.ledger import TableLedger
from shared.adapters.storage.memberships import TableMemberships
from shared.adapters.storage.rows import TableAlertRows, TableEventRows, TableIncidentRows
from shared.adapters.storage.sightings import TableSightings
from shared.adapters.storage.state import TableCheckpoints, TableLeases
from shared.pipeline.ports import Ports
from tests.pipeline.world import World


@dataclass(kw_only=True)
class Kept(World):
    """Alerts, look-ups, hunts and time as a `World` has them."""

    tables: StorageTables

    def ports(self) -> Ports:
        tables = self.tables
        return replace(
            super().ports(),
            ledger=TableLedger(tables, "home"),
            documents=TableDocuments(tables, "home"),
            checkpoints=TableCheckpoints(tables, "home"),
            leases=TableLeases(tables, "home"),
            alert_rows=TableAlertRows(tables),
            event_rows=TableEventRows(tables),
            incident_rows=TableIncidentRows(tables),
            memberships=TableMemberships(tables, "home"),
            sightings=TableSightings(tables, "home"),
        )
