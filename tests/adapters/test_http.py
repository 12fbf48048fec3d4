"""The HTTP client against a real HTTPS server: retries, bounds, errors, and what must never get out."""

import base64
import json
import logging

import pytest

from shared.adapters.http.json_api import Call, JsonApi
from shared.core.calls.retry import RetryPolicy
from shared.errors import AccessDenied, AppError, NotFound, Throttled, Unavailable, UnexpectedResponse
from tests.adapters.service import FakeClock, FakeTokens, Reply, Service

CALL = Call(api="things", path="/api/things")


def api(service: Service, clock: FakeClock, tokens: FakeTokens | None = None) -> JsonApi:
    return JsonApi(
        "defender",
        service.url,
        "scope",
        tokens or FakeTokens(),
        clock=clock,
        policy=RetryPolicy(attempts=3, first_wait=1.0),
    )


def test_a_call_carries_its_token_and_a_query_that_cannot_change_shape(
    service: Service, clock: FakeClock
) -> None:
    service.replies = [Reply(body={"value": [1]}, headers={"request-id": "r-1"})]
    query: dict[str, str | int] = {"$filter": "a ge 2026-11-24T00:00:00.0000000Z&x=1 #", "$top": 5}
    answer = api(service, clock).send(Call(api="things", path="/api/things", query=query))
    assert (answer.status, answer.body, answer.request_id) == (200, {"value": [1]}, "r-1")
    [asked] = service.asked
    assert (asked.path, asked.headers["Authorization"]) == ("/api/things", "Bearer token-1")
    assert asked.query == {"$filter": "a ge 2026-11-24T00:00:00.0000000Z&x=1 #", "$top": "5"}


def test_a_body_is_posted_as_json(service: Service, clock: FakeClock) -> None:
    service.replies = [Reply(body={})]
    api(service, clock).send(Call(api="things", path="/q", body={"Query": "日本 'x'"}))
    [asked] = service.asked
    assert (asked.method, json.loads(asked.body)) == ("POST", {"Query": "日本 'x'"})
    assert asked.headers["Content-Type"] == "application/json"


def test_one_connection_serves_many_calls(service: Service, clock: FakeClock) -> None:
    service.answer = lambda _: Reply(body={})
    client = api(service, clock)
    for _ in range(3):
        client.send(CALL)
    assert (len(service.asked), service.connections) == (3, 1)


@pytest.mark.parametrize(
    ("replies", "slept"),
    [
        ([Reply(429, headers={"Retry-After": "7"})], [7.0]),
        ([Reply(429, headers={"Retry-After": "Tue, 24 Nov 2026 10:01:45 GMT"})], [5.0]),
        ([Reply(503), Reply(500)], [1.0, 2.0]),
        ([Reply(502), Reply(504)], [1.0, 2.0]),
        ([Reply(408)], [1.0]),
        ([Reply(body={"value": ["x" * 500]}, cut=40)], [1.0]),
        ([Reply(body=b"<html>Gateway</html>")], [1.0]),
        ([Reply(body=b'{"value": [')], [1.0]),
    ],
)
def test_what_passes_by_is_tried_again(
    service: Service, clock: FakeClock, replies: list[Reply], slept: list[float]
) -> None:
    service.replies = [*replies, Reply(body={"ok": True})]
    assert api(service, clock).send(CALL).body == {"ok": True}
    assert clock.slept == slept


def test_a_retry_after_beyond_our_patience_ends_the_call_at_once(service: Service, clock: FakeClock) -> None:
    service.replies = [
        Reply(
            429,
            {
                "error": {
                    "code": "429",
                    "message": "API calls quota exceeded! maximum allowed 45",
                    "target": "t-9",
                }
            },
            {"Retry-After": "45"},
        )
    ]
    with pytest.raises(Throttled, match="API calls quota exceeded") as caught:
        api(service, clock).send(CALL)
    assert clock.slept == []
    assert (caught.value.retry_after, caught.value.quota, caught.value.request_id) == (45.0, "calls", "t-9")


def test_a_cpu_quota_without_retry_after_opens_with_the_next_quarter_of_an_hour(
    service: Service, clock: FakeClock
) -> None:
    message = "You have exceeded processing resources allocated to this tenant."
    service.replies = [Reply(429, {"error": {"code": "TooManyRequests", "message": message}})]
    with pytest.raises(Throttled) as caught:
        api(service, clock).send(CALL)
    assert (caught.value.quota, caught.value.retry_after) == ("cpu", 900 - 100)
    assert (len(service.asked), clock.slept) == (1, [])


