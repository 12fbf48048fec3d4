"""Which alerts an audit takes for missing or behind, and how often it asks for each."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.core.progress import auditing
from shared.core.progress.auditing import Listed, Tries, Try
from shared.core.values import Instant

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
CREATED = Instant.of(NOW - timedelta(hours=5))
LISTED = Listed("2026-11-24", CREATED)


def test_an_id_without_use_is_tried_after_one_two_four_hours_and_at_most_a_day() -> None:
    tries = Tries({})
    waits = []
    now = NOW
    for _ in range(8):
        tries = tries.after(["a"], ["a"], [], now)
        hours = 0
        while not tries.in_turn({"a": LISTED}, ["a"], now + timedelta(hours=hours)):
            hours += 1
        waits.append(hours)
        now += timedelta(hours=hours)
    assert waits == [1, 2, 4, 8, 16, 24, 24, 24]


def test_what_is_no_longer_lacking_is_forgotten() -> None:
    tries = Tries({}).after(["a", "b"], ["a"], ["b"], NOW)
    assert len(tries.known) == 2
    assert tries.after(["b"], [], [], NOW) == Tries({}).after(["b"], [], ["b"], NOW)


@given(st.lists(st.text(), unique=True, max_size=30), st.integers(0, 2_000_000))
def test_tries_survive_the_checkpoint_s_row(ids: list[str], minutes: int) -> None:
    tries = Tries({}).after(ids, ids[::2], ids[1::2], NOW + timedelta(minutes=minutes))
    assert Tries.parse(tries.texts()) == tries
    assert all(text.isascii() and len(text) <= 24 for text in tries.texts())


def test_what_cannot_be_read_of_the_row_is_forgotten() -> None:
    key = "0123456789"
    texts = ["", "a", f"{key}:1", f"{key}:1:x", f"{key}:-1:3", f"{key}:\u0661:2", f"{key}:1:2s"]
    assert Tries.parse(texts).known == {key: Try(1, 2, is_settled=True)}


def test_no_more_tries_are_kept_than_the_row_holds() -> None:
    ids = [f"id{n}" for n in range(3 * auditing.MOST_REMEMBERED)]
    texts = Tries({}).after(ids, ids, [], NOW).texts()
    assert len(texts) == auditing.MOST_REMEMBERED
    assert sum(map(len, texts)) < 32_000


def test_the_latest_update_of_all_lists_counts_and_the_first_list_s_day() -> None:
    early, late = CREATED.plus(60), CREATED.plus(120)
    one = Listed("2026-11-24", CREATED, 0, early)
    other = Listed("2026-11-25", CREATED.plus(9), 2, late)
    merged = auditing.merged([{"a": one}, {"a": other, "b": other}])
    assert merged == {"a": Listed("2026-11-24", CREATED, 0, late), "b": other}
