"""Recorded rows of a hunting table read as far as they can be, one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.simulator.bodies import RecordingError, seconds
from local.simulator.remarks import Remarks
from local.simulator.typed import kind_of, typed

LATE = "_arrives_after_s"
_DECODER = json.JSONDecoder(parse_constant=str)  # made once: rows are many
_MOST_PARTS = 10  # of an answer's body, which has three: a row has more, and they are many


def read_rows(file: Path, columns: Mapping[str, str], warnings: list[str]) -> Iterator[dict[str, Any]]:
    """The rows of one table. What a row holds beside the schema is left out of it: columns that the schema
    does not know, and values that are not of their column's type; after the last row, `warnings` say so.

    A list of rows, and the body of an answer with its `results`, are taken for one row a line. Raises
    RecordingError for a line that is not JSON.
    """
    remarks = Remarks()
    known, readers = {*columns, LATE}, typed(columns)
    for line, row in _objects(file, remarks):
        if not row.keys() <= known:
            for name in sorted(row.keys() - known):
                remarks.add(file, line, f"the schema knows no column {name[:80]}; left out")
            row = {name: value for name, value in row.items() if name in known}
        for name in row.keys() & readers.keys():
            value = row[name]
            if value is None or value == "":
                continue
            try:
                row[name] = readers[name](value)
            except ValueError:
                del row[name]
                remarks.add(file, line, f"{name} is no {kind_of(columns[name])}, its type; left out")
        if LATE in row and seconds(row[LATE]) is None:
            del row[LATE]
            remarks.add(file, line, f"{LATE} is no number of seconds; left out")
        yield row
    warnings.extend(remarks.lines())


def _objects(file: Path, remarks: Remarks) -> Iterator[tuple[int, dict[str, Any]]]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                read = _loaded(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
            except ValueError as error:
                whole = _whole(file, line) if number == 1 else None
                if whole is None:
                    raise RecordingError(f"{file}, line {number}: not JSON: {error}") from None
                yield from _rows_of(whole, file, number, remarks)
                return
            yield from _rows_of(read, file, number, remarks)


def _rows_of(read: Any, file: Path, line: int, remarks: Remarks) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = _list_in(read)
    if rows is not None:
        remarks.add(file, line, "not one row a line; its rows are taken")
    for row in [read] if rows is None else rows:
        if isinstance(row, dict):
            yield line, row
        else:
            remarks.add(file, line, "a row that is not an object; left out")


def _list_in(read: Any) -> list[Any] | None:
    """The rows of a list, or of the whole body of an answer; None for anything else."""
    if isinstance(read, list):
        return read
    if not isinstance(read, dict) or len(read) > _MOST_PARTS:
        return None
    parts = {name.lower(): value for name, value in read.items()}
    results = parts.get("results")
    return results if "schema" in parts and isinstance(results, list) else None


def _whole(file: Path, first: bytes) -> Any:
    """The file as one JSON text over many lines; None where it is none."""
    if not first.lstrip(b"\xef\xbb\xbf \t").startswith((b"[", b"{")):
        return None
    try:
        return _loaded(file.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        return None


def _loaded(text: bytes) -> Any:
    """Raises ValueError, also for what is nested deeper than Python reads."""
    encoding = "utf-8" if text.startswith(b'{"') else json.detect_encoding(text)  # rows are many
    try:
        return _DECODER.decode(text.decode(encoding, "surrogatepass"))
    except RecursionError:
        raise ValueError("nested too deep") from None
