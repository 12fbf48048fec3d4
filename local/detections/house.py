"""What our own rules have to be beyond valid Sigma, so that a reader and the verdict can rely on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.detections.rulefile import POSIX, Compiled
from local.detections.text import BadText, document

ROOMS = (
    "collection", "command_and_control", "credential_access", "defense_evasion", "discovery", "execution",
    "exfiltration", "impact", "initial_access", "lateral_movement", "persistence", "privilege_escalation",
    "proxy_execution",
)  # fmt: skip
_LEVELS = ("low", "medium", "high", "critical")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_MOST_TITLE = 80


def problems(folder: Path, rule: Compiled) -> Iterator[str]:
    """What is wrong with a rule of `detections/`."""
    written = rule.document
    inside = rule.path.relative_to(folder).parts
    if len(inside) != 3 or inside[0] not in ("windows", "linux", "macos", POSIX) or inside[1] not in ROOMS:
        yield "it has to stand in <windows, linux, macos or posix>/<room>/"
    elif rule.product not in ("", inside[0]):
        yield f"it stands under {inside[0]}, and its product is {rule.product}"
    if not _ID.fullmatch(str(written.get("id", ""))):
        yield "its id is no UUID of version 4"
    if not written.get("description"):
        yield "it has no description"
    if written.get("level") not in _LEVELS:
        yield f"its level is none of {', '.join(_LEVELS)}"
    if len(rule.title) > _MOST_TITLE:
        yield f"its title is longer than {_MOST_TITLE} characters"
    if not rule.techniques:
        yield "its tags name no technique"


def rows_of(path: Path) -> tuple[dict[str, Any], str]:
    """(the rows beside a rule, "") or ({}, why there are none)."""
    beside = path.with_name(path.stem + ".rows.yml")
    if not beside.is_file():
        return {}, f"{beside.name} is missing"
    try:
        given = document(beside)
    except BadText as err:
        return {}, f"{beside.name} is no YAML: {err}"
    if not isinstance(given, dict) or set(given) != {"hits", "passes"}:
        return {}, f"{beside.name} has to hold hits and passes"
    return given, ""


def strays(folder: Path) -> Iterator[str]:
    """Row files without a rule."""
    for path in sorted(folder.rglob("*.rows.yml")):
        rule = path.with_name(path.name.removesuffix(".rows.yml") + ".yml")
        if not rule.is_file():
            yield f"{path.relative_to(folder)}: there is no rule {rule.name}"
