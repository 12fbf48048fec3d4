"""When an incident is built: at once, then seldom; ever more seldom where it does not end."""

from datetime import UTC, datetime, timedelta

from shared.core.incidents import Mark, mark

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
EVERY = 300.0


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_new_incident_is_due_at_once_and_an_unmarked_one_never() -> None:
    assert mark.is_due(Mark("1", is_marked=True), NOW, EVERY)
    assert not mark.is_due(Mark("1"), NOW, EVERY)


def test_after_a_build_it_waits() -> None:
    built = mark.ended(Mark("1", is_marked=True, tries=3, tried=NOW), NOW)
    assert built == Mark("1", built=NOW)
    again = Mark("1", is_marked=True, built=NOW)
    assert not mark.is_due(again, after(299), EVERY)
    assert mark.is_due(again, after(300), EVERY)


def test_a_build_that_does_not_end_is_tried_ever_later() -> None:
    tried = Mark("1", is_marked=True)
    waits, at = [], NOW
    for _ in range(12):
        tried = mark.begun(tried, at)
        begun = at
        while not mark.is_due(tried, at, EVERY):
            at += timedelta(seconds=30)
        waits.append((at - begun).total_seconds())
    assert waits[:4] == [60, 120, 240, 480]
    assert waits[-1] == 86_400 == max(waits)


def test_what_was_built_is_remembered_only_as_long_as_it_must_wait() -> None:
    built = Mark("1", built=NOW)
    assert not mark.is_over(built, after(299), EVERY)
    assert mark.is_over(built, after(300), EVERY)
    assert not mark.is_over(Mark("1", is_marked=True, built=NOW), after(9_999), EVERY)
