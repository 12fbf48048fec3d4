"""Translations that some process of this checkout has made before, kept as files in `out/translated`.

Each process with an engine meets the same shapes of the app's hunts, and each takes an eighth of a second of
processor time to translate; with these files that is done once. A file that cannot be read, or is of another
version of the translator or of the tables, counts as absent; one that cannot be written is left out.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "out" / "translated"
_SHORTEST = 1_000  # characters of a shape: the app's hunts have more, and what tests make up has less
_MOST_FILES = 1_000
_HERE = Path(__file__).parent
_MADE_BY = (_HERE / "translation.py", _HERE / "kql_text.py", Path(__file__))

type Pieces = Sequence[str]
type Rows = Mapping[int, Sequence[str]]


class KeptShapes:
    """The translations for tables with these columns, in `folder`."""

    def __init__(self, columns: Mapping[str, Sequence[str]], folder: Path = FOLDER) -> None:
        self._folder = folder
        made_by = [file.read_text("utf-8") for file in _MADE_BY]
        described = [
            metadata.version("duckdb-kql"),
            made_by,
            {name: list(of) for name, of in columns.items()},
        ]
        self._version = json.dumps(described)

    def find(self, shape: str) -> tuple[Pieces, Rows] | None:
        """What was kept of the shape, or None."""
        if len(shape) < _SHORTEST:
            return None
        try:
            found = json.loads(self._file(shape).read_text("utf-8"))
            pieces = [str(piece) for piece in found["pieces"]]
            rows = {int(number): [str(piece) for piece in row] for number, row in found["rows"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return pieces, rows

    def keep(self, shape: str, pieces: Pieces, rows: Rows) -> None:
        """Keeps it for later processes, if it is long and the folder can be written."""
        if len(shape) < _SHORTEST:
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._bound()
            text = json.dumps(
                {"pieces": list(pieces), "rows": {str(at): list(row) for at, row in rows.items()}}
            )
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", dir=self._folder, suffix=".part", delete=False
            ) as file:
                file.write(text)
            Path(file.name).replace(self._file(shape))  # whole or not at all, whoever reads meanwhile

    def _file(self, shape: str) -> Path:
        digest = hashlib.sha256(f"{self._version}\n{shape}".encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / f"{digest}.json"

    def _bound(self) -> None:
        """Empties a folder that is full, of what other versions have left too."""
        files = list(self._folder.iterdir())
        for file in files if len(files) >= _MOST_FILES else ():
            file.unlink(missing_ok=True)
