"""What was made of texts, kept as files for other processes of this checkout.

Each process of a local stack meets the same few hundred hunts, and what is made of one takes tens of
milliseconds of processor time. A file that cannot be read, or is of another version of what makes it, counts
as absent; one that cannot be written is left out.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parents[2] / "out"
_SHORTEST = 1_000  # characters of a text: the app's hunts have more, and what tests make up has less
_MOST_FILES = 1_000


class KeptTexts:
    """What something of this version made of texts, as JSON, in `folder`."""

    def __init__(self, folder: Path, version: str) -> None:
        self._folder, self._version = folder, version

    def find(self, text: str) -> Any:
        """What was made of the text; None where nothing was kept, or it is short."""
        if len(text) < _SHORTEST:
            return None
        try:
            return json.loads(self._file(text).read_text("utf-8"))
        except (OSError, ValueError):
            return None

    def keep(self, text: str, made: object) -> None:
        """Keeps it for later processes, if the text is long and the folder can be written."""
        if len(text) < _SHORTEST:
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._bound()
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", dir=self._folder, suffix=".part", delete=False
            ) as file:
                file.write(json.dumps(made))
            Path(file.name).replace(self._file(text))  # whole or not at all, whoever reads meanwhile

    def _file(self, text: str) -> Path:
        digest = hashlib.sha256(f"{self._version}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / f"{digest}.json"

    def _bound(self) -> None:
        """Empties a folder that is full, of what other versions have left too."""
        files = list(self._folder.iterdir())
        for file in files if len(files) >= _MOST_FILES else ():
            file.unlink(missing_ok=True)
