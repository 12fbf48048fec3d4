"""The truth about a recording's alerts: what each is, and which rows belong to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

KINDS = ("attack", "benign")
VARIANTS = ("process", "ms", "file", "ip", "registry", "user", "device")


class TruthUnusable(ValueError):
    """The truth file cannot be read; the message names the alert and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One alert's truth. `rows` are the ReportIds of its process and of everything below it,
    `ancestor_rows` those of the processes above; no ReportId may stand for two rows of one device.
    With `verdict_only` the rows are not known, and only the verdict is scored."""

    kind: str
    variant: str
    rows: frozenset[str]
    ancestor_rows: frozenset[str] = frozenset()
    technique: str = ""
    dataset: str = ""
    command: str = ""
    verdict_only: bool = False


def read_truth(file: Path) -> dict[str, Truth]:
    """The truth by alert id. Raises TruthUnusable."""
    try:
        content = json.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError) as err:
        raise TruthUnusable(f"{file} cannot be read: {err}") from err
    if not isinstance(content, dict) or not content:
        raise TruthUnusable(f"{file}: not an object with the alerts' ids")
    return {alert_id: _truth(file, alert_id, raw) for alert_id, raw in content.items()}


def _truth(file: Path, alert_id: str, raw: object) -> Truth:
    if not isinstance(raw, Mapping) or not all(
        isinstance(raw.get(name), str) for name in ("kind", "variant")
    ):
        raise TruthUnusable(f"{file}, alert {alert_id}: it does not say its kind and its variant")
    lists = [raw.get(name, []) for name in ("rows", "ancestor_rows")]
    if not all(isinstance(one, list) for one in lists):
        raise TruthUnusable(f"{file}, alert {alert_id}: rows and ancestor_rows must be lists of ReportIds")
    rows, ancestors = (frozenset(str(report) for report in one) for one in lists)
    return Truth(
        kind=str(raw["kind"]),
        variant=str(raw["variant"]),
        rows=rows,
        ancestor_rows=ancestors,
        technique=str(raw.get("technique") or ""),
        dataset=str(raw.get("dataset") or ""),
        command=str(raw.get("cmd") or ""),
        verdict_only=bool(raw.get("verdict_only")),
    )


def in_order(names: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Kinds and variants in the order of the table; those that are not usual come last, by name."""
    return sorted(set(names), key=lambda name: (*_place(name[0], KINDS), *_place(name[1], VARIANTS)))


def _place(name: str, known: tuple[str, ...]) -> tuple[int, str]:
    return (known.index(name), "") if name in known else (len(known), name)
