"""An older state beside this one: what can be measured, and what is told of several rounds."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from local.bench import against, cold
from local.bench.against import Old
from local.stack import ROOT, StackFailed


def test_a_folder_that_is_no_checkout_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackFailed, match="no checkout of this project: it has no FetchAlerts"):
        Old(tmp_path)


def test_a_checkout_that_was_never_set_up_is_told_what_it_lacks(tmp_path: Path) -> None:
    for name in ("FetchAlerts", "EnrichAlert", "HuntCorrelate", "shared", "local/bench"):
        (tmp_path / name).mkdir(parents=True)
    shutil.copy2(ROOT / "host.json", tmp_path)

    with pytest.raises(StackFailed, match="npm ci"):
        Old(tmp_path)


def test_the_app_without_detections_is_this_one_but_for_them(tmp_path: Path) -> None:
    bare = against._without_detections(tmp_path / "bare")

    here = {
        file.relative_to(ROOT) for file in (ROOT / "shared").rglob("*.*") if "__pycache__" not in file.parts
    }
    there = {
        file.relative_to(bare) for file in (bare / "shared").rglob("*.*") if "__pycache__" not in file.parts
    }
    assert {file.name for file in here - there} <= {"compiled.json", "added.json"}
    assert here - there and not there - here
    _, cpu = cold.import_seconds("FetchAlerts", bare)
    assert 0.01 < cpu < 20


def test_the_median_of_the_rounds_is_told_with_each_round() -> None:
    def run(ms: float) -> dict[str, Any]:
        spent = {"FetchAlerts": ms / 10}
        counts = {"alerts": 10, "final": 9, "calls_total": 7, "seconds": 3.0, "storage": {"an_alert": 5.0}}
        return {"cpu_ms_an_alert": ms, "cpu_s": spent, **counts}

    told = against._medians([run(12.0), run(90.0), run(11.0)])

    assert (told["cpu_ms_an_alert"], told["each_ms"]) == (12.0, [12.0, 90.0, 11.0])
    assert (told["cpu_s"], told["never_final"]) == ({"FetchAlerts": 1.2}, 3)
