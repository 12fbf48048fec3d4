"""Hunts of one drain judge rows in threads of a pool, while another of them is concluded."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from shared.adapters.detections import FOLDER, DetectionFiles
from shared.core.detections import Row, load

COMPILED = (FOLDER / "compiled.json").read_bytes()


def _row(number: int) -> Row:
    command = f"vssadmin delete shadows /all /quiet {number}"
    cells = {"FileName": "vssadmin.exe", "FolderPath": "C:\\Windows\\System32\\vssadmin.exe"}
    return "DeviceProcessEvents", "ProcessCreated", {**cells, "ProcessCommandLine": command}


def test_the_lock_is_held_while_rows_are_judged_and_let_go_also_after_an_error() -> None:
    said: list[str] = []

    @contextmanager
    def lock() -> Iterator[None]:
        said.append("held")
        try:
            yield
        finally:
            said.append("let go")

    assert load(COMPILED, lock=lock()).judge([_row(1)]).hits
    assert said == ["held", "let go"]
    with pytest.raises(ZeroDivisionError):
        load(COMPILED, lock=lock()).judge([_row(1)], clock=lambda: 1 / (len(said) - 3))
    assert said[2:] == ["held", "let go"]


def test_what_the_app_loads_is_judged_by_one_thread_at_a_time() -> None:
    detections = DetectionFiles(frozenset()).rules().detections
    assert isinstance(detections._lock, type(threading.Lock()))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: len(detections.judge([_row(number)]).hits), range(200)))
    assert set(found) == {len(load(COMPILED).judge([_row(7)]).hits)} != {0}
