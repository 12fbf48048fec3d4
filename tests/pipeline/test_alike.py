"""Standing alike: microseconds and the names of etags are none of it, order and content are."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.pipeline.alike import standing_of

NOW = datetime(2026, 11, 24, 10, 0, 0, 5, tzinfo=UTC)
BODY = b'{"at":"2026-11-24T10:00:00.000007Z"}'
STANDING = standing_of({"a": ('W/"1"', NOW), "b": ('W/"2"', BODY)})


def test_later_looks_at_the_clock_and_other_etags_stand_alike() -> None:
    later = NOW + timedelta(microseconds=40)
    body = BODY.replace(b"000007", b"000077")
    assert standing_of({"b": ('W/"8"', body), "a": ('W/"9"', later)}) == STANDING


@pytest.mark.parametrize(
    "other",
    [
        {"a": ('W/"1"', NOW + timedelta(microseconds=4)), "b": ('W/"2"', BODY)},  # now the later one
        {"a": ('W/"1"', NOW + timedelta(seconds=1)), "b": ('W/"2"', BODY)},
        {"a": ('W/"1"', NOW), "b": ('W/"2"', BODY.replace(b"at", b"by"))},
        {"a": ('W/"1"', NOW)},
    ],
)
def test_another_order_second_or_text_does_not(other: dict[str, object]) -> None:
    assert standing_of(other) != STANDING
