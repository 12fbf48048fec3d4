"""When the versions of a flapping alert are worked on."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.core.alert.model import Severity
from shared.core.progress.admission import Admission, admit
from shared.core.progress.ledger_row import LedgerPolicy
from shared.core.progress.pacing import next_turn
from shared.core.progress.versions import Digests
from tests.builders import alert
from tests.core.progress.rows import row

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
POLICY = LedgerPolicy()


def minutes(number: float) -> datetime:
    return NOW + timedelta(minutes=number)


def turns_of(changes: list[float]) -> list[float]:
    """The minutes at which work begins, of an alert that changes at these minutes."""
    known = row(pace=0, paced_at=None)
    turns = set()
    for change in changes:
        known, turn = next_turn(known, minutes(change), is_graver=False)
        turns.add((turn - NOW).total_seconds() / 60)
    return sorted(turns)


def test_an_alert_that_changes_every_minute_has_its_turns_ever_more_seldom() -> None:
    assert turns_of([float(at) for at in range(240)]) == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]


def test_an_alert_that_changes_every_ten_minutes_is_not_held_back_until_it_goes_on_for_long() -> None:
    assert turns_of([0, 10, 20, 30, 40, 50]) == [0, 10, 20, 30, 40, 56]


def test_after_a_quiet_hour_the_next_change_has_its_turn_at_once() -> None:
    assert turns_of([*map(float, range(16)), 92, 93]) == [0, 1, 3, 7, 15, 31, 92, 93]


def test_what_gets_graver_has_its_turn_at_once_and_is_new_again() -> None:
    known = row(pace=7, paced_at=minutes(40))
    known, turn = next_turn(known, NOW, is_graver=True)
    assert (turn, known.pace, known.paced_at) == (NOW, 1, NOW)


@given(st.lists(st.floats(0, 2_000), min_size=1, max_size=60).map(sorted))
def test_no_change_is_forgotten_and_none_waits_longer_than_an_hour(changes: list[float]) -> None:
    known = row(pace=0, paced_at=None)
    last = NOW
    for change in changes:
        known, turn = next_turn(known, minutes(change), is_graver=False)
        assert timedelta(0) <= turn - minutes(change) <= timedelta(hours=1)
        assert turn >= last
        last = turn


def test_a_version_that_waits_is_due_for_its_look_ups_later_and_sends_no_pointer_now() -> None:
    known = row(pace=3, paced_at=NOW)
    version = alert(id="a1", last_update=row().last_update.plus(60), severity=Severity.LOW)
    end, made = admit(known, version, Digests("other", "other"), "body", minutes(1), POLICY)
    assert end is Admission.CHANGED
    assert made is not None
    assert (made.sends, made.enrich_due) == (0, minutes(4))
    end, made = admit(known, version, Digests(known.hunt_digest, "other"), "body", minutes(1), POLICY)
    assert end is Admission.STATUS
    assert made is not None
    assert made.publish_due == minutes(4)
