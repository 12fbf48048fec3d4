"""Public recordings as they are handed out: JSON lines or a JSON list, zipped or not, and Windows event logs.

A dataset is one file or one archive: what is zipped together was recorded together.
"""

from __future__ import annotations

import io
import json
import tarfile
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from evtx import PyEvtxParser

LONGEST_LINE = 16 * 2**20  # bytes of one event; a longer line is left out
MOST_IN_MEMORY = 2**30  # bytes of a JSON list or of an event log within an archive
_LINES = (".json", ".jsonl", ".ndjson", ".log", ".txt")
_LOGS = (".evtx",)
_ZIPS = (".zip",)
_TARS = (".tar.gz", ".tgz", ".tar")
_ENDINGS = (*_TARS, *_ZIPS, *_LOGS, *_LINES)

type Record = dict[str, Any]


class SourceUnusable(ValueError):
    """A file cannot be read as a recording; the message names it and says why."""


@dataclass(slots=True)
class Dataset:
    """One recording. `unreadable` counts records that were left out, by why; it is complete once `records`
    has been read to its end."""

    name: str
    file: Path
    unreadable: Counter[str] = field(default_factory=Counter)

    def records(self) -> Iterator[Record]:
        """The recorded events as they are written, in the file's order. Raises SourceUnusable."""
        try:
            for name, opened in _members(self.file):
                yield from _records(name, opened, self.unreadable)
        except (OSError, zipfile.BadZipFile, tarfile.TarError, EOFError, RuntimeError, ValueError) as err:
            raise SourceUnusable(f"{self.file}: {err}") from err


def datasets(paths: list[Path]) -> list[Dataset]:
    """The recordings in files and folders, each under a name of its own, in a fixed order.

    Raises SourceUnusable for a path that is not there or holds none.
    """
    found: dict[str, Dataset] = {}
    for path in paths:
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        known = [file for file in files if _ending(file.name)]
        if not path.exists():
            raise SourceUnusable(f"{path}: there is no such file or folder")
        if not known:
            raise SourceUnusable(f"{path}: no file that ends in {', '.join(_ENDINGS)}")
        for file in known:
            inside = file.relative_to(path if path.is_dir() else path.parent).as_posix()
            name = inside.removesuffix(_ending(inside))
            while name in found:
                name = f"{name}+"
            found[name] = Dataset(name, file)
    return [found[name] for name in sorted(found)]


def _ending(name: str) -> str:
    return next((ending for ending in _ENDINGS if name.lower().endswith(ending)), "")


def _members(file: Path) -> Iterator[tuple[str, IO[bytes] | Path]]:
    """What a file holds: itself, or the readable members of an archive, which are never unpacked to disk."""
    ending = _ending(file.name)
    if ending in _ZIPS:
        with zipfile.ZipFile(file) as packed:
            for name in sorted(packed.namelist()):
                if _is_member(name):
                    with packed.open(name) as opened:
                        yield name, opened
    elif ending in _TARS:
        with tarfile.open(file) as unpacked:
            for member in unpacked:
                read = unpacked.extractfile(member) if member.isfile() and _is_member(member.name) else None
                if read is not None:
                    with read:
                        yield member.name, read
    elif ending in _LOGS:
        yield file.name, file
    else:
        with file.open("rb") as opened:
            yield file.name, opened


def _is_member(name: str) -> bool:
    is_of_the_packer = name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")
    return _ending(name) in (*_LINES, *_LOGS) and not is_of_the_packer


def _records(name: str, opened: IO[bytes] | Path, unreadable: Counter[str]) -> Iterator[Record]:
    if _ending(name) in _LOGS:
        source = str(opened) if isinstance(opened, Path) else io.BytesIO(_bounded(opened))
        yield from _event_log(source, unreadable)
    elif isinstance(opened, Path):
        raise SourceUnusable(f"{name} is no event log")
    else:
        yield from _json(opened, unreadable)


def _bounded(opened: IO[bytes]) -> bytes:
    content = opened.read(MOST_IN_MEMORY + 1)
    if len(content) > MOST_IN_MEMORY:
        raise SourceUnusable(f"more than {MOST_IN_MEMORY:,} bytes in one piece")
    return content


def _event_log(source: str | IO[bytes], unreadable: Counter[str]) -> Iterator[Record]:
    with warnings.catch_warnings(record=True) as skipped:
        warnings.simplefilter("always")
        for record in PyEvtxParser(source, number_of_threads=1, skip_errors=True).records_json():
            yield from _objects(json.loads(str((record or {})["data"])), unreadable)
    if skipped:
        unreadable["damaged in the event log"] += len(skipped)


def _json(opened: IO[bytes], unreadable: Counter[str]) -> Iterator[Record]:
    """A list of events where the file begins as one, else one event a line."""
    head = opened.readline(LONGEST_LINE + 1)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"["):
        yield from _objects(json.loads((start + _bounded(opened)).decode("utf-8", "replace")), unreadable)
        return
    while head:
        if len(head) > LONGEST_LINE:
            unreadable["lines that are too long"] += 1
            _skip_line(opened, head)
        elif head.strip():
            yield from _line(head, unreadable)
        head = opened.readline(LONGEST_LINE + 1)


def _skip_line(opened: IO[bytes], part: bytes) -> None:
    while part and not part.endswith(b"\n"):
        part = opened.readline(LONGEST_LINE)


def _line(line: bytes, unreadable: Counter[str]) -> Iterator[Record]:
    try:
        read = json.loads(line.decode("utf-8-sig", "replace"))
    except ValueError:
        unreadable["lines that are not JSON"] += 1
        return
    yield from _objects([read], unreadable)


def _objects(items: object, unreadable: Counter[str]) -> Iterator[Record]:
    for item in items if isinstance(items, list) else [items]:
        if isinstance(item, dict):
            yield item
        else:
            unreadable["records that are no objects"] += 1
