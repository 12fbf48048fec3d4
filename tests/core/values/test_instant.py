from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.values.instant import Instant


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2026-11-24T10:00:57.7220239Z", "2026-11-24T10:00:57.7220239Z"),
        ("2026-11-24T10:00:59.2Z", "2026-11-24T10:00:59.2000000Z"),
        ("2026-11-24T22:52:11Z", "2026-11-24T22:52:11.0000000Z"),
        ("2026-11-24T10:00:00+02:00", "2026-11-24T08:00:00.0000000Z"),
        ("2026-11-24T10:00:00.123456789Z", "2026-11-24T10:00:00.1234567Z"),
        ("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.9999999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.0000000Z"),
    ],
)
def test_every_documented_form_is_read_to_the_100_ns(text: str, canonical: str) -> None:
    assert Instant.parse(text).text() == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-13-01T00:00:00Z",
        "2026-11-24",
        "2026-11-24T10:00:00Z; drop",
        "\uff12\uff10\uff12\uff16-11-24T10:00:00Z",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Instant.parse(text)


@given(st.integers(min_value=-(10**17), max_value=2 * 10**17))
def test_text_and_back_is_the_same_instant(ticks: int) -> None:
    assert Instant.parse(Instant(ticks).text()) == Instant(ticks)


@given(st.timedeltas(min_value=timedelta(days=-700_000), max_value=timedelta(days=2_900_000)))
def test_a_datetime_survives(since: timedelta) -> None:
    aware = datetime(1970, 1, 1, tzinfo=UTC) + since
    assert Instant.of(aware).to_datetime() == aware
    assert Instant.of(aware.astimezone(timezone(timedelta(hours=5)))) == Instant.of(aware)


def test_text_sorts_as_time_does() -> None:
    early, late = Instant.parse("2026-11-24T10:00:00.9Z"), Instant.parse("2026-11-24T10:00:01Z")
    assert early < late
    assert early.text() < late.text()
    assert late.seconds_since(early) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("0001-01-01T00:00:00Z", False),
        ("1601-01-01T00:00:00.0000001Z", False),
        ("1899-12-30T00:00:00Z", False),
        ("1970-01-01T00:00:00Z", False),
        ("1989-12-31T23:59:59.9999999Z", False),
        ("1990-01-01T00:00:00Z", True),
        ("2026-11-24T10:00:00Z", True),
        ("9998-12-31T23:59:59.9999999Z", True),
        ("9999-01-01T00:00:00Z", False),
        ("9999-12-31T23:59:59.9999999Z", False),
    ],
)
def test_what_stands_for_no_time_is_told_apart(text: str, is_told: bool) -> None:
    assert Instant.parse(text).is_told is is_told
