"""How the KQL parser is started: from a snapshot of the loaded parser, in a seventh of the time.

Node reads the parser's 5 MB and builds its grammar in 1.4 s of processor time; from a snapshot it is ready in
0.2 s (https://nodejs.org/api/cli.html#--build-snapshot, read 2026-11-30). The snapshot is made at the first
start and lies beside the packages, under a name that changes with all that it is made of. Where it cannot be
made or read, the parser starts as without it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROGRAM = Path(__file__).with_name("gate.js")
_BUILDS_FOR_S = 180.0  # at most; far more than a busy machine takes
_PACKAGE = Path("@kusto") / "language-service-next"


def plain(node: Path, packages: Path, schema: Path) -> list[str | Path]:
    """The command that loads the parser anew."""
    return [node, PROGRAM, packages, schema]


def command(node: Path, packages: Path, schema: Path) -> list[str | Path]:
    """The command that starts the parser, from its snapshot where there is one or one can be made now."""
    file = snapshot(node, packages)
    if file.is_file() or _made(file, node, packages, schema):
        return [node, "--snapshot-blob", file, *plain(node, packages, schema)[1:]]
    return plain(node, packages, schema)


@cache
def snapshot(node: Path, packages: Path) -> Path:
    """Where it lies. Its name changes with Node, the machine's kind, our program and the parser's version."""
    found = node.stat()
    made_of = (
        f"{platform.machine()} {node} {found.st_size} {found.st_mtime_ns}".encode(),
        PROGRAM.read_bytes(),
        (packages / _PACKAGE / "package.json").read_bytes(),
    )
    return packages / ".cache" / "gate" / f"{hashlib.sha256(b'\0'.join(made_of)).hexdigest()[:24]}.blob"


def _made(file: Path, node: Path, packages: Path, schema: Path) -> bool:
    """Whether the snapshot is there now; not where another start is making it, or it cannot be made."""
    try:
        with alone_at(file) as is_ours:
            return is_ours and _built(file, node, packages, schema)
    except (OSError, subprocess.SubprocessError):
        return False


def _built(file: Path, node: Path, packages: Path, schema: Path) -> bool:
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        new = Path(folder) / "new.blob"
        building = [node, "--snapshot-blob", new, "--build-snapshot", *plain(node, packages, schema)[1:]]
        ended = subprocess.run(  # noqa: S603 - our own command
            [str(part) for part in building],
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_BUILDS_FOR_S,
        )  # fmt: skip
        if ended.returncode != 0 or not new.is_file():
            return False
        new.replace(file)
    return True


@contextlib.contextmanager
def alone_at(file: Path) -> Iterator[bool]:
    """Whether nobody else makes that file during the block. A mark says so; what a killed process left of it
    counts for some minutes."""
    mark = file.with_suffix(".making")
    mark.parent.mkdir(parents=True, exist_ok=True)
    try:
        if time.time() - mark.stat().st_mtime > 2 * _BUILDS_FOR_S:
            mark.unlink(missing_ok=True)
    except FileNotFoundError:
        pass
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        yield False
        return
    try:
        yield True
    finally:
        mark.unlink(missing_ok=True)
