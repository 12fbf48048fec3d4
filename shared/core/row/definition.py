"""Every column of the published tables, once: the writer, the documents and the tests are made from here."""

from collections.abc import Mapping
from types import MappingProxyType

from shared.core.row.column import Definition, Role
from shared.core.row.columns_alert import ALERT
from shared.core.row.columns_entities import DEVICE, EVIDENCE, USER
from shared.core.row.columns_event import EVENT
from shared.core.row.columns_judged import JUDGED
from shared.core.row.columns_result import CORRELATION, LIFECYCLE, QUALITY
from shared.core.row.columns_search import SEARCH

GROUPS: tuple[tuple[str, tuple[Definition, ...]], ...] = (
    ("The alert", ALERT),
    ("The device", DEVICE),
    ("The user", USER),
    ("The evidence", EVIDENCE),
    ("To find it by", SEARCH),
    ("What the telemetry says", CORRELATION),
    ("The row itself", QUALITY + LIFECYCLE),
    ("What people know and said", JUDGED),
)
COLUMNS: tuple[Definition, ...] = tuple(column for _, group in GROUPS for column in group)
BY_NAME: Mapping[str, Definition] = MappingProxyType({column.name: column for column in COLUMNS})
CONTENT: tuple[Definition, ...] = tuple(c for c in COLUMNS if c.role is not Role.LIFECYCLE)
CORRELATION_NAMES = frozenset(c.name for c in COLUMNS if c.role is Role.CORRELATION)
# By the column that says where they come from: what the tied process may fill, as an earlier hunt found it.
BY_TELEMETRY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "DeviceFrom": ("DvcId",),
        "UserFrom": ("Username", "UserUpn", "UserSid", "UserObjectId"),
        "ProcessFrom": (
            *("ProcessName", "ProcessId", "ProcessCreationTime", "ProcessCommandLine"),
            *("ParentProcessName", "ParentProcessId"),
        ),
        "FileFrom": ("FileName", "FilePath", "FileSHA1", "FileSHA256", "FileMD5"),
    }
)
LIFECYCLE_NAMES = tuple(c.name for c in COLUMNS if c.role is Role.LIFECYCLE)

EVENT_COLUMNS: tuple[Definition, ...] = EVENT
EVENT_BY_NAME: Mapping[str, Definition] = MappingProxyType({column.name: column for column in EVENT})

# What may differ between an undisturbed run and one that was killed and run again: when it was written, and,
# only where the delay itself was longer than NOTIFY_AFTER (the alert is then told before its first hunt has
# ended, and told better afterwards), how often.
VOLATILE = tuple("FirstPublished LastPublished Revision ChangedFields SeenBefore DetectorRecord".split())
