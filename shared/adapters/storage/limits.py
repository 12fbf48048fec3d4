"""An entity as Table Storage takes it: typed, in JSON, within every limit.

The limits are enforced here, before the service is asked, since one entity over a limit would fail its whole
transaction, and Azurite does not know all of them:
https://learn.microsoft.com/en-us/rest/api/storageservices/understanding-the-table-service-data-model and
https://learn.microsoft.com/en-us/rest/api/storageservices/payload-format-for-table-service-operations
(read 2026-11).
"""

import base64
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

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


class OverLimit(SetAside):
    """An entity that Table Storage would refuse; names the row and the property, not the value."""


def as_json(entity: Mapping[str, object]) -> bytes:
    """The entity as a request's body. None is left out, lone surrogates become marks, times before 1601 (the
    first that the service knows) become 1601.

    Raises OverLimit.
    """
    where = f"{str(entity.get('PartitionKey'))[:100]!r} {str(entity.get('RowKey'))[:100]!r}"
    for name in _KEYS:
        _check_key(where, name, entity.get(name))
    made: dict[str, object] = {}
    stored = count = 0
    for name, value in entity.items():
        if value is None:
            continue
        if not _NAME.fullmatch(name):
            raise OverLimit(f"entity {where}: {name[:100]!r} cannot name a property")
        made[name], kind, size = _property(where, name, value)
        if kind:
            made[f"{name}@odata.type"] = kind
        stored += 8 + 2 * len(name) + size
        count += 1
    if count - len(_KEYS) > MOST_PROPERTIES:
        raise OverLimit(f"entity {where}: {count - len(_KEYS)} properties, {MOST_PROPERTIES} at the most")
    if stored > MOST_ENTITY:
        raise OverLimit(f"entity {where}: {stored} bytes, {MOST_ENTITY} at the most")
    return json.dumps(made, separators=(",", ":"), allow_nan=False).encode("ascii")


def _check_key(where: str, name: str, value: object) -> None:
    if not isinstance(value, str):
        raise OverLimit(f"entity {where}: {name} is missing or no text")
    if _units(value) > MOST_KEY:
        raise OverLimit(f"entity {where}: {name} is longer than {MOST_KEY} characters")
    if _FORBIDDEN_IN_KEYS.search(value):
        raise OverLimit(f"entity {where}: {name} holds a character that keys must not hold")


def _property(where: str, name: str, value: object) -> tuple[object, str, int]:
    """(value in JSON, its type where JSON does not tell it, bytes as stored)."""
    if isinstance(value, str):
        text = value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
        units = _units(text)
        if units > MOST_TEXT:
            raise OverLimit(f"entity {where}: {name} has {units} characters, {MOST_TEXT} at the most")
        return text, "", 4 + 2 * units
    if isinstance(value, bool):
        return value, "", 1
    if isinstance(value, int):
        if -(2**31) <= value < 2**31:
            return value, "", 4
        if not -(2**63) <= value < 2**63:
            raise OverLimit(f"entity {where}: {name} is a number beyond 64 bits")
        return str(value), "Edm.Int64", 8
    if isinstance(value, float):
        finite = math.isfinite(value)
        named = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        return value if finite else named, "Edm.Double", 8
    if isinstance(value, datetime):
        moment = max(value.astimezone(UTC), _FIRST_TIME)
        return f"{moment.isoformat(timespec='microseconds')[:26]}Z", "Edm.DateTime", 8
    if isinstance(value, bytes):
        if len(value) > MOST_BINARY:
            raise OverLimit(f"entity {where}: {name} has {len(value)} bytes, {MOST_BINARY} at the most")
        return base64.b64encode(value).decode("ascii"), "Edm.Binary", 4 + len(value)
    raise TypeError(f"entity {where}: no column type for {name}: {type(value).__name__}")


def _units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
