from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.progress.polling import (
    PollPolicy,
    Window,
    is_held_back,
    is_in_between,
    middle_of,
    moved,
    wants_whole_overlap,
    windows,
)
from shared.core.values import Checkpoint
from shared.core.values.instant import Instant

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
POLICY = PollPolicy(timedelta(hours=24), timedelta(minutes=10), timedelta(hours=24))


def test_the_first_run_looks_back_as_far_as_it_is_told() -> None:
    assert windows(None, NOW, POLICY) == [Window(Instant.of(NOW).plus(-86_400), Instant.of(NOW))]


def test_later_runs_ask_again_for_the_overlap() -> None:
    checkpoint = Instant.of(NOW - timedelta(minutes=1))
    assert windows(checkpoint, NOW, POLICY)[0].start == checkpoint.plus(-600)


def test_a_checkpoint_from_the_future_counts_as_the_present() -> None:
    assert windows(Instant.of(NOW + timedelta(days=1)), NOW, POLICY)[0].start == Instant.of(NOW).plus(-600)


@given(st.integers(1, 10**9), st.integers(1, 90 * 86_400))
def test_windows_join_without_gap_up_to_the_present(span: int, behind: int) -> None:
    policy = PollPolicy(timedelta(hours=24), timedelta(minutes=10), timedelta(seconds=3600 + span % 86_400))
    checkpoint = Instant.of(NOW - timedelta(seconds=behind))
    found = windows(checkpoint, NOW, policy)
    assert found[0].start == checkpoint.plus(-600)
    assert found[-1].end == Instant.of(NOW)
    assert all(a.end == b.start for a, b in pairwise(found))


@given(st.integers(0, 10**15), st.integers(2, 10**12))
def test_halves_cover_the_window_and_both_shrink(start: int, length: int) -> None:
    window = Window(Instant(start), Instant(start + length))
    early, late = window.halves()
    assert (early.start, early.end, late.end) == (window.start, late.start, window.end)
    assert early.start < early.end < late.end


def test_a_window_of_one_tick_cannot_be_halved() -> None:
    assert not Window(Instant(5), Instant(6)).can_halve


def test_a_full_page_is_cut_where_its_alerts_lie() -> None:
    window = Window(Instant(0), Instant(10_000_000))
    items = [{"lastUpdateTime": Instant(9_000_000 + n).text()} for n in range(101)]
    middle = middle_of([*items, {"lastUpdateTime": None}, "no alert"])
    assert middle == Instant(9_000_050)
    assert window.cut_at(middle) == (Window(Instant(0), middle), Window(middle, Instant(10_000_000)))
    assert window.cut_at(Instant(0)) == window.halves()
    assert middle_of([{}]) is None


def _ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def test_the_short_overlap_is_a_minute_and_never_longer_than_the_whole_one() -> None:
    checkpoint = Instant.of(_ago(1))
    assert windows(checkpoint, NOW, POLICY, whole=False)[0].start == checkpoint.plus(-60)
    narrow = replace(POLICY, overlap=timedelta(seconds=20))
    assert windows(checkpoint, NOW, narrow, whole=False)[0].start == checkpoint.plus(-20)


@pytest.mark.parametrize(
    ("asked", "came", "in_between"),
    [
        (15, 3_600, False),  # an hour ago is not quiet yet
        (15, 3_601, True),
        (29, 3_601, True),  # at ten sharp, where the stretch begins
        (31, 3_601, False),
    ],
)
def test_a_source_that_was_quiet_for_over_an_hour_is_asked_each_30_s(
    asked: float, came: float, in_between: bool
) -> None:
    now = NOW + timedelta(seconds=29)
    known = Checkpoint(last_success=now - timedelta(seconds=asked), run_ended=now - timedelta(seconds=came))
    assert is_in_between(known, now, PollPolicy()) is in_between


def test_where_no_alert_ever_came_the_installation_is_what_came_last() -> None:
    now = NOW + timedelta(seconds=20)
    known = Checkpoint(last_success=now - timedelta(seconds=5), installed_at=_ago(7_200))
    assert is_in_between(known, now, PollPolicy())
    assert not is_in_between(replace(known, run_ended=_ago(60)), now, PollPolicy())
    assert not is_in_between(replace(known, installed_at=None), now, PollPolicy())


def test_a_failure_counts_as_asked_and_whoever_never_asked_is_not_in_between() -> None:
    slow = PollPolicy(every=timedelta(minutes=1))
    known = Checkpoint(run_ended=NOW, last_success=_ago(90))
    assert not is_in_between(known, NOW + timedelta(seconds=59), slow)
    assert is_in_between(replace(known, last_error_at=NOW), NOW + timedelta(seconds=59), slow)
    assert not is_in_between(Checkpoint(run_ended=NOW), NOW, slow)


def test_a_run_of_a_stretch_before_the_last_one_asked_in_does_not_ask() -> None:
    """A clock that went back, or a run that waited: the present lies before what was asked."""
    slow = PollPolicy(every=timedelta(minutes=1))
    assert is_in_between(Checkpoint(run_ended=NOW, last_success=NOW), _ago(61), slow)


@pytest.mark.parametrize(("seconds", "held"), [(-1, False), (0, True), (57.9, True), (58, False)])
def test_a_quota_that_is_spent_holds_back_for_a_minute(seconds: float, held: bool) -> None:
    known = Checkpoint(last_error="Throttled: quota", last_error_at=_ago(seconds))
    assert is_held_back(known, NOW) is held
    assert not is_held_back(replace(known, last_error="Unavailable: down"), NOW)
    assert not is_held_back(replace(known, last_error_at=None), NOW)


@pytest.mark.parametrize(("seconds", "wanted"), [(-1, True), (0, False), (57.9, False), (58, True)])
def test_the_whole_overlap_is_wanted_once_a_minute(seconds: float, wanted: bool) -> None:
    assert wants_whole_overlap(Checkpoint(overlapped_at=_ago(seconds)), NOW) is wanted
    assert wants_whole_overlap(Checkpoint(), NOW)


def test_a_move_keeps_when_the_whole_overlap_was_last_asked_for() -> None:
    before = Checkpoint(overlapped_at=_ago(30), last_error="down")
    window = Window(Instant.of(_ago(60)), Instant.of(NOW))
    assert moved(before, window, NOW, None) == Checkpoint(
        position=Instant.of(NOW), last_success=NOW, overlapped_at=_ago(30)
    )
    assert moved(before, window, NOW, None, whole=True).overlapped_at == NOW
