"""The published rows as a file in the form of the demo's export, however many there are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from local.published import Row
from local.score.publishing import Published


class Export:
    """Rows go to the file as they come, since an alert may have thousands of events."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._alerts: list[tuple[str, str]] = []
        self._is_first = True
        file.write('{"events": [')

    def add(self, published: Sequence[Published]) -> None:
        """Writes these alerts' events; the alerts themselves come last."""
        for one in published:
            self._alerts.append((str(one.alert["CreatedTime"]), _text(one.alert)))
            for event in one.events:
                self._file.write(("\n" if self._is_first else ",\n") + _text(event))
                self._is_first = False

    def end(self, incidents: Sequence[Row], calls: Mapping[str, int], seconds: float) -> None:
        """Writes what is left: the alerts, newest first, and these incidents."""
        newest_first = sorted(self._alerts, reverse=True)
        self._file.write('],\n"alerts": [\n' + ",\n".join(text for _, text in newest_first))
        self._file.write('],\n"incidents": [\n' + ",\n".join(map(_text, incidents)))
        self._file.write(f'],\n"calls": {json.dumps(dict(calls))}, "elapsed_s": {seconds:.1f}}}\n')


@contextmanager
def export_to(file: Path | None) -> Iterator[Export | None]:
    """The export that becomes `file` once the block ends; None where none is wanted. What `file` held before
    stays until then."""
    if file is None:
        yield None
        return
    made = file.with_name(f"{file.name}.part")
    try:
        with made.open("w", encoding="utf-8") as opened:
            yield Export(opened)
        made.replace(file)
    finally:
        made.unlink(missing_ok=True)


def _text(row: Row) -> str:
    return json.dumps(row, ensure_ascii=True)
