"""Every function that makes a table key, found by looking: no text makes a key that is refused or shared."""

import inspect
import re
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.alert.model import Alert
from shared.core.correlate.finding import Event
from shared.core.progress import due_index
from shared.core.values import table_keys
from shared.core.values.instant import Instant
from tests import builders
from tests.security.hostile import ATTACKS

# The threads of a stack that another test started wait for random times meanwhile.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")

# https://learn.microsoft.com/en-us/rest/api/storageservices/understanding-the-table-service-data-model (read
# 2026-11): the characters that a key must not hold, and its length of 1 KiB.
FORBIDDEN = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f\t\n\r]")
LONGEST = 512
# Short texts are quick to make; how long a key may be is met by one of them again and again, with an end of
# its own, so that texts also differ behind what a key can hold.
SHORT = st.text(st.characters(codec=None), max_size=12)
LONG = st.builds(
    lambda text, times, end: (text * times)[:300] + end,
    SHORT,
    st.sampled_from((17, 33, 60, 100, 199, 200, 201, 300)),
    SHORT,
)
TEXT = SHORT | LONG | st.sampled_from(ATTACKS)
SOME = settings(max_examples=settings().max_examples * 2 // 5)  # of each of three dozen functions
MOMENTS = st.integers(-(10**17), 2 * 10**17).map(Instant)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(0, 99_999),
    Instant: MOMENTS,
    Instant | None: st.none() | MOMENTS,
    table_keys.KeyedAlert: st.builds(lambda text, at: builders.alert(id=text, created=at), TEXT, MOMENTS),
    table_keys.KeyedEvent: st.builds(Event, TEXT, TEXT, MOMENTS, TEXT, TEXT),
}
# No text from outside: a day is made of a time, a lane is a constant of ours, and the key of a row was made
# safe before.
BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "day": SHORT,  # ten characters where it is ours
    "lane": st.sampled_from([*due_index.WORK_LANES, due_index.LATE, due_index.SENT, due_index.SEND]),
    "alert_key": TEXT.map(table_keys.safe_id),
    "row_key": TEXT.map(table_keys.safe_id),
}
# A function that reads a key makes none.
MAKERS = [
    made
    for name, made in inspect.getmembers(table_keys, inspect.isfunction)
    if made.__module__ == table_keys.__name__
    and not name.startswith("_")
    and get_type_hints(made)["return"] in (str, tuple[str, str])
]


def arguments(maker: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    hints = get_type_hints(maker)
    return st.tuples(
        *(
            BY_NAME[name] if name in BY_NAME else VALUES[hints[name]]
            for name in inspect.signature(maker).parameters
            if name != "limit"
        )
    )


def of(maker: Any, given_: tuple[Any, ...]) -> tuple[str, ...]:
    made = maker(*given_)
    return made if isinstance(made, tuple) else (made,)


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
@SOME
@given(data=st.data())
def test_every_key_is_one_that_storage_takes(maker: Any, data: st.DataObject) -> None:
    for key in of(maker, data.draw(arguments(maker))):
        assert not FORBIDDEN.search(key) and "'" not in key
        assert 1 <= len(key.encode("utf-16-le")) // 2 <= LONGEST or key == ""
        assert len(key.encode("utf-8")) <= 2 * LONGEST


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
@SOME
@given(data=st.data())
def test_two_things_never_share_a_key(maker: Any, data: st.DataObject) -> None:
    first, second = data.draw(arguments(maker)), data.draw(arguments(maker))
    assert (of(maker, first) == of(maker, second)) is (meaning(first) == meaning(second))


def meaning(given_: tuple[Any, ...]) -> list[Any]:
    """What tells the things apart: of an alert its id and day, of an event its key."""
    return [
        (each.day, each.id) if isinstance(each, Alert) else each.key if isinstance(each, Event) else each
        for each in given_
    ]


def test_all_of_them_were_found() -> None:
    assert {"open_partition", "document_row", "seen_row", "event_row", "alert_keys"} <= {
        maker.__name__ for maker in MAKERS
    }
