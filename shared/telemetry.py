"""Log lines: one line of JSON a record, safe on a terminal, never with a token in it.

The platform drops Python's `extra=` (azure-functions-python-worker issues 788, 1327, 1681), so the fields are
in the message itself; queries read them with `parse_json(message)`.
"""

import json
import logging
from collections.abc import Mapping
from typing import Final

from shared.core.values import without_secrets

_LOGGER: Final = logging.getLogger("alerts")
_LIBRARIES: Final = ("azure", "urllib3", "msal", "requests")
_MAX_TEXT: Final = 1_000


def redacted(text: str) -> str:
    """`text` cut to 1,000 characters, without anything that looks like a token, a key or a password."""
    return without_secrets(text[: 4 * _MAX_TEXT])[:_MAX_TEXT]


def line(event: str, fields: Mapping[str, object]) -> str:
    """The record as one line of ASCII JSON: control and other characters are escaped, so a name from an alert
    can neither break the line nor move a terminal's cursor."""
    record = {"event": event} | {name: _plain(value) for name, value in fields.items()}
    return json.dumps(record, ensure_ascii=True, default=str).replace("\x7f", "\\u007f")


def _plain(value: object) -> object:
    if isinstance(value, str):
        return redacted(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {redacted(str(name)): _plain(item) for name, item in list(value.items())[:50]}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in list(value)[:50]]
    return redacted(str(value))


def silence_libraries() -> None:
    """Leaves out what libraries say below a warning: each request with its headers, each token.

    host.json cannot do it: its filters know categories of the host, and no logger of Python's (seen in the
    host 4.1037 on 2026-11-30).
    """
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


def info(event: str, **fields: object) -> None:
    """Logs what happened."""
    _LOGGER.info("%s", line(event, fields))


def warning(event: str, **fields: object) -> None:
    """Logs what an operator may want to know."""
    _LOGGER.warning("%s", line(event, fields))


def error(event: str, **fields: object) -> None:
    """Logs what an operator must look at."""
    _LOGGER.error("%s", line(event, fields))
