"""Entities as the table service sends them: JSON with the types that JSON does not tell.

https://learn.microsoft.com/en-us/rest/api/storageservices/payload-format-for-table-service-operations
(read 2026-11).

The types are our own: the tables SDK's, whose shape they have, cost a tenth of a function's start.
"""

import base64
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, TypedDict
from urllib.parse import quote
from uuid import UUID

from shared.core.values import json_from_outside

_TYPE = "@odata.type"
_LEAST, _MOST = -(2**31), 2**31 - 1  # of a number that is read without a type


class Long(NamedTuple):
    """An int of 64 bits with its type, which a reader of 32 bits must know."""

    value: int
    edm_type: str = "Edm.Int64"


class Metadata(TypedDict):
    """What the service keeps of an entity; None for what it left out."""

    etag: str | None
    timestamp: datetime | None


class Entity(dict[str, Any]):
    """An entity that was read: its columns, and in `metadata` its etag and when it was written.

    A column is text, a bool, a float, an int of 32 bits, bytes, a UUID, an aware datetime cut to microseconds
    or, for an int of 64 bits, a `Long`.
    """

    def __init__(self, etag: str | None, written: datetime | None) -> None:
        super().__init__()
        self.metadata: Metadata = {"etag": etag, "timestamp": written}


def read_entity(content: bytes) -> Entity:
    """The entity in an answer's body. Raises ValueError where there is none."""
    return _entity(json_from_outside(content))


def read_page(content: bytes) -> list[Entity]:
    """The entities in an answer's body, in its order. Raises ValueError where it is no page of them."""
    page: Any = json_from_outside(content)
    rows = page.get("value") if isinstance(page, dict) else None
    if not isinstance(rows, list):
        raise ValueError("the answer is no page of entities")
    return [_entity(row) for row in rows]


def _entity(found: object) -> Entity:
    if not isinstance(found, dict):
        raise ValueError("the answer is no entity")
    moment = found.pop("Timestamp", None)
    try:
        written = _moment(moment) if isinstance(moment, str) else moment
        entity = Entity(found.get("odata.etag") or _etag(moment), written)
        kinds: dict[str, object] = {}
        for name, value in found.items():
            if "." not in name:  # a column's name holds none; the looks are cheap, for a page has thousands
                wide = type(value) is int and not _LEAST <= value <= _MOST
                entity[name] = Long(value) if wide else value
            elif name.endswith(_TYPE):
                kinds[name[: -len(_TYPE)]] = value
        for name, kind in kinds.items():
            convert = _CONVERT.get(kind)
            if convert and entity.get(name) is not None:
                entity[name] = convert(entity[name])
    except (TypeError, AttributeError, ValueError) as err:
        raise ValueError(f"a value is not of its type: {err}") from err
    return entity


def _etag(written: object) -> str | None:
    """The etag that belongs to a time of writing, for an answer that leaves it out."""
    return None if written is None else f"W/\"datetime'{quote(str(written))}'\""


def _moment(text: str) -> datetime:
    if text[-1:] != "Z":
        raise ValueError("a time without its zone")
    return datetime.fromisoformat(text)  # drops what is finer than microseconds


_CONVERT: dict[object, Callable[[Any], object]] = {
    "Edm.Binary": partial(base64.b64decode, validate=True),
    "Edm.DateTime": _moment,
    "Edm.Double": float,
    "Edm.Guid": UUID,
    "Edm.Int64": lambda text: Long(int(text)),
}