@pytest.mark.parametrize(("status", "kind"), [(504, Unavailable), (500, Unavailable), (429, Throttled)])
def test_a_heavy_call_that_may_have_cost_quota_is_not_made_twice(
    service: Service, clock: FakeClock, status: int, kind: type[AppError]
) -> None:
    service.replies = [Reply(status, headers={"Retry-After": "1"}), Reply(body={})]
    with pytest.raises(kind):
        api(service, clock).send(Call(api="hunt", path="/q", body={}, heavy=True))
    assert len(service.asked) == 1


def test_one_401_costs_one_fresh_token(service: Service, clock: FakeClock) -> None:
    tokens = FakeTokens()
    service.replies = [Reply(401), Reply(body={})]
    api(service, clock, tokens).send(CALL)
    assert [asked.headers["Authorization"] for asked in service.asked] == ["Bearer token-1", "Bearer token-2"]
    assert tokens.refused == ["token-1"]


def jwt(**claims: object) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "c2ln"])


@pytest.mark.parametrize(("status", "calls"), [(401, 2), (403, 1)])
def test_a_refused_token_says_what_it_was_good_for_and_never_itself(
    service: Service, clock: FakeClock, caplog: pytest.LogCaptureFixture, status: int, calls: int
) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = [jwt(aud="https://api.example", roles=["Alert.Read.All"], n=n) for n in (1, 2)]
    echo = f"Bearer {tokens[-1]} is no good, nor is {tokens[0]}"
    body = {"error": {"code": "Forbidden", "message": echo}}
    service.answer = lambda _: Reply(status, body)
    with pytest.raises(AccessDenied) as caught:
        api(service, clock, FakeTokens(tokens)).send(CALL)
    assert len(service.asked) == calls
    assert (caught.value.roles, caught.value.audience) == (("Alert.Read.All",), "https://api.example")
    assert "Alert.Read.All" in str(caught.value)
    for text in (str(caught.value), repr(caught.value.__cause__), caplog.text):
        assert not any(part in text for token in tokens for part in token.split(".")[:2])


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (
            Reply(404, {"error": {"code": "ResourceNotFound", "message": "no such"}}),
            NotFound,
            "ResourceNotFound: no",
        ),
        (
            Reply(400, {"error": {"code": "BadRequest", "message": "no"}}),
            UnexpectedResponse,
            "400: BadRequest: no",
        ),
        (Reply(302, b"", {"Location": "https://elsewhere.example/"}), UnexpectedResponse, "answered 302"),
        (Reply(307, b"", {"Location": "/api/things2"}), UnexpectedResponse, "answered 307"),
        (Reply(501, b"<html>not here</html>"), Unavailable, "<html>not here"),
    ],
)
def test_what_cannot_be_mended_by_asking_again_ends_at_once(
    service: Service, clock: FakeClock, reply: Reply, kind: type[AppError], words: str
) -> None:
    service.replies = [reply]
    with pytest.raises(kind, match=words) as caught:
        api(service, clock).send(CALL)
    assert (caught.value.status, caught.value.service) == (reply.status, "defender")
    assert (len(service.asked), clock.slept) == (1, [])


def test_a_body_that_stays_unreadable_is_kept_in_part_and_redacted(
    service: Service, clock: FakeClock
) -> None:
    body = b"<html>sig=abcdef0123456789 " + b"x" * 2_000
    service.answer = lambda _: Reply(body=body)
    with pytest.raises(UnexpectedResponse, match=r"not JSON.*<html>") as caught:
        api(service, clock).send(CALL)
    assert "abcdef0123456789" not in str(caught.value) and len(str(caught.value)) < 700
    assert len(service.asked) == 3


def test_an_accepted_error_is_given_back(service: Service, clock: FakeClock) -> None:
    body = {"error": {"code": "UnknownError", "message": "", "innerError": {"request-id": "g-1"}}}
    service.replies = [Reply(400, body)]
    answer = api(service, clock).send(Call(api="things", path="/x", accept=frozenset({400})))
    assert answer.error is not None
    assert (answer.status, answer.error.code, answer.request_id) == (400, "UnknownError", "g-1")
