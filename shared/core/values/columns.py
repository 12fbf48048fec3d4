"""What a stored row, or an entry of a JSON list, says under a name.

A row may be of an earlier version, or somebody may have written into it: what is no such thing counts as not
said, and no row can end its reader.
"""

from collections.abc import Mapping

from shared.core.values.json_text import json_from_outside


def text_of(row: Mapping[str, object], name: str) -> str:
    """The text; "" where there is none."""
    value = row.get(name)
    return value if isinstance(value, str) else ""


def number_of(row: Mapping[str, object], name: str) -> int:
    """The number; 0 where there is none."""
    value = row.get(name)
    return value if isinstance(value, int) else 0


def list_of(row: Mapping[str, object], name: str) -> list[object]:
    """The items of the list, which may be JSON in a text; none where there is no such list."""
    found = row.get(name)
    if isinstance(found, str):
        try:
            found = json_from_outside(found)
        except ValueError:
            return []
    return found if isinstance(found, list) else []


def words_of(row: Mapping[str, object], name: str) -> list[str]:
    """The texts of such a list."""
    return [each for each in list_of(row, name) if isinstance(each, str)]


def objects_of(row: Mapping[str, object], name: str) -> list[dict[str, object]]:
    """The objects of such a list, without the one that counts what was left out."""
    return [each for each in list_of(row, name) if isinstance(each, dict) and "left_out" not in each]
