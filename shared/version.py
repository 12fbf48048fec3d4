"""Which code this is, said by the code itself: publishing has no build step that could stamp a number."""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_PATTERNS = ("host.json", "requirements.txt", "*/function.json", "[A-Z]*/__init__.py", "shared/**/*.py")
_RULES = "shared/core/detections/*.json"


def version(root: Path = ROOT) -> str:
    """The first 12 hexadecimal digits of a digest over the app's files, the same in a checkout and in Azure.

    Line ends do not count, so that a checkout on Windows has the same one. Raises OSError.
    """
    digest = hashlib.sha256()
    files = {file for pattern in (*_PATTERNS, _RULES) for file in root.glob(pattern)}
    for name, file in sorted((file.relative_to(root).as_posix(), file) for file in files):
        content = file.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]
