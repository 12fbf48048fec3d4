"""docs/performance.md and its plot say what docs/performance.json holds, from a whole run."""

import copy
import json

import jinja2
import pytest

from local.bench import document
from local.bench.arguments import PARTS, WHOLE


def _kept() -> dict[str, object]:
    kept: dict[str, object] = json.loads(document.FIGURES.read_text("utf-8"))
    return kept


def test_the_page_and_the_plot_are_those_of_the_kept_run() -> None:
    assert document.PAGE.read_text("utf-8") == document.page(_kept())
    assert document.PLOT.read_text("utf-8") == document.picture(_kept())


def test_the_kept_run_is_a_whole_one() -> None:
    kept = json.loads(document.FIGURES.read_text("utf-8"))

    assert kept["quick"] is False
    # The kept run is older than these parts; the page does without them until the next whole run.
    assert set(PARTS) - {"backlog", "lone"} <= set(kept)
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
