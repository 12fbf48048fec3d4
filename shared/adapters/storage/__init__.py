"""Azure Table Storage: one file for each kind of row, over one client.

What every function needs is imported at once, the rest on demand.
"""

from typing import TYPE_CHECKING

from shared import on_demand
from shared.adapters.storage import cache, ledger, rows, state
from shared.adapters.storage.cache import CacheFront, TableEntityCache
from shared.adapters.storage.client import StorageTables, between_keys, in_partition
from shared.adapters.storage.documents import TableDocuments
from shared.adapters.storage.ledger import TableLedger
from shared.adapters.storage.rows import TableAlertRows, TableEventRows, TableIncidentRows
from shared.adapters.storage.state import TableCheckpoints, TableLeases
from shared.adapters.storage.tenants import TableTenants
from shared.adapters.storage.unreadable import KEPT
from shared.adapters.storage.wire import STORAGE_SCOPE

if TYPE_CHECKING:
    from shared.adapters.storage.aged_rows import Purged
    from shared.adapters.storage.memberships import TableMemberships
    from shared.adapters.storage.operator_rows import TableKnownBenign, TableWriteRules
    from shared.adapters.storage.retention import TableRetention
    from shared.adapters.storage.sightings import TableSightings
    from shared.adapters.storage.tenant_purge import TenantPurge
    from shared.adapters.storage.writes import TableWrites
else:
    __getattr__ = on_demand.names(__name__)
