"""Writes recorded data as a folder: hunting tables as they come, alerts and truth at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from local.recordings.columns import Cell
from local.simulator import ticks

TIMES = frozenset(
    (
        "Timestamp",
        "ProcessCreationTime",
        "InitiatingProcessCreationTime",
        "InitiatingProcessParentCreationTime",
    )
)


def stamp(moment: int) -> str:
    """The services' form of a time with all seven digits."""
    text = ticks.text(moment).removesuffix("Z")
    whole, _, digits = text.partition(".")
    return f"{whole}.{digits:0<7}Z"


class Folder:
    """The folder in the making. ReportIds are counted over all of it, so that one names one row."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: dict[str, IO[str]] = {}
        self._open = ExitStack()
        self.rows = 0

    def __enter__(self) -> Self:
        (self._path / "hunting").mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def add(self, table: str, moment: int, columns: Mapping[str, Cell]) -> int:
        """The ReportId of the row, which was written; cells named as times are in ticks."""
        self.rows += 1
        shown: dict[str, object] = {"Timestamp": stamp(moment), "ReportId": self.rows}
        for name, cell in columns.items():
            shown[name] = stamp(cell) if name in TIMES and isinstance(cell, int) else cell
        self._file(table).write(_json(shown) + "\n")
        return self.rows

    def end(self, alerts: list[dict[str, Any]], truth: Mapping[str, object]) -> None:
        """Writes alerts.json and truth.json."""
        lines = ",\n".join(_json(alert) for alert in alerts)
        (self._path / "alerts.json").write_text('{"value": [\n' + lines + "\n]}\n", "utf-8")
        lines = ",\n".join(f"{_json(name)}: {_json(about)}" for name, about in truth.items())
        (self._path / "truth.json").write_text("{\n" + lines + "\n}\n", "utf-8")

    def _file(self, table: str) -> IO[str]:
        if table not in self._files:
            file = self._path / "hunting" / f"{table}.ndjson"
            self._files[table] = self._open.enter_context(file.open("w", encoding="utf-8", newline="\n"))
        return self._files[table]


def _json(value: object) -> str:
    """Plain ASCII: what attackers wrote must reach no reader raw."""
    return json.dumps(value, separators=(",", ":"))
