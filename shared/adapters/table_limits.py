"""What Table Storage takes, enforced before it is asked: one entity over a limit would fail its transaction.

https://learn.microsoft.com/en-us/rest/api/storageservices/understanding-the-table-service-data-model and
https://learn.microsoft.com/azure/storage/tables/scalability-targets (read 2026-11). Azurite does not enforce
all of them.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from azure.data.tables import EdmType, EntityProperty

from shared.errors import SetAside

MOST_PROPERTIES = 252
MOST_TEXT = 32_768  # UTF-16 units of one string property
MOST_BINARY = 65_536
MOST_KEY = 512  # UTF-16 units
MOST_ENTITY = 2**20  # bytes as stored
_FORBIDDEN_IN_KEYS = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_FIRST_TIME = datetime(1601, 1, 1, tzinfo=UTC)
_KEYS = ("PartitionKey", "RowKey")

type Value = str | int | float | bool | datetime | bytes
type Entity = dict[str, object]


class OverLimit(SetAside):
    """An entity that Table Storage would refuse; names the table's key and the property, not its value."""


def prepared(entity: Mapping[str, object]) -> tuple[Entity, int]:
    """The entity as it can be sent, and about how many bytes it takes in a request.

    Lone surrogates become marks, long integers get their type, times before 1601 become 1601, None is left
    out. Raises OverLimit.
    """
    where = f"{str(entity.get('PartitionKey'))[:100]!r} {str(entity.get('RowKey'))[:100]!r}"
    for name in _KEYS:
        _check_key(where, name, entity.get(name))
    made: Entity = {}
    stored = sent = 0
    for name, value in entity.items():
        if value is None:
            continue
        made[name], kept, wire = _property(where, name, value)
        stored += kept
        sent += wire
    if len(made) - len(_KEYS) > MOST_PROPERTIES:
        raise OverLimit(f"entity {where}: {len(made) - len(_KEYS)} properties, {MOST_PROPERTIES} at the most")
    if stored > MOST_ENTITY:
        raise OverLimit(f"entity {where}: {stored} bytes, {MOST_ENTITY} at the most")
    return made, sent


def _check_key(where: str, name: str, value: object) -> None:
    if not isinstance(value, str):
        raise OverLimit(f"entity {where}: {name} is missing or no text")
    if _units(value) > MOST_KEY:
        raise OverLimit(f"entity {where}: {name} is longer than {MOST_KEY} characters")
    if _FORBIDDEN_IN_KEYS.search(value):
        raise OverLimit(f"entity {where}: {name} holds a character that keys must not hold")


def _property(where: str, name: str, value: object) -> tuple[object, int, int]:
    """(value to send, bytes as stored, bytes in the request)."""
    if not _NAME.fullmatch(name):
        raise OverLimit(f"entity {where}: {name[:100]!r} cannot name a property")
    around = 8 + 2 * len(name)
    if isinstance(value, str):
        text = value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
        units = _units(text)
        if units > MOST_TEXT:
            raise OverLimit(f"entity {where}: {name} has {units} characters, {MOST_TEXT} at the most")
        # In JSON a quote or backslash takes two bytes, any other than ASCII six.
        wire = (2 if text.isascii() else 6) * len(text)
        return text, around + 4 + 2 * units, around + 40 + wire
    if isinstance(value, bytes):
        if len(value) > MOST_BINARY:
            raise OverLimit(f"entity {where}: {name} has {len(value)} bytes, {MOST_BINARY} at the most")
        return value, around + 4 + len(value), around + 40 + len(value) * 4 // 3
    if isinstance(value, bool) or not isinstance(value, int):
        when = max(value, _FIRST_TIME) if isinstance(value, datetime) else value
        return when, around + 8, around + 70
    if -(2**31) <= value < 2**31:
        return value, around + 4, around + 12
    if not -(2**63) <= value < 2**63:
        raise OverLimit(f"entity {where}: {name} is a number beyond 64 bits")
    return EntityProperty(value, EdmType.INT64), around + 8, around + 60


def _units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
