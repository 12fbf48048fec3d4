"""requirements.txt and the lock that the tests run with are of one piece."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from pathlib import Path

import pytest

from local import pins
from local.pins import BELOW, LOCK, REQUIREMENTS

TEXT = REQUIREMENTS.read_text("utf-8")
LOCKED = pins.pins(LOCK.read_text("utf-8"))


def test_the_file_is_what_the_command_writes() -> None:
    assert pins.whole(pins.top(TEXT), LOCKED) == TEXT, "run: python -m local.pins"


def test_every_package_is_pinned_to_the_version_that_runs_here() -> None:
    pinned = pins.pins(TEXT)
    assert len(pinned) > 20
    assert {name: version(name) for name in pinned} == pinned
    assert {name: LOCKED[name] for name in pinned} == pinned


def test_every_line_is_a_pin() -> None:
    lines = [line for line in TEXT.splitlines() if line and not line.startswith("#")]
    assert len(lines) == len(pins.pins(TEXT))
    assert all(";" not in line.split("#")[0] for line in lines)


def test_the_four_wanted_packages_stand_on_top_and_the_worker_after_them() -> None:
    assert list(pins.pins(pins.top(TEXT))) == [
        "azure-functions", "azure-identity", "requests", "azure-data-tables", "azure-functions-runtime-v1",
    ]  # fmt: skip


def test_a_changed_version_below_is_written_again(tmp_path: Path) -> None:
    changed = tmp_path / "requirements.txt"
    shutil.copy(REQUIREMENTS, changed)
    wrong = TEXT.replace("\nurllib3==", "\nurllib3==1").replace("\nmsal==", "\n# msal==")
    assert wrong != TEXT
    changed.write_text(wrong, "utf-8")
    assert pins.main([], changed) == 0
    assert changed.read_text("utf-8") == TEXT


def test_cut_leaves_what_a_person_writes(tmp_path: Path) -> None:
    changed = tmp_path / "requirements.txt"
    shutil.copy(REQUIREMENTS, changed)
    pins.main(["--cut"], changed)
    assert changed.read_text("utf-8") == TEXT.split(BELOW)[0]
    pins.main([], changed)
    assert changed.read_text("utf-8") == TEXT


def test_a_package_without_a_locked_version_is_no_silent_gap() -> None:
    with pytest.raises(KeyError, match="msal"):
        pins.whole(pins.top(TEXT), {name: each for name, each in LOCKED.items() if name != "msal"})


def test_what_is_for_windows_or_for_an_extra_nobody_asked_is_left_out() -> None:
    found = pins.closure(["azure-data-tables", "azure-identity"])
    assert {"yarl", "cryptography", "pyjwt", "cffi"} <= found
    assert found.isdisjoint({"colorama", "pywin32", "aiohttp", "pytest", "pysocks"})
