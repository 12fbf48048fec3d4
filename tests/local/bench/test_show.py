"""The table, the verdicts, and the plot."""

from io import StringIO
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from local.bench import plot, show
from local.bench.targets import TARGETS
from tests.local.bench.figures import figures

_SVG = "{http://www.w3.org/2000/svg}"


def _printed(shown: dict[str, Any]) -> str:
    console = Console(width=140, force_terminal=True, color_system="standard", file=StringIO(), _environ={})
    with console.capture() as captured:
        console.print(show.table(shown))
    return captured.get()


def _verdict(what: str, shown: dict[str, Any]) -> bool | None:
    target = next(one for one in TARGETS if one.what.startswith(what))
    value = target.value(shown)
    return None if value is None else target.is_met(value)


def test_targets_are_held_to_their_bounds() -> None:
    assert _verdict("calls in all", figures()) is True
    assert _verdict("calls in all", figures(calls_total=201)) is False
    assert _verdict("times fewer", figures()) is True
    assert _verdict("times fewer", figures(calls_total=151)) is False
    assert _verdict("rows lost", figures(final=999)) is False


def test_this_app_is_held_against_the_older_one() -> None:
    way = {"seconds": 50.0, "calls_total": 100}
    against = {
        "old": way,
        "full": way | {"calls_total": 101},
        "ratio": {"bare": 0.75, "full": 0.96},
        "core": {"old": 4.0, "now": 4.1},
        "imports": {
            "old": {"FetchAlerts": 0.25, "EnrichAlert": 0.25},
            "now": {"FetchAlerts": 0.25, "EnrichAlert": 0.3},
        },
    }
    verdicts = {
        one.what: one.is_met(value)
        for one in TARGETS
        if one.part == "against" and (value := one.value({"against": against})) is not None
    }

    assert [what for what, met in verdicts.items() if met] == [
        "CPU beside the old app, without detections",
        "seconds beside the old app",
    ]
    assert len(verdicts) == 6


def test_a_part_that_was_stopped_has_no_verdict() -> None:
    stopped = figures(stopped=True, final=400, lost=600)

    assert _verdict("calls in all", stopped) is None
    assert "stopped before its end" in _printed(stopped)
    assert "≤ 200" not in _printed(stopped)
    assert show.wrong(stopped) == []


def test_what_was_not_measured_has_no_verdict() -> None:
    shown = figures()
    del shown["usual"]

    assert _verdict("times fewer", shown) is None
    assert _verdict("peak memory", shown) is None


def test_the_table_marks_what_is_missed_and_names_every_call() -> None:
    good, bad = _printed(figures()), _printed(figures(seconds=130.0))

    assert "POST /v1.0/security/runHuntingQuery" in good
    assert "\x1b[32m53.4 s" in good and "\x1b[1;31m130 s" in bad


def test_a_quick_run_is_not_held_against_the_targets() -> None:
    shown = _printed({**figures(), "quick": True})

    assert "QUICK" in shown and "≤ 200" not in shown


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"lost": 2}, "2 alerts of the storm lost"),
        ({"doubled": 1}, "1 alerts of the storm doubled"),
        ({"final": 990}, "10 alerts were never final"),
        ({"events_rows": 11}, "11 event rows"),
    ],
)
def test_what_must_never_be_is_told(fault: dict[str, int], words: str) -> None:
    assert show.wrong(figures()) == []
    assert any(words in line for line in show.wrong(figures(**fault)))


def test_the_plot_ends_where_all_rows_are_final_and_shows_the_usual_way_far_below() -> None:
    shown = figures()
    drawing = ElementTree.fromstring(plot.storm(shown["storm"], shown["usual"]))  # noqa: S314 - our own text

    usual, ours = (
        [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
        for line in drawing.iter(f"{_SVG}polyline")
    )
    texts = [text.text or "" for text in drawing.iter(f"{_SVG}text")]

    assert min(y for _, y in ours) < min(y for _, y in usual)  # further up is more rows
    assert ours[0][1] == usual[0][1] > ours[-1][1] == min(y for _, y in ours)
    assert any("1,000 final after 53 s, with 100 calls" in text for text in texts)
