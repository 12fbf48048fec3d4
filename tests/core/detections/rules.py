"""Rules for tests, written as Sigma and compiled as the app has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from local.detections.compile import document
from local.detections.rulefile import Compiled, Refused, columns, compiled_document
from shared.core.detections import Detections, load
from shared.core.detections.judging import Judged

WINDOWS = {"category": "process_creation", "product": "windows"}


def rule(
    detection: str | dict[str, Any], logsource: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """A Sigma rule; a detection in YAML needs no condition where its one selection is called `a`."""
    parsed: dict[str, Any] = yaml.safe_load(detection) if isinstance(detection, str) else dict(detection)
    parsed.setdefault("condition", "a")
    number = more.pop("number", 1)
    return {
        "title": f"Rule {number}",
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "level": "high",
        "tags": ["attack.execution", "attack.t1059"],
        "logsource": logsource or WINDOWS,
        "detection": parsed,
        **more,
    }


def compiled_rules(*rules: dict[str, Any], platform: str = "windows") -> list[Compiled]:
    """The rules compiled; fails where one is refused."""
    found = []
    for at, each in enumerate(rules):
        path = Path(platform) / "execution" / f"rule_{at}.yml"
        made = compiled_document(path, platform, each, columns())
        assert not isinstance(made, Refused), made.reason
        found.append(made)
    return found


def refusal(rule: dict[str, Any]) -> str:
    """Why the rule is refused; fails where it is not."""
    made = compiled_document(Path("windows/execution/rule.yml"), "windows", rule, columns())
    assert isinstance(made, Refused), "it is not refused"
    return made.reason


def detections(
    *rules: dict[str, Any], agents: list[dict[str, Any]] | None = None, platform: str = "windows"
) -> Detections:
    """The rules as the app judges by them."""
    return load(document(compiled_rules(*rules, platform=platform), agents or []))


def judged(found: Detections, row: dict[str, Any], table: str = "DeviceProcessEvents", **how: Any) -> Judged:
    """One row judged."""
    return found.judge([(table, str(row.get("ActionType", "")), row)], **how)


def hits(detection: str | dict[str, Any], row: dict[str, Any], table: str = "DeviceProcessEvents",
         logsource: dict[str, str] | None = None) -> bool:  # fmt: skip
    """Whether a rule of this detection hits the row."""
    return bool(judged(detections(rule(detection, logsource)), row, table).hits)


def process(command: str = "", path: str = "C:\\Windows\\System32\\cmd.exe", **more: Any) -> dict[str, Any]:
    """A row of process creation."""
    separator = "/" if path.startswith("/") else "\\"
    return {
        "FolderPath": path,
        "FileName": path.rsplit(separator, 1)[-1],
        "ProcessCommandLine": command,
        **more,
    }
