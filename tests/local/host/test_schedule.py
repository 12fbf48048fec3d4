"""NCRONTAB: six fields, UTC, day of month and day of week both."""

from __future__ import annotations

import datetime as dt

import pytest

from local.host.schedule import Schedule

TUESDAY = dt.datetime(2026, 11, 24, 10, 30, 15, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 * * * * *", (2026, 11, 24, 10, 31, 0)),
        ("*/10 * * * * *", (2026, 11, 24, 10, 30, 20)),
        ("15 30 10 * * *", (2026, 11, 25, 10, 30, 15)),  # strictly after
        ("0 0 9-17 * * 1-5", (2026, 11, 24, 11, 0, 0)),
        ("0 0 0 * Dec Mon,Wed", (2026, 12, 2, 0, 0, 0)),
        ("0 0 0 1 * 1", (2027, 2, 1, 0, 0, 0)),  # a first that is a Monday; Unix cron would take either
        ("0 0 0 29 2 *", (2028, 2, 29, 0, 0, 0)),
    ],
)
def test_the_next_occurrence(text: str, expected: tuple[int, int, int, int, int, int]) -> None:
    assert Schedule(text).next_after(TUESDAY) == dt.datetime(*expected, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *",
        "0 * * * * * *",
        "60 * * * * *",
        "0 0 0 L * *",
        "0 ? * * * *",
        "00:01:00",
        "%SCHEDULE%",
        "",
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NCRONTAB"):
        Schedule(text)


def test_only_schedules_of_a_minute_or_more_are_recorded() -> None:
    assert Schedule("0 * * * * *").is_monitored(TUESDAY)
    assert not Schedule("*/30 * * * * *").is_monitored(TUESDAY)
