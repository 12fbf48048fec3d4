"""The compiled file of a folder of rules: deterministic, so that a stale one is seen by comparing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.detections import keys
from local.detections.gate import patterns_of, too_slow
from local.detections.rulefile import Compiled, Refused, columns, compiled
from shared.core.detections.fields import FIELDS
from shared.core.detections.rules import FORMAT

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "detections"
COMMITTED = ROOT / "shared" / "core" / "detections" / "compiled.json"
ADDED = COMMITTED.with_name("added.json")
AGENTS = "known_agents.yml"
_OTHER = ("coverage",)  # folders that hold no rules
_EVERY_ROW = ("FolderPath", "InitiatingProcessFolderPath")  # tell a POSIX row
_BY_AGENT = {
    "actor": ("InitiatingProcessFolderPath", "InitiatingProcessFileName"),
    "image": ("FolderPath", "FileName"),
    "parent": ("InitiatingProcessParentFileName",),
    "command": ("ProcessCommandLine",),
    "actor_command": ("InitiatingProcessCommandLine",),
    "signer": ("InitiatingProcessSignerType", "InitiatingProcessSignatureStatus"),
}

Watch = Callable[[Iterable[Path]], Iterable[Path]]


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder of rules gave, in the order of its files."""

    rules: tuple[Compiled, ...]
    refused: tuple[Refused, ...]


def rule_files(folder: Path) -> Iterator[Path]:
    """The Sigma files of a folder, in order."""
    for path in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        other = inside.parts[0] in _OTHER or path.name == AGENTS or path.stem.endswith(".rows")
        if not hidden and not other:
            yield path


def folder_of(folder: Path, watch: Watch = lambda paths: paths) -> Folder:
    """Every rule of the folder; a second rule of the same id is refused."""
    known = columns()
    rules: dict[str, Compiled] = {}
    refused: list[Refused] = []
    for path in watch(list(rule_files(folder))):
        for each in compiled(path, path.relative_to(folder).parts[0], known):
            if isinstance(each, Refused):
                refused.append(each)
            elif each.id in rules:
                refused.append(Refused(path, each.title, f"its id is that of {rules[each.id].path.name}"))
            else:
                rules[each.id] = each
    return Folder(tuple(rules.values()), tuple(refused))


def gated(folder: Folder) -> Folder:
    """The folder without rules whose regular expressions are too slow: they are refused."""
    slow = too_slow(pattern for rule in folder.rules for pattern in patterns_of(rule.condition))
    kept: list[Compiled] = []
    refused = list(folder.refused)
    for rule in folder.rules:
        said = [
            f"{pattern[0]!r}: {slow[pattern]}" for pattern in patterns_of(rule.condition) if pattern in slow
        ]
        if said:
            refused.append(Refused(rule.path, rule.title, f"too slow a regular expression, {said[0]}"))
        else:
            kept.append(rule)
    return Folder(tuple(kept), tuple(refused))


def document(
    rules: Sequence[Compiled],
    agents: Sequence[Mapping[str, Any]] = (),
    sources: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """The compiled file."""
    kept = [rule.kept() for rule in rules]
    parts = {"format": FORMAT, "rules": kept, "agents": list(agents)}
    tables = sorted({table for rule in rules for table in rule.tables})
    by_table = [
        (table, [(at, rule.condition) for at, rule in enumerate(rules) if table in rule.tables])
        for table in tables
    ]
    return _text(
        {
            "format": FORMAT,
            "version": hashlib.sha256(_text(parts)).hexdigest()[:12],
            "sources": list(sources),
            "columns": {table: _columns(table, rules, agents) for table in tables},
            "agents": list(agents),
            "rules": kept,
            "index": keys.index_of(by_table),
        }
    )


def _text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _columns(table: str, rules: Sequence[Compiled], agents: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns that the table's rules and the known agents read."""
    named = {name for rule in rules if table in rule.tables for name in rule.fields}
    read = {column for name in named for column in _read(table, name)}
    asked = {
        column for agent in agents for part in agent if agent[part] for column in _BY_AGENT.get(part, ())
    }
    return sorted((read | asked | set(_EVERY_ROW)) & columns()[table])


def _read(table: str, name: str) -> tuple[str, ...]:
    source = FIELDS[table].get(name)
    return source.columns if source is not None else (name,)
