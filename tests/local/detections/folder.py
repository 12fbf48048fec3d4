"""A folder of rules for tests, as `detections/` is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

RULE = {
    "title": "Own name asked",
    "id": "11111111-1111-4111-8111-111111111111",
    "description": "Somebody asks who they are.",
    "level": "low",
    "tags": ["attack.discovery", "attack.t1033"],
    "logsource": {"category": "process_creation", "product": "windows"},
    "detection": {"a": {"Image|endswith": "\\whoami.exe"}, "condition": "a"},
}
HIT = {
    "FolderPath": "C:\\Windows\\System32\\whoami.exe",
    "FileName": "whoami.exe",
    "ProcessCommandLine": "whoami",
}
PASS = {"FolderPath": "C:\\Windows\\System32\\notepad.exe", "FileName": "notepad.exe"}


def entry(row: dict[str, Any], table: str = "DeviceProcessEvents") -> dict[str, Any]:
    return {"table": table, "row": row}


ROWS = {
    "hits": [entry(HIT), entry({"FolderPath": "C:\\a\\whoami.exe"})],
    "passes": [entry(PASS), entry({"FolderPath": "C:\\a\\xwhoami.exe"})],
}


def put(folder: Path, place: str, content: Any) -> Path:
    """Writes a file of the folder as YAML, text as it stands."""
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False), "utf-8"
    )
    return path


def make(folder: Path, place: str = "windows/discovery/own_name", **changed: Any) -> Path:
    """A rule with its rows."""
    put(folder, f"{place}.rows.yml", ROWS)
    return put(folder, f"{place}.yml", RULE | changed)
