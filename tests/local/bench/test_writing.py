"""Where the figures go: into a file of their own, or beside those of an earlier run."""

import json
from pathlib import Path

from local.bench import write

_BEFORE = {"date": "2026-11-29", "machine": {"cores": 2}, "storm": {"alerts": 1_000}, "cold": {"seconds": 1}}
_NOW = {"date": "2026-11-30", "machine": {"cores": 2, "load": 3}, "large": {"alerts": 10_000}, "cold": {}}


def test_figures_that_are_added_replace_their_own_parts_alone(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "figures.json"
    write(file, _BEFORE, add=True)
    write(file, _NOW, add=True)

    kept = json.loads(file.read_text("utf-8"))
    assert kept == {**_BEFORE, "large": {"alerts": 10_000}, "cold": {}}


def test_without_that_the_file_holds_this_run_alone(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    write(file, _BEFORE, add=False)
    write(file, _NOW, add=False)

    assert json.loads(file.read_text("utf-8")) == _NOW
