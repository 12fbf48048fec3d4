"""What an entry must say before it marks anything, and the way from draft to active."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.known_benign import Entry, State
from shared.core.known_benign.entry import activated, problems, replaced, switched_off, with_test
from tests.core.known_benign.entries import NOW, SHA1, entry


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"detector": ""}, "name the detector or a file's hash"),
        ({"detector": " "}, "name the detector or a file's hash"),
        ({"device": ""}, "one field more must say something"),
        ({"device": "*"}, "one field more must say something"),
        ({"device": "*", "file_name": "*.exe", "folder": "C:\\*"}, "one field more must say something"),
        ({"device": "?" * 40}, "one field more must say something"),
        ({"device": "build" + "*x" * 9}, "at most 8 wildcards"),
        ({"hash": SHA1[:-1]}, "hexadecimal digits"),
        ({"hash": SHA1.upper()}, "hexadecimal digits"),
        ({"hash": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}, "not of an empty file"),
        ({"owner": " "}, "owner"),
        ({"reason": ""}, "reason"),
        ({"expires": None}, "expired"),
        ({"expires": NOW}, "expired"),
        ({"expires": NOW + timedelta(days=181)}, "180 days"),
        ({"id": "No Spaces"}, "an id is"),
        ({"reason": "x" * 301}, "300 characters"),
        ({"owner": "x" * 101}, "300 characters"),
        ({"reason": "line\nline"}, "control characters"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, object], said: str) -> None:
    assert problems(entry(), NOW) == []
    assert any(said in problem for problem in problems(entry(**changes), NOW))


def test_a_detector_and_a_hash_are_enough() -> None:
    assert problems(entry(hash=SHA1, device=""), NOW) == []
    assert problems(entry(hash=SHA1, detector=""), NOW) == []
    assert problems(entry(hash=SHA1, detector="", device=""), NOW) != []


def test_activation_needs_a_test_of_this_version() -> None:
    draft = replaced(None, entry(tested_version=0))
    assert (draft.version, draft.state) == (1, State.DRAFT)
    assert activated(draft, NOW)[1] == ["version 1 was not tested yet"]
    active, against = activated(with_test(draft, NOW, 90, 3, 0), NOW)
    assert (active.state, against) == (State.ACTIVE, [])
    second = replaced(active, replace(entry(tested_version=0), device="agents*"))
    assert (second.version, second.state) == (2, State.DRAFT)
    assert activated(second, NOW)[1] == ["version 2 was not tested yet"]


def test_activation_is_refused_where_an_alert_speaks_against_it() -> None:
    draft = with_test(replaced(None, entry()), NOW, 90, 3, 1)
    unchanged, against = activated(draft, NOW)
    assert unchanged == draft
    assert "matches 1 alerts that are true positives" in against[0]


def test_what_is_switched_off_keeps_what_it_says() -> None:
    assert switched_off(entry()) == entry(state=State.OFF)


def test_a_state_that_nobody_knows_is_off() -> None:
    assert Entry(id="a").state is State.OFF
