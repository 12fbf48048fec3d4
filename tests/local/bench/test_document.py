"""docs/performance.md and its plot say what docs/performance.json holds, from a whole run."""

import copy
import json
from typing import Any

import jinja2
import pytest

from local.bench import document
from local.bench.arguments import PARTS, WHOLE
from local.bench.stages import STAGES


def _kept() -> dict[str, object]:
    kept: dict[str, object] = json.loads(document.FIGURES.read_text("utf-8"))
    return kept


def test_the_page_and_the_plot_are_those_of_the_kept_run() -> None:
    assert document.PAGE.read_text("utf-8") == document.page(_kept())
    assert document.PLOT.read_text("utf-8") == document.picture(_kept())


def test_the_kept_run_is_a_whole_one() -> None:
    kept = json.loads(document.FIGURES.read_text("utf-8"))

    assert kept["quick"] is False
    # The page has a table of the backlog's own run where the kept one did without; and lone alerts are a part
    # of their own since a day that the kept run may be older than.
    newer = {"lone"} if kept["date"] < "2026-11-30" else set()
    assert set(PARTS) - {"backlog"} - newer <= set(kept)
    assert kept["storm"]["alerts"] == WHOLE.storm == kept["storm"]["final"]
    assert kept["storm"]["calls_total"] == sum(kept["storm"]["calls"].values())


def test_another_number_is_another_page() -> None:
    changed = copy.deepcopy(_kept())
    changed["storm"]["seconds"] = 987.6  # type: ignore[index]  # a run's figures are plain JSON

    assert "987.6 s" in document.page(changed)
    assert document.page(changed) != document.page(_kept())


def test_a_figure_that_is_missing_is_no_blank() -> None:
    lacking = copy.deepcopy(_kept())
    del lacking["storm"]["refused_429"]  # type: ignore[attr-defined]  # a run's figures are plain JSON

    with pytest.raises(jinja2.UndefinedError):
        document.page(lacking)


def _newer() -> dict[str, object]:
    """The kept run as the parts of today would have it; what is not kept yet is made up."""
    kept = copy.deepcopy(_kept())
    spread = {"p50": 12.5, "p95": 20.5, "most": 31.5}
    kept["lone"] = {
        "alerts": 5,
        "cold_start_s": 6.0,
        "warm": {"fetch_to_final_s": spread, "hunts_s": {"p50": 3.0}},
        "zero": {"fetch_to_final_s": spread, "hunts_s": {"p50": 3.0}},
    }
    steady: Any = kept["steady"]
    steady |= {"first_row_s": spread, "late": {"alerts": 9, "tied": 7, "there_to_tied_s": spread}}
    steady["stages_s"] = {stage: {"all": 1.5, "slowest": 7.5} for stage in STAGES}
    storage = {
        "by_kind": {"transaction": 3_000},
        "an_alert": 5.0,
        "tables_an_alert": 3.5,
        "dollars_a_thousand_alerts": 0.0004,
    }
    storm: Any = kept["storm"]
    kept["storm"] = {**storm, "storage": storage, "first_rows_s": 41.0}
    kept["large"] = {
        **storm,
        "alerts": 10_000,
        "storage": storage,
        "first_rows_s": 171.0,
        "calibration_ms": 29.0,
    }
    way = {"cpu_ms_an_alert": 12.0, "seconds": 50.0, "calls_total": 90}
    kept["against"] = {
        "commit": "abc1234",
        "alerts": 1_000,
        "rounds": 3,
        **dict.fromkeys(("old", "bare", "full"), way),
        "ratio": {"bare": 0.7, "full": 0.9},
        "import_rounds": 3,
        "core_rounds": 1,
        "imports": {way: {"FetchAlerts": 0.25, "EnrichAlert": 0.24} for way in ("old", "now")},
        "core": {"old": 3.6, "now": 3.5},
    }
    return kept


def test_a_whole_run_of_today_is_told_with_all_its_parts() -> None:
    told = document.page(_newer())

    for words in (
        "telemetry later: from there to the row that shows it (7 of 9) | 12.5 | 20.5 | 31.5",
        "| look-ups | 1.5 | 7.5 |",
        "| from zero: EnrichAlert and HuntCorrelate start for it, 6 s each | 12.5 | 31.5 | 3.0 |",
        "## A storm of 10,000 alerts",
        "on 600 devices",
        "| every alert has a row, after | 180 s | 171.0 s, 1,000 rows |",
        "| transaction | 3,000 |",
        "## The floor",
        "| 12.0 (0.7) | 12.0 (0.9) |",
        "| calls beside the old app | ≤ 1 | 1 | yes |",
        "| a lone alert, warm, fetch to final, median | ≤ 5 s | 12.5 s | **no** |",
    ):
        assert words in told, words
    assert "\n\n\n" not in told.replace("\n\n\n## How cost grows", "")
