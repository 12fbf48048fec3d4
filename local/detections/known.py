"""The reviewed list of known agents, `detections/known_agents.yml`, as the compiled file holds it.

An entry names, in words of its own for whoever reviews it:

    agent: what it is                      why: why its work looks like an attack
    actor: full path of the program that acts (`*` stands for a part of one folder's name)
    image: full path of the program it starts, in rows of process creation
    parent: name or full path of what started the actor
    command, actor_command: the whole command line of the started program, of the actor, with `*`
    signer: words of InitiatingProcessSignerType; the signature must be valid then
    rules: rooms, rules by their file's name, or techniques, that it excuses
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.detections.compile import AGENTS
from local.detections.rulefile import Compiled
from local.detections.text import BadText, document
from shared.core.detections.agents import PARTS

_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
_KEYS = {"agent", "why", "signer", "rules", *PARTS}


class BadAgent(ValueError):
    """An entry that cannot be used; the message names it."""


def agents_of(folder: Path, rules: Sequence[Compiled]) -> list[dict[str, Any]]:
    """The entries; empty where the folder has no list. Raises BadAgent."""
    path = folder / AGENTS
    if not path.is_file():
        return []
    try:
        entries = document(path) or []
    except BadText as err:
        raise BadAgent(f"{AGENTS} is no YAML: {err}") from err
    if not isinstance(entries, list):
        raise BadAgent(f"{AGENTS} is to be a list")
    return [_entry(entry, at, rules) for at, entry in enumerate(entries, start=1)]


def _entry(entry: Any, at: int, rules: Sequence[Compiled]) -> dict[str, Any]:
    where = f"{AGENTS}, entry {at}"
    if not isinstance(entry, dict):
        raise BadAgent(f"{where} is no mapping")
    where += f" ({entry.get('agent')})"
    if odd := sorted(set(entry) - _KEYS):
        raise BadAgent(f"{where} has unknown keys: {', '.join(odd)}")
    if missing := sorted({"agent", "why", "rules"} - set(entry)):
        raise BadAgent(f"{where} lacks {', '.join(missing)}")
    named = [part for part in PARTS if part in entry]
    if not {"actor", "image"} & set(named) or len(named) + ("signer" in entry) < 2:
        raise BadAgent(f"{where} has to name a full path (actor or image) and one thing more")
    for part in named:
        _told(where, part, entry[part])
    signers = entry.get("signer", [])
    kept = {"agent": str(entry["agent"]), "why": " ".join(str(entry["why"]).split())}
    return {
        **kept,
        **{part: entry[part] for part in named},
        "signer": [signers] if isinstance(signers, str) else list(signers),
        "rules": sorted({each for name in entry["rules"] for each in _excused(where, str(name), rules)}),
    }


def _told(where: str, part: str, text: Any) -> None:
    """Raises BadAgent for a part that would be met by too much."""
    if not isinstance(text, str) or len(text.replace("*", "")) < 5:
        raise BadAgent(f"{where}: {part} is no text that names something")
    if part in ("actor", "image"):
        full = text.startswith("/") or text[1:3] == ":\\"
        if not full or "*" in text.replace("/", "\\").rsplit("\\", 1)[-1]:
            raise BadAgent(f"{where}: {part} has to be a full path whose file name has no *")


def _excused(where: str, name: str, rules: Sequence[Compiled]) -> Mapping[str, None]:
    """The room or technique, or the ids of the rules of that file name."""
    if _TECHNIQUE.fullmatch(name) or any(rule.room == name for rule in rules):
        return {name: None}
    found = {rule.id: None for rule in rules if rule.path.stem == name}
    if not found:
        raise BadAgent(f"{where}: there is no room, no rule and no technique {name}")
    return found
