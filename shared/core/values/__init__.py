"""Room 0, under all others: moments with seven digits, table keys, and the records that cross a port.

In: text and numbers. Out: `Instant`, keys that are safe for Table Storage, plain records. Knows no alert.
"""

from shared.core.values import table_keys
from shared.core.values.columns import list_of, number_of, objects_of, text_of, words_of
from shared.core.values.grouping import by_key
from shared.core.values.instant import TICKS_PER_SECOND, Instant
from shared.core.values.json_text import json_from_outside
from shared.core.values.portal import Portal
from shared.core.values.records import (
    AlertPage,
    CachedAnswer,
    Checkpoint,
    Column,
    Columns,
    DocumentKey,
    EventRow,
    OtherAlerts,
    RowWrite,
    StoredRow,
)
from shared.core.values.secrets import column_without_secrets, without_secrets
