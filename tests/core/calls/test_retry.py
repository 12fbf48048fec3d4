"""The retry table, by value."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.calls.retry import (
    Broken,
    Failure,
    Fate,
    GiveUp,
    NewToken,
    RetryPolicy,
    Wait,
    decide,
    retry_after,
)
from shared.core.calls.throttling import default_wait, quota_of

NOW = datetime(2026, 11, 24, 10, 1, 40, tzinfo=UTC)
POLICY = RetryPolicy(attempts=3, first_wait=1.0, longest_wait=3.0)


def failed(
    what: int | Broken,
    *,
    attempt: int = 1,
    after: float | None = None,
    left: float = 60.0,
    heavy: bool = False,
) -> Failure:
    return Failure(attempt=attempt, what=what, retry_after=after, time_left=left, heavy=heavy, jitter=1.0)


@pytest.mark.parametrize(
    ("failure", "decision"),
    [
        (failed(429, after=7), Wait(7)),
        (failed(429), Wait(1)),
        (failed(429, after=0), Wait(0)),
        (failed(429, after=7, left=6), GiveUp(Fate.THROTTLED, 7)),
        (failed(429, attempt=3, after=7), GiveUp(Fate.THROTTLED, 7)),
        (failed(429, after=7, heavy=True), GiveUp(Fate.THROTTLED, 7)),
        (failed(503), Wait(1)),
        (failed(503, attempt=2), Wait(2)),
        (failed(503, after=5), Wait(5)),
        (failed(503, attempt=3), GiveUp(Fate.UNAVAILABLE)),
        (failed(503, heavy=True), Wait(1)),
        (failed(500, heavy=True), GiveUp(Fate.UNAVAILABLE)),
        (failed(500), Wait(1)),
        (failed(502), Wait(1)),
        (failed(504), Wait(1)),
        (failed(504, heavy=True), GiveUp(Fate.UNAVAILABLE)),
        (failed(408), Wait(1)),
        (failed(501), GiveUp(Fate.UNAVAILABLE)),
        (failed(Broken.CONNECT), Wait(1)),
        (failed(Broken.CONNECT, heavy=True), Wait(1)),
        (failed(Broken.CONNECT, left=0.5), GiveUp(Fate.UNAVAILABLE)),
        (failed(Broken.TIMEOUT), Wait(1)),
        (failed(Broken.TIMEOUT, heavy=True), GiveUp(Fate.UNAVAILABLE)),
        (failed(Broken.CUT), Wait(1)),
        (failed(Broken.CUT, heavy=True), GiveUp(Fate.UNAVAILABLE)),
        (failed(Broken.UNREADABLE), Wait(1)),
        (failed(Broken.UNREADABLE, attempt=3), GiveUp(Fate.UNEXPECTED)),
        (failed(401), NewToken()),
        (failed(403), GiveUp(Fate.DENIED)),
        (failed(404), GiveUp(Fate.NOT_FOUND)),
        (failed(410), GiveUp(Fate.NOT_FOUND)),
        (failed(400), GiveUp(Fate.REFUSED)),
        (failed(413), GiveUp(Fate.REFUSED)),
        (failed(302), GiveUp(Fate.UNEXPECTED)),
        (failed(204), GiveUp(Fate.UNEXPECTED)),
    ],
)
def test_each_failure_has_its_decision(failure: Failure, decision: Wait | NewToken | GiveUp) -> None:
    assert decide(failure, POLICY) == decision


def test_a_second_401_is_final() -> None:
    second = Failure(attempt=2, what=401, time_left=60, jitter=0, token_is_fresh=True)
    assert decide(second, POLICY) == GiveUp(Fate.DENIED)


def test_own_waits_double_up_to_the_longest_and_lose_at_most_half_to_jitter() -> None:
    policy = RetryPolicy(attempts=9, first_wait=1.0, longest_wait=3.0)
    waits = [
        decide(Failure(attempt=n, what=503, time_left=60, jitter=jitter), policy)
        for n in (1, 2, 3)
        for jitter in (0.0, 1.0)
    ]
    assert waits == [Wait(0.5), Wait(1.0), Wait(1.0), Wait(2.0), Wait(1.5), Wait(3.0)]


@given(
    what=st.one_of(st.integers(100, 599), st.sampled_from(Broken)),
    attempt=st.integers(1, 10),
    after=st.none() | st.floats(0, 1e6),
    left=st.floats(0, 600),
    heavy=st.booleans(),
    fresh=st.booleans(),
    jitter=st.floats(0, 1),
)
def test_no_wait_is_longer_than_the_time_left_or_shorter_than_the_service_asks(
    *,
    what: int | Broken,
    attempt: int,
    after: float | None,
    left: float,
    heavy: bool,
    fresh: bool,
    jitter: float,
) -> None:
    failure = Failure(
        attempt=attempt,
        what=what,
        retry_after=after,
        time_left=left,
        heavy=heavy,
        token_is_fresh=fresh,
        jitter=jitter,
    )
    decision = decide(failure, POLICY)
    if isinstance(decision, Wait):
        assert 0 <= decision.seconds <= left
        assert after is None or decision.seconds == after
        assert attempt < POLICY.attempts
    if isinstance(decision, NewToken):
        assert what == 401 and not fresh


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("2.5", 2.5),
        ("Tue, 24 Nov 2026 10:02:00 GMT", 20.0),
        ("Tue, 24 Nov 2026 09:00:00 GMT", 0.0),
        ("999999999", 86_400.0),
        ("Tue, 24 Nov 2037 10:02:00 GMT", 86_400.0),
        ("Tue, 24 Nov 2026 10:02:00 -0000", None),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("9" * 400, None),
        ("1e400", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@pytest.mark.parametrize(
    ("message", "quota", "wait"),
    [
        ("API calls quota exceeded! maximum allowed 45 per 00:01:00", "calls", 60.0),
        ("API calls quota exceeded! maximum allowed 1500 per 01:00:00", "calls", 300.0),
        ("You have exceeded processing resources allocated to this tenant.", "cpu", 800.0),
        ("", "calls", 60.0),
    ],
)
def test_a_429_tells_its_quota_and_when_to_come_back(message: str, quota: str, wait: float) -> None:
    assert (quota_of(message), default_wait(message, NOW)) == (quota, wait)
