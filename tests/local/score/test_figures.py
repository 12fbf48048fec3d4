"""What is counted, on rows whose figures can be counted by hand."""

from dataclasses import replace
from typing import Any

import pytest

from local.score.figures import figures, is_named, judged
from local.score.mistakes import wrong_trees, wrong_verdicts
from local.score.truth import Truth, in_order

ATTACK = Truth("attack", "process", frozenset("123"), frozenset("8"), "T1003.001", "one", "evil")
BENIGN = Truth("benign", "device", frozenset("45"), dataset="two")


def row(validation: str, shown: str = "") -> dict[str, Any]:
    return {"AlertId": "a", "Validation": validation, "TechniquesShown": shown}


def event(report: str, tie: str) -> dict[str, Any]:
    return {"AlertId": "a", "ReportId": report, "Tie": tie}


def test_rows_are_counted_by_how_they_are_tied() -> None:
    events = [event("1", "own"), event("2", "descendant"), event("3", "ancestor"), event("8", "parent")]
    events += [event("9", "evidence-name"), event("10", "child")]
    one = judged(row("Confirmed", "T1003 OS Credential Dumping, T1055.012 Process Hollowing"), events)
    counts = figures({"a": ATTACK}, {"a": one})["", "attack", "process"]
    # 3 is the alert's but not shown as below its process; 9 and 10 belong to nobody.
    assert (counts.found, counts.wanted, counts.wrong) == (2, 3, 2)
    assert (counts.alerts, counts.rows, counts.borne_out, counts.named, counts.techniques) == (1, 1, 1, 1, 2)


def test_an_alert_without_a_row_counts_as_an_alert_alone() -> None:
    counts = figures({"a": ATTACK, "b": ATTACK}, {"b": judged(row("Unproven"), [])})["", "attack", "process"]
    assert (counts.alerts, counts.rows, counts.wanted) == (2, 1, 3)
    assert dict(counts.validation) == {"Unproven": 1}


def test_rows_that_are_not_known_are_not_scored() -> None:
    truth = Truth("attack", "process", frozenset(), verdict_only=True)
    counts = figures({"a": truth}, {"a": judged(row("Likely"), [event("1", "own")])})["", "attack", "process"]
    assert (counts.found, counts.wanted, counts.wrong, counts.borne_out) == (0, 0, 0, 1)


@pytest.mark.parametrize("word", ["Confirmed", "Likely", "Blocked", "Contained"])
def test_these_words_bear_an_alert_out(word: str) -> None:
    assert figures({"a": ATTACK}, {"a": judged(row(word), [])})["", "attack", "process"].borne_out == 1


@pytest.mark.parametrize("word", ["Unproven", "NoTelemetry"])
def test_these_words_do_not(word: str) -> None:
    assert figures({"a": ATTACK}, {"a": judged(row(word), [])})["", "attack", "process"].borne_out == 0


def test_datasets_are_told_apart_where_wanted() -> None:
    found = {"a": judged(row("Confirmed"), []), "b": judged(row("Unproven"), [])}
    apart = figures({"a": ATTACK, "b": BENIGN}, found, by_dataset=True)
    assert set(apart) == {("one", "attack", "process"), ("two", "benign", "device")}


@pytest.mark.parametrize(
    ("technique", "shown", "named"),
    [
        ("T1003.001", ["T1003.001"], True),
        ("T1003.001", ["T1003"], True),
        ("T1003", ["T1003.002"], True),
        ("T1003.001", ["T1003.002"], False),
        ("T1003", ["T1055"], False),
        ("T1059", ["T1059"], True),
        ("T1021.003, T1047", ["T1047"], True),
        ("", ["T1003"], False),
    ],
)
def test_a_technique_is_named_by_itself_its_parent_or_its_own_sub_technique(
    technique: str, shown: list[str], named: bool
) -> None:
    assert is_named(technique, shown) is named


def test_the_table_keeps_its_order_and_puts_unusual_names_last() -> None:
    names = [
        ("unknown", "process"),
        ("benign", "ms"),
        ("attack", "odd"),
        ("attack", "device"),
        ("benign", "process"),
    ]
    assert in_order(names) == [
        ("attack", "device"),
        ("attack", "odd"),
        ("benign", "process"),
        ("benign", "ms"),
        ("unknown", "process"),
    ]


def test_the_worst_verdicts_come_first() -> None:
    big = Truth("attack", "process", frozenset(str(i) for i in range(9)))
    ordinary = Truth("benign", "process", frozenset("1"))
    truth = {"missed": ATTACK, "missed big": big, "likely": ordinary, "confirmed": ordinary, "right": ATTACK}
    truth |= {"device": BENIGN, "unseen": ATTACK, "right too": ordinary}
    words = {"missed": "Unproven", "missed big": "Unproven", "likely": "Likely", "confirmed": "Confirmed"}
    words |= {"right": "Likely", "device": "Confirmed", "unseen": "NoTelemetry", "right too": "Unproven"}
    found = {alert_id: judged(row(word), []) for alert_id, word in words.items()}
    order = [mistake.alert_id for mistake in wrong_verdicts(truth, found)]
    assert order == ["confirmed", "likely", "unseen", "missed big", "missed", "device"]


def test_wrong_rows_are_worse_than_missed_ones() -> None:
    complete = judged(row("Likely"), [event(report, "own") for report in "123"])
    wrong = judged(row("Likely"), [event(report, "own") for report in "1239"])
    missed = judged(row("Likely"), [])
    unknown = replace(ATTACK, verdict_only=True)
    mistakes = wrong_trees(
        {"complete": ATTACK, "missed": ATTACK, "wrong": ATTACK, "device": BENIGN, "unknown": unknown},
        {"complete": complete, "missed": missed, "wrong": wrong, "device": missed, "unknown": wrong},
    )
    assert [(one.alert_id, one.what) for one in mistakes] == [
        ("wrong", "1 wrong rows"),
        ("missed", "3 rows missed"),
    ]
