"""Room 0, under all others: moments with seven digits, table keys, and the records that cross a port.

In: text and numbers. Out: `Instant`, keys that are safe for Table Storage, plain records. Knows no alert.
"""

from shared.core.values.instant import TICKS_PER_SECOND, Instant
from shared.core.values.json_text import json_from_outside
from shared.core.values.keys import (
    alert_keys,
    cache_partition,
    cache_partitions,
    cache_row,
    checkpoint_key,
    document_partition,
    document_prefix,
    document_row,
    event_row,
    history_partition,
    lease_key,
    open_partition,
    place_partition,
    safe_id,
    seen_partition,
    seen_row,
    seen_rows,
    set_apart_key,
    set_apart_partition,
    tenant_key,
)
from shared.core.values.records import (
    AlertPage,
    CachedAnswer,
    Checkpoint,
    Column,
    DocumentKey,
    EventRow,
    OtherAlerts,
    RowWrite,
    StoredRow,
)
from shared.core.values.secrets import column_without_secrets, without_secrets

__all__ = [
    "TICKS_PER_SECOND",
    "AlertPage",
    "CachedAnswer",
    "Checkpoint",
    "Column",
    "DocumentKey",
    "EventRow",
    "Instant",
    "OtherAlerts",
    "RowWrite",
    "StoredRow",
    "alert_keys",
    "cache_partition",
    "cache_partitions",
    "cache_row",
    "checkpoint_key",
    "column_without_secrets",
    "document_partition",
    "document_prefix",
    "document_row",
    "event_row",
    "history_partition",
    "json_from_outside",
    "lease_key",
    "open_partition",
    "place_partition",
    "safe_id",
    "seen_partition",
    "seen_row",
    "seen_rows",
    "set_apart_key",
    "set_apart_partition",
    "tenant_key",
    "without_secrets",
]
