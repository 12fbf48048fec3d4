"""Which code this is, said by the code itself: publishing has no build step that could stamp a number."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_PATTERNS = ("host.json", "requirements.txt", "*/function.json", "[A-Z]*/__init__.py")
_RULES = "shared/core/detections"


def version(root: Path = ROOT) -> str:
    """The first 12 hexadecimal digits of a digest over the app's files, the same in a checkout and in Azure.

    Line ends do not count, so that a checkout on Windows has the same one. Raises OSError.
    """
    digest = hashlib.sha256()
    above = (file.relative_to(root).as_posix() for pattern in _PATTERNS for file in root.glob(pattern))
    for name in sorted({*above, *_shared(root)}):
        content = (root / name).read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


def _shared(root: Path) -> Iterator[str]:
    """The code and the rules in `shared`, by their names from the root. Each function's first run waits
    for this, and `Path.rglob` takes as long for it as reading the files."""
    for folder, _, files in os.walk(root / "shared"):
        inside = os.path.relpath(folder, root).replace(os.sep, "/")
        kinds = (".py", ".json") if inside == _RULES else (".py",)
        yield from (f"{inside}/{file}" for file in files if file.endswith(kinds))
