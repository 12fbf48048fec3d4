"""Texts of one JSON object as the model wants them: without blanks, placeholders and mixed spellings.

What cannot be used is named and stays among what was not read. Commands and descriptions are read by
`Reader.text`, which changes nothing.
"""

import json
import math

from shared.core.alert.cleaning import BLANKS, LONGEST_NOTHING, NO_NAME, NOTHING, address_in, trimmed
from shared.core.alert.reading import MAX_TEXT, Reader, clean_text

_INT64 = 2**63


def line(reader: Reader, name: str) -> str | None:
    """A text without blanks at its ends; None for one that stands for nothing (`-`, `null`)."""
    return _unless(reader, name, NOTHING)


def named(reader: Reader, name: str) -> str | None:
    """What a person, device or thing is called; `unknown` is no name."""
    return _unless(reader, name, NO_NAME)


def address(reader: Reader, name: str) -> str | None:
    """An IP address alone; where port, zone or brackets came with it, the whole stays, too."""
    value = reader.take(name)
    if value is None:
        return None
    text = trimmed(value) if isinstance(value, str) else ""
    found = address_in(text)
    if found is None and (text or not isinstance(value, str)):
        reader.note(name)
    if text.lower() != found:
        reader.keep(name, value)
    return found


def scalar(reader: Reader, name: str) -> str | None:
    """A text as it is, or a number or flag as JSON writes it: for what may be either by its nature."""
    value = reader.take(name)
    if isinstance(value, float) and math.isfinite(value):
        return json.dumps(value)
    if isinstance(value, int) and abs(value) < _INT64:
        return json.dumps(value)
    reader.keep(name, value)
    return reader.text(name)


def _unless(reader: Reader, name: str, placeholders: frozenset[str]) -> str | None:
    value = reader.take(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) <= MAX_TEXT:
        is_plain = value.isascii() and "\x00" not in value
        text = (value if is_plain else clean_text(value)).strip(BLANKS)
    else:
        reader.keep(name, value)
        text = trimmed(reader.identifier(name) or "")
    if len(text) > LONGEST_NOTHING or text.lower() not in placeholders:
        return text or None
    reader.keep(name, value)
    reader.note(name)
    return None
