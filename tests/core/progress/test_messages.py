import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.progress.messages import Pointer, WakeUp
from shared.errors import BadMessage

UNICODE = st.text(st.characters(codec="utf-8"), min_size=1, max_size=256)


@given(UNICODE, st.integers(1, 2**31 - 1))
def test_a_pointer_to_any_alert_survives_the_queue(alert_id: str, generation: int) -> None:
    pointer = Pointer("home", alert_id, generation)
    assert Pointer.parse(pointer.to_text()) == pointer


def test_an_ordinary_pointer_is_small_and_readable() -> None:
    text = Pointer("home", "da637578995287051192_-880718168", 3).to_text()
    assert text == '{"v":1,"tenant":"home","alert":"da637578995287051192_-880718168","generation":3}'


@pytest.mark.parametrize(
    "alert_id", ["../../api/machines", "a/b", "..", ".", "a b", "a\x00", "é", "%2f", "%zz", ""]
)
def test_a_path_or_any_raw_id_is_not_ours(alert_id: str) -> None:
    with pytest.raises(BadMessage):
        Pointer.parse(json.dumps({"v": 1, "tenant": "home", "alert": alert_id, "generation": 1}))


GOOD = {"v": 1, "tenant": "home", "alert": "a", "generation": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": "1"},
        {"v": True},
        {"v": 1.0},
        {"tenant": ""},
        {"tenant": "a/b"},
        {"tenant": ".."},
        {"tenant": None},
        {"tenant": "x" * 65},
        {"alert": None},
        {"alert": 5},
        {"alert": "x" * 301},
        {"alert": {"id": "a"}},
        {"generation": 0},
        {"generation": -1},
        {"generation": 1.0},
        {"generation": True},
        {"generation": "1"},
        {"generation": 2**31},
        {"more": 1},
    ],
)
def test_a_message_with_anything_changed_is_not_ours(change: dict[str, object]) -> None:
    with pytest.raises(BadMessage):
        Pointer.parse(json.dumps(GOOD | change))


@pytest.mark.parametrize("name", GOOD)
def test_a_message_with_anything_missing_is_not_ours(name: str) -> None:
    with pytest.raises(BadMessage):
        Pointer.parse(json.dumps({key: value for key, value in GOOD.items() if key != name}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        "da637",
        "[" * 4000,
        '{"v":1}',
        "\ud800",
        json.dumps(GOOD) + " " * 8200,
        "9" * 6000,
    ],
)
def test_other_texts_are_not_ours(text: str) -> None:
    for kind in (Pointer, WakeUp):
        with pytest.raises(BadMessage):
            kind.parse(text)


@given(st.text(max_size=400))
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    for kind in (Pointer, WakeUp):
        try:
            kind.parse(text)
        except BadMessage:
            continue
        raise AssertionError("a text that we never wrote was taken")


def test_a_wake_up_carries_its_reason() -> None:
    wake_up = WakeUp("home", "time is spent")
    assert WakeUp.parse(wake_up.to_text()) == wake_up
    with pytest.raises(BadMessage):
        WakeUp.parse(json.dumps({"v": 1, "tenant": "home", "reason": "two\nlines"}))


@given(st.text(st.characters(codec=None), max_size=300))
def test_a_wake_up_leaves_whatever_its_reason(reason: str) -> None:
    assert WakeUp.parse(WakeUp("home", reason).to_text()).tenant == "home"


def test_neither_message_is_taken_for_the_other() -> None:
    with pytest.raises(BadMessage):
        WakeUp.parse(Pointer("home", "a", 1).to_text())
    with pytest.raises(BadMessage):
        Pointer.parse(WakeUp("home", "due").to_text())


@pytest.mark.parametrize(
    "pointer", [Pointer("", "a", 1), Pointer("home", "", 1), Pointer("home", "\ud800", 1)]
)
def test_a_pointer_that_nobody_could_read_is_not_written(pointer: Pointer) -> None:
    with pytest.raises(BadMessage):
        pointer.to_text()
