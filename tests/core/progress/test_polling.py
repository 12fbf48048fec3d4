from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.core.progress.polling import PollPolicy, Window, middle_of, windows
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
