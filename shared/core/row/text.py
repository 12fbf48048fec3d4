"""Values made fit for a column: cleaned, cut with a mark, joined, or written as JSON that stays JSON.

The one place where text of an alert is made safe for the published tables.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from shared.core.alert import CUT_MARK, clean_text
from shared.core.row.column import FIRST_TIME, LAST_TIME, Definition, Kind
from shared.core.values import Column, Instant

MAX_INT32 = 2**31 - 1
LEFT_OUT = "left_out"  # the one field of a list's last item, which says how many more there were
_NOTHING: tuple[object, ...] = (None, "", [])
_ENCODER = json.JSONEncoder(ensure_ascii=True, check_circular=False, separators=(",", ":"))
_ESCAPED_MARK = json.dumps(CUT_MARK)[1:-1]


def units(text: str) -> int:
    """The text's length in UTF-16 units, as Table Storage counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """The text, cut to `limit` UTF-16 units with a mark at its end; never half a surrogate pair."""
    if len(text) * 2 <= limit or units(text) <= limit:
        return text
    room = max(limit - len(CUT_MARK), 0)
    head = text[:room].encode("utf-16-le", "surrogatepass")[: 2 * room].decode("utf-16-le", "surrogatepass")
    if "\ud800" <= head[-1:] <= "\udbff":
        head = head[:-1]
    return (head + CUT_MARK)[:limit]


def dumps(value: object) -> str:
    """Compact JSON in ASCII: one unit a character, and nothing in it can hide or turn the text around."""
    return _ENCODER.encode(value)


def joined(items: Iterable[str]) -> str:
    """The items with commas between, each once; a comma inside an item becomes a semicolon."""
    return ", ".join(dict.fromkeys(item.replace(",", ";") for item in items if item))


def json_list(items: Sequence[object], limit: int) -> tuple[str, bool]:
    """(a JSON list within `limit` characters, whether items are left out: a last item then says how many).

    Where the last item already says how many were left out before, both numbers are added.
    """
    whole = dumps(items)
    if len(whole) <= limit:
        return whole, _apart(items)[1] > 0
    kept: list[str] = []
    room = limit - 40
    items, before = _apart(items)
    for item in items:
        part = dumps(item)
        if len(part) + 1 > room:
            continue
        room -= len(part) + 1
        kept.append(part)
    kept.append(dumps({LEFT_OUT: before + len(items) - len(kept)}))
    return f"[{','.join(kept)}]", True


def _apart(items: Sequence[object]) -> tuple[Sequence[object], int]:
    """(the items themselves, how many a last one says are left out)."""
    match items:
        case [*listed, {"left_out": int(before), **more}] if not more:
            return listed, before
    return items, 0


def first_of(items: Sequence[object], most: int) -> list[object]:
    """The first `most` items, with a last one that says how many more there were, if any."""
    return [*items[:most], {LEFT_OUT: len(items) - most}] if len(items) > most else list(items)


def without_empty(**fields: object) -> dict[str, object]:
    """The fields that have a value; False and 0 are values."""
    return {name: value for name, value in fields.items() if value or value not in _NOTHING}


def filled(
    columns: Sequence[Definition], values: Mapping[str, object], cut_names: Sequence[str] = ()
) -> dict[str, Column]:
    """The columns in their order, each with its value as it fits; ValuesTruncated names those that were cut,
    after `cut_names`.

    Raises KeyError for a column without a value and TypeError for a value without a column: the builder is
    wrong then, not the alert.
    """
    if len(values) != len(columns) and (strange := values.keys() - {column.name for column in columns}):
        raise TypeError(f"no such column: {', '.join(sorted(strange))}")
    made: dict[str, Column] = {}
    cut_now = list(cut_names)
    for column in columns:
        name = column.name
        value = values[name]
        # Most values are short and plain texts, or none.
        if type(value) is str:
            if len(value) <= column.at_once and (not value or (value.isascii() and "\x00" not in value)):
                made[name] = value
                continue
        elif value is None and column.at_once >= 0:
            made[name] = ""
            continue
        made[name], was_cut = fitted(column, value)
        if was_cut:
            cut_now.append(name)
    made["ValuesTruncated"] = joined(cut_now)
    return made


def fitted(column: Definition, value: object) -> tuple[Column, bool]:
    """(the value as the column holds it, whether it had to be cut). None becomes the column's empty value.

    Raises TypeError for a value of another type: the builder is wrong then, not the alert.
    """
    if value is None:
        return column.empty, False
    match column.kind:
        case Kind.STRING if column.is_json and isinstance(value, list):
            listed, left_out = json_list(value, column.limit)
            return listed, left_out or _ESCAPED_MARK in listed
        case Kind.STRING if column.is_json and isinstance(value, str):
            return (value, False) if len(value) <= column.limit else (column.empty, True)
        case Kind.STRING if isinstance(value, str):
            safe = clean_text(str(value))
            short = cut(safe, column.limit)
            return short, short is not safe
        case Kind.BOOLEAN if isinstance(value, bool):
            return value, False
        case Kind.INT32 if isinstance(value, int):
            return max(-MAX_INT32, min(value, MAX_INT32)), False
        case Kind.DATETIME if isinstance(value, Instant):
            return _storable(value.to_datetime()), False
        case Kind.DATETIME if isinstance(value, datetime):
            return _storable(value.astimezone(UTC)), False
    raise TypeError(f"{column.name}: {type(value).__name__}")


def _storable(moment: datetime) -> datetime:
    return max(FIRST_TIME, min(moment, LAST_TIME))
