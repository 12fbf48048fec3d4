"""YAML as rules are written in it, read by libyaml where the package has it: many files in a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class BadText(ValueError):
    """The file is no YAML, or cannot be read; the message is one line."""


def documents(path: Path) -> list[Any]:
    """What the file holds, without empty documents. Raises BadText."""
    try:
        found = yaml.load_all(path.read_text("utf-8"), Loader=_LOADER)
        return [each for each in found if each is not None]
    except (OSError, yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as err:
        raise BadText(" ".join(str(err).split())) from err


def document(path: Path) -> Any:
    """The one document of the file; None where it is empty. Raises BadText."""
    found = documents(path)
    if len(found) > 1:
        raise BadText("one document is wanted")
    return found[0] if found else None
