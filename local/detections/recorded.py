"""Rows to try rules on: a folder of recorded data, an export, or a few rows in a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.detections.rulefile import columns
from local.detections.text import BadText, document
from shared.core.correlate import Cell


@dataclass(frozen=True, slots=True)
class Tried:
    """One row, and where it comes from: a file's line, an alert's event."""

    table: str
    action: str
    cells: Mapping[str, Cell]
    where: str
    alert: str = ""
    system: str | None = None


class NoRows(ValueError):
    """There is nothing to try rules on; the message says why."""


def of_folder(folder: Path) -> Iterator[Tried]:
    """Rows of `hunting/*.ndjson`, of the tables that a rule may judge. Raises NoRows."""
    known = columns()
    files = [file for file in sorted((folder / "hunting").glob("*.ndjson")) if file.stem in known]
    if not files:
        raise NoRows(f"{folder} has no hunting/*.ndjson of a table that rules judge")
    for file in files:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                yield tried(file.stem, _row(file, number, line), f"{file.name}:{number}")


def _row(file: Path, number: int, line: str) -> Mapping[str, Cell]:
    try:
        row = json.loads(line)
    except ValueError as err:
        raise NoRows(f"{file.name}, line {number}: no JSON: {err}") from err
    if not isinstance(row, dict):
        raise NoRows(f"{file.name}, line {number}: no row")
    return row


def tried(table: str, row: Mapping[str, Any], where: str, **more: Any) -> Tried:
    """A row as it is judged: cells that hold an object are JSON, as hunting gives them."""
    cells = {
        name: json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict | list) else cell
        for name, cell in row.items()
    }
    return Tried(table, str(row.get("ActionType") or ""), cells, where, **more)


def of_file(path: Path) -> list[Tried]:
    """Rows of a file of `{table, row}`, JSON or YAML, one or a list; or a rule's own rows. Raises NoRows."""
    try:
        given = document(path)
    except BadText as err:
        raise NoRows(f"{path} cannot be read: {err}") from err
    if isinstance(given, dict) and "table" not in given:
        given = [*(given.get("hits") or ()), *(given.get("passes") or ())]
    entries = given if isinstance(given, list) else [given]
    found = []
    for at, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict) or not isinstance(entry.get("row"), dict):
            raise NoRows(f"{path}, entry {at}: a mapping of table and row is wanted")
        if entry.get("table") not in columns():
            raise NoRows(f"{path}, entry {at}: rules judge no table {entry.get('table')}")
        found.append(tried(entry["table"], entry["row"], f"row {at}", system=entry.get("system")))
    if not found:
        raise NoRows(f"{path} holds no rows")
    return found
