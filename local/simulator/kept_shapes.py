"""Translations that some process of this checkout has made before, kept in `out/translated`: each takes an
eighth of a second of processor time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

from local.simulator.kept_texts import OUT, KeptTexts

FOLDER = OUT / "translated"
_HERE = Path(__file__).parent
_MADE_BY = (_HERE / "translation.py", _HERE / "kql_text.py", Path(__file__))

type Pieces = Sequence[str]
type Rows = Mapping[int, Sequence[str]]


class KeptShapes:
    """The translations for tables with these columns, in `folder`."""

    def __init__(self, columns: Mapping[str, Sequence[str]], folder: Path = FOLDER) -> None:
        made_by = [file.read_text("utf-8") for file in _MADE_BY]
        described = [
            metadata.version("duckdb-kql"),
            made_by,
            {name: list(of) for name, of in columns.items()},
        ]
        self._kept = KeptTexts(folder, json.dumps(described))

    def find(self, shape: str) -> tuple[Pieces, Rows] | None:
        """What was kept of the shape, or None."""
        found = self._kept.find(shape)
        try:
            pieces = [str(piece) for piece in found["pieces"]]
            rows = {int(number): [str(piece) for piece in row] for number, row in found["rows"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        return pieces, rows

    def keep(self, shape: str, pieces: Pieces, rows: Rows) -> None:
        """Keeps it for later processes."""
        self._kept.keep(
            shape, {"pieces": list(pieces), "rows": {str(at): list(row) for at, row in rows.items()}}
        )
