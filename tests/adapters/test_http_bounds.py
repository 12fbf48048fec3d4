"""The HTTP client's bounds: sizes, times, links, hosts, and JSON that means harm."""

import gzip
import socket
import time
from pathlib import Path

import pytest

from shared.adapters.clock import SystemClock
from shared.adapters.http.addresses import segment
from shared.adapters.http.call_counts import CallCounts
from shared.adapters.http.json_api import AnswerTooLarge, Call, JsonApi, TimedOut
from shared.core.calls.retry import RetryPolicy
from shared.errors import NotFound, Unavailable, UnexpectedResponse
from tests.adapters.service import FakeClock, FakeTokens, Reply, Service

CALL = Call(api="things", path="/api/things")


def api(service: Service, clock: FakeClock) -> JsonApi:
    return JsonApi(
        "defender",
        service.url,
        "scope",
        FakeTokens(),
        clock=clock,
        policy=RetryPolicy(attempts=3, first_wait=1.0),
    )


def test_an_answer_over_its_bound_is_not_read_to_its_end(service: Service, clock: FakeClock) -> None:
    service.replies = [Reply(body=b"[" + b"1," * 500_000 + b"1]")]
    with pytest.raises(AnswerTooLarge, match="over 65536 bytes"):
        api(service, clock).send(Call(api="things", path="/x", most_bytes=65_536))


def test_an_answer_that_does_not_come_is_given_up(service: Service, clock: FakeClock) -> None:
    service.answer = lambda _: Reply(body={}, delay=0.5)
    with pytest.raises(TimedOut, match="no answer in time"):
        api(service, clock).send(Call(api="things", path="/x", read_timeout=0.05))
    assert len(service.asked) == 3


def test_a_service_that_is_not_there_is_unavailable(service: Service, clock: FakeClock) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = JsonApi(
            "defender", f"https://127.0.0.1:{unused.getsockname()[1]}", "scope", FakeTokens(), clock=clock
        )
        with pytest.raises(Unavailable, match="no connection"):
            client.send(CALL)
    assert clock.slept == [0.5, 1.0, 2.0]


def test_a_certificate_nobody_vouches_for_is_no_connection(
    service: Service, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(Unavailable, match="no connection"):
        api(service, clock).send(CALL)
    assert service.asked == []


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/api/things",
        "http://127.0.0.1/api/things",
        "https://127.0.0.1@evil.example/",
        "https://127.0.0.1:1/api/things",
        "//evil.example/x",
        "file:///etc/passwd",
        "https://evil.example\\@127.0.0.1/",
        "",
    ],
)
def test_a_link_to_anywhere_else_is_refused_without_a_call(
    service: Service, clock: FakeClock, link: str
) -> None:
    with pytest.raises(UnexpectedResponse) as caught:
        api(service, clock).send(Call(api="things", path=link))
    assert "/etc/passwd" not in str(caught.value)
    assert service.asked == []


def test_a_link_on_the_same_host_is_followed(service: Service, clock: FakeClock) -> None:
    service.replies = [Reply(body={})]
    api(service, clock).send(Call(api="things", path=f"{service.url}/api/things?$skip=1000"))
    assert service.asked[0].target == "/api/things?$skip=1000"


def test_only_https_addresses_are_accepted(clock: FakeClock) -> None:
    for url in ("http://127.0.0.1:1", "ftp://x.example", "https://", "https://user:pw@x.example"):
        with pytest.raises(ValueError, match="not an https address"):
            JsonApi("defender", url, "scope", FakeTokens(), clock=clock)


def test_no_netrc_file_replaces_the_token(
    service: Service, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    service.replies = [Reply(body={})]
    api(service, clock).send(CALL)
    assert service.asked[0].headers["Authorization"] == "Bearer token-1"


def test_cookies_are_not_kept(service: Service, clock: FakeClock) -> None:
    service.answer = lambda _: Reply(body={}, headers={"Set-Cookie": "a=b; Path=/"})
    client = api(service, clock)
    client.send(CALL)
    client.send(CALL)
    assert "Cookie" not in service.asked[1].headers


def test_calls_and_refusals_are_counted_by_api(service: Service, clock: FakeClock) -> None:
    counts = CallCounts()
    client = JsonApi("defender", service.url, "s", FakeTokens(), clock=clock, counts=counts)
    service.replies = [Reply(429, headers={"Retry-After": "0"}), Reply(body={}), Reply(body={})]
    client.send(CALL)
    client.send(Call(api="others", path="/o"))
    assert counts.taken() == {"calls": {"things": 2, "others": 1}, "throttled": {"things": 1}}


def test_odd_json_is_read_as_far_as_it_goes(service: Service, clock: FakeClock) -> None:
    service.replies = [Reply(body=b'\xef\xbb\xbf{"a": NaN, "b": "\xff", "c": Infinity}')]
    assert api(service, clock).send(CALL).body == {"a": None, "b": "\ufffd", "c": None}


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"n": ' + b"9" * 5_000, b"", b"\x00"])
def test_hostile_json_ends_as_an_unexpected_answer(service: Service, clock: FakeClock, body: bytes) -> None:
    service.answer = lambda _: Reply(body=body)
    with pytest.raises(UnexpectedResponse):
        api(service, clock).send(CALL)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("a/b", "a%2Fb"), ("a b?c#d", "a%20b%3Fc%23d"), ("..a", "..a"), ("ü", "%C3%BC"), ("\ud800", "%3F")],
)
def test_a_path_segment_stays_one_segment(text: str, quoted: str) -> None:
    assert segment(text) == quoted


@pytest.mark.parametrize("text", ["", ".", "..", "..."])
def test_steps_in_a_path_are_not_segments(text: str) -> None:
    with pytest.raises(NotFound):
        segment(text)


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
def test_an_answer_that_drips_is_cut_off_in_time(service: Service, headers: dict[str, str]) -> None:
    """Each byte comes well within the read timeout; all of them would take 50 s."""
    body = b'{"a":"' + b"x" * 1_000 + b'"}'
    packed = gzip.compress(body, 0) if headers else body
    service.answer = lambda _: Reply(body=packed, drip=0.05, headers=headers)
    client = JsonApi(
        "defender", service.url, "scope", FakeTokens(), clock=SystemClock(), policy=RetryPolicy(attempts=1)
    )
    begun = time.monotonic()
    with pytest.raises(TimedOut):
        client.send(Call(api="things", path="/x", read_timeout=0.2))
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("pieces", [1, 2])
def test_a_packed_answer_is_unpacked_within_its_bound(
    service: Service, clock: FakeClock, pieces: int
) -> None:
    body = b"[" + b"1," * 100_000 + b"1]"
    middle = len(body) // pieces
    packed = b"".join(gzip.compress(part) for part in (body[:middle], body[middle:]) if part)
    service.answer = lambda _: Reply(body=packed, headers={"Content-Encoding": "gzip"})
    assert len(packed) < 2_000
    answer = api(service, clock).send(CALL)
    assert isinstance(answer.body, list)
    assert len(answer.body) == 100_001
    with pytest.raises(AnswerTooLarge):
        api(service, clock).send(Call(api="things", path="/x", most_bytes=65_536))


def test_a_broken_packing_is_a_broken_answer(service: Service, clock: FakeClock) -> None:
    service.answer = lambda _: Reply(body=b"no gzip at all", headers={"Content-Encoding": "gzip"})
    with pytest.raises(Unavailable):
        api(service, clock).send(CALL)
