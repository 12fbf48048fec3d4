"""Settings of one tenant alone, as its row keeps them: a JSON object of names and texts."""

import json
from collections.abc import Mapping

from shared.errors import ConfigError

_MOST_TEXT, _MOST = 8_000, 50


def overrides_of(text: str) -> dict[str, str]:
    """The settings by name. Raises ConfigError where the text is anything but such an object."""
    if not text:
        return {}
    try:
        read = json.loads(text) if len(text) <= _MOST_TEXT else None
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict) or len(read) > _MOST:
        raise ConfigError("the overrides of the tenant are not an object of settings")
    if not all(isinstance(value, str) for value in read.values()):
        raise ConfigError("the overrides of the tenant are not all texts")
    return read


def overrides_text(settings: Mapping[str, str]) -> str:
    """The text for the row; "" for none."""
    return json.dumps(dict(sorted(settings.items())), separators=(",", ":")) if settings else ""
