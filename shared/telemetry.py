"""Log lines: one line of JSON a record, safe on a terminal, never with a token in it.

The platform drops Python's `extra=` (azure-functions-python-worker issues 788, 1327, 1681), so the fields are
in the message itself; queries read them with `parse_json(message)`.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from shared.core.values import without_secrets

_LOGGER: Final = logging.getLogger("alerts")
_LIBRARIES: Final = ("azure", "urllib3", "msal", "requests")
_MAX_TEXT: Final = 1_000
_MOST_HELD: Final = 300  # lines
_ABOUT: ContextVar[Mapping[str, object]] = ContextVar("about", default=MappingProxyType({}))
_HELD: "ContextVar[Held | None]" = ContextVar("held", default=None)


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


@dataclass
class Held:
    """Lines that were kept back, of which nobody may ever have to know."""

    lines: list[tuple[int, str, Mapping[str, object]]] = field(default_factory=list)

    def let_go(self) -> None:
        """Logs them."""
        for level, event, fields in self.lines:
            _LOGGER.log(level, "%s", line(event, fields))
        self.lines.clear()


@contextmanager
def about(**fields: object) -> Iterator[None]:
    """Every line that is logged within also says this, in threads of ours, too."""
    token = _ABOUT.set({**_ABOUT.get(), **fields})
    try:
        yield
    finally:
        _ABOUT.reset(token)


@contextmanager
def held() -> Iterator[Held]:
    """Keeps back what is logged within, in threads of ours, too: the first few hundred lines."""
    kept = Held()
    token = _HELD.set(kept)
    try:
        yield kept
    finally:
        _HELD.reset(token)


def _log(level: int, event: str, fields: Mapping[str, object]) -> None:
    said = {**_ABOUT.get(), **fields}
    kept = _HELD.get()
    if kept is not None and len(kept.lines) < _MOST_HELD:
        kept.lines.append((level, event, said))
    else:
        _LOGGER.log(level, "%s", line(event, said))


def info(event: str, **fields: object) -> None:
    """Logs what happened."""
    _log(logging.INFO, event, fields)


def warning(event: str, **fields: object) -> None:
    """Logs what an operator may want to know."""
    _log(logging.WARNING, event, fields)


def error(event: str, **fields: object) -> None:
    """Logs what an operator must look at."""
    _log(logging.ERROR, event, fields)
