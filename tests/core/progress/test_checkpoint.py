"""The windows from a checkpoint, how a full one is cut, and where the checkpoint stands after it."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from shared.core.progress.polling import PollPolicy, Window, middle_of, moved, windows
from shared.core.values import Checkpoint, Instant
from tests.core.progress.rows import NOW, at

PRESENT = Instant.of(NOW)
POLICY = PollPolicy(timedelta(seconds=500), timedelta(seconds=50), timedelta(seconds=100))
CHECKPOINT = Checkpoint(
    position=PRESENT.plus(-30),
    last_success=at(-90),
    last_error="once",
    last_error_at=at(-95),
    installed_at=at(-9_000),
    last_purge=at(-80),
    last_audit=at(-70),
    audit_result="all there",
    gaps=("old gap",),
    others="2: another service 2 in an hour",
    etag="mark",
)


def _between(*seconds: float) -> list[Window]:
    moments = [PRESENT.plus(each) for each in seconds]
    return [Window(start, end) for start, end in pairwise(moments)]


def test_windows_are_as_long_as_allowed_and_the_last_ends_now() -> None:
    assert windows(PRESENT.plus(-170), NOW, POLICY) == _between(-220, -120, -20, 0)
    assert windows(PRESENT.plus(-50), NOW, POLICY) == _between(-100, 0)
    assert windows(PRESENT, NOW, POLICY) == _between(-50, 0)
    assert windows(PRESENT.plus(30), NOW, POLICY) == _between(-50, 0)
    assert windows(None, NOW, POLICY) == _between(-500, -400, -300, -200, -100, 0)


def test_without_overlap_a_checkpoint_of_now_leaves_nothing_to_ask() -> None:
    assert windows(PRESENT, NOW, replace(POLICY, overlap=timedelta())) == []


def test_the_usual_windows() -> None:
    assert PollPolicy() == PollPolicy(timedelta(days=1), timedelta(minutes=10), timedelta(days=7))


def test_the_checkpoint_moves_to_the_end_of_the_window_and_forgets_the_last_error() -> None:
    after = moved(CHECKPOINT, Window(PRESENT.plus(-60), PRESENT.plus(-10)), NOW, None)
    assert after == replace(CHECKPOINT, position=PRESENT.plus(-10), last_success=NOW, last_error="")


def test_the_first_window_sets_the_checkpoint() -> None:
    after = moved(Checkpoint(), Window(PRESENT.plus(-60), PRESENT.plus(-10)), NOW, None)
    assert after.position == PRESENT.plus(-10)
    assert after.last_success == NOW


def test_the_checkpoint_never_moves_back() -> None:
    after = moved(CHECKPOINT, Window(PRESENT.plus(-90), PRESENT.plus(-60)), NOW, None)
    assert after.position == CHECKPOINT.position


def test_the_checkpoint_never_moves_past_the_present() -> None:
    ahead = Window(PRESENT.plus(-60), PRESENT.plus(600))
    assert moved(CHECKPOINT, ahead, NOW, None).position == PRESENT
    assert moved(Checkpoint(), ahead, NOW, None).position == PRESENT


def test_a_checkpoint_from_the_future_is_brought_back_to_within_a_second() -> None:
    window = Window(PRESENT.plus(-60), PRESENT)
    assert moved(replace(CHECKPOINT, position=PRESENT.plus(900)), window, NOW, None).position == PRESENT.plus(
        1
    )
    assert moved(replace(CHECKPOINT, position=PRESENT.plus(0.5)), window, NOW, None).position == PRESENT.plus(
        0.5
    )


def test_the_last_hundred_gaps_are_kept_for_the_audit() -> None:
    gap, window = PRESENT.plus(-20), Window(PRESENT.plus(-60), PRESENT)
    assert moved(CHECKPOINT, window, NOW, gap).gaps == ("old gap", gap.text())
    many = replace(CHECKPOINT, gaps=tuple(str(n) for n in range(100)))
    assert moved(many, window, NOW, gap).gaps == (*many.gaps[1:], gap.text())
    assert moved(many, window, NOW, None).gaps == many.gaps


@pytest.mark.parametrize(("length", "can"), [(1, False), (2, True), (3, True)])
def test_a_window_is_halved_down_to_one_tick(length: int, can: bool) -> None:
    window = Window(Instant(7), Instant(7 + length))
    assert window.can_halve is can
    middle = Instant(7 + length // 2)
    assert window.halves() == (Window(Instant(7), middle), Window(middle, Instant(7 + length)))


@pytest.mark.parametrize(
    ("moment", "at_moment"), [(10, False), (11, True), (19, True), (20, False), (25, False)]
)
def test_a_window_is_cut_only_inside(moment: int, at_moment: bool) -> None:
    window = Window(Instant(10), Instant(20))
    middle = Instant(moment if at_moment else 15)
    assert window.cut_at(Instant(moment)) == (Window(Instant(10), middle), Window(middle, Instant(20)))


def test_the_middle_is_the_median_update_time_of_either_source_in_any_order() -> None:
    items = [{"lastUpdateDateTime": Instant(9).text()}, {"lastUpdateTime": Instant(3).text()}]
    assert middle_of([*items, {"lastUpdateTime": Instant(5).text()}]) == Instant(5)
    assert middle_of(items) == Instant(9)
    assert middle_of(items[:1]) == Instant(9)


def test_an_alert_without_a_readable_time_does_not_stop_the_others() -> None:
    assert middle_of(
        [{"lastUpdateTime": "soon"}, None, [], {"lastUpdateTime": Instant(5).text()}]
    ) == Instant(5)
    both = {"lastUpdateTime": Instant(5).text(), "lastUpdateDateTime": Instant(9).text()}
    assert middle_of([both]) == Instant(5)
    assert middle_of([{"lastUpdateTime": "", "lastUpdateDateTime": Instant(9).text()}]) == Instant(9)
