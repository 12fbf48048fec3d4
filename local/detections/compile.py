"""The compiled file of a folder of rules: deterministic, so that a stale one is seen by comparing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.detections import keys
from local.detections.rulefile import Compiled, Refused, columns, compiled
from shared.core.detections.fields import FIELDS
from shared.core.detections.rules import FORMAT

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "detections"
COMMITTED = ROOT / "shared" / "core" / "detections" / "compiled.json"
ADDED = COMMITTED.with_name("added.json")
AGENTS = "known_agents.yml"
_ROOMLESS = ("coverage",)
# What tells a POSIX row, and what the list of known agents asks.
_EVERY_ROW = (
    "FolderPath", "FileName", "ProcessCommandLine", "InitiatingProcessFolderPath",
    "InitiatingProcessFileName",
    "InitiatingProcessCommandLine", "InitiatingProcessParentFileName", "InitiatingProcessSignerType",
    "InitiatingProcessSignatureStatus",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder of rules gave."""

    rules: tuple[Compiled, ...]
    refused: tuple[Refused, ...]


def rule_files(folder: Path) -> Iterator[Path]:
    """The Sigma files of a folder, in order."""
    for path in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        other = inside.parts[0] in _ROOMLESS or path.name == AGENTS or path.stem.endswith(".rows")
        if not hidden and not other:
            yield path


def folder_of(folder: Path) -> Folder:
    """Every rule of the folder."""
    known = columns()
    rules: list[Compiled] = []
    refused: list[Refused] = []
    for path in rule_files(folder):
        for each in compiled(path, path.parent.name, known):
            if isinstance(each, Compiled):
                rules.append(each)
            else:
                refused.append(each)
    return Folder(tuple(rules), tuple(refused))


def agents_of(folder: Path) -> list[dict[str, Any]]:
    """The reviewed list of known agents; empty where the folder has none."""
    path = folder / AGENTS
    return list(yaml.safe_load(path.read_text("utf-8")) or ()) if path.is_file() else []


def document(
    rules: Sequence[Compiled], agents: Sequence[Mapping[str, Any]], sources: Sequence[Mapping[str, Any]]
) -> bytes:
    """The compiled file."""
    kept = [rule.kept() for rule in rules]
    parts = {"format": FORMAT, "rules": kept, "agents": list(agents)}
    version = hashlib.sha256(_text(parts)).hexdigest()[:12]
    tables = sorted({table for rule in rules for table in rule.tables})
    by_table = [
        (table, [(at, rule.condition) for at, rule in enumerate(rules) if table in rule.tables])
        for table in tables
    ]
    return _text(
        {
            "format": FORMAT,
            "version": version,
            "sources": list(sources),
            "columns": {table: _columns(table, rules) for table in tables},
            "agents": list(agents),
            "rules": kept,
            "index": keys.index_of(by_table),
        }
    )


def _text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _columns(table: str, rules: Sequence[Compiled]) -> list[str]:
    known = columns()[table]
    named = {name for rule in rules if table in rule.tables for name in rule.fields}
    read = {column for name in named for column in _read(table, name)}
    return sorted((read | set(_EVERY_ROW)) & known)


def _read(table: str, name: str) -> tuple[str, ...]:
    source = FIELDS[table].get(name)
    return source.columns if source is not None else (name,)
