import json

import pytest

from shared.adapters.http.access import ROLE_OF_CALL, Refusals
from shared.adapters.http.call_counts import CallCounts
from shared.adapters.http.json_api import JsonApi
from shared.adapters.hunting import GraphHunter
from shared.errors import AccessDenied, Denied
from tests.adapters.service import FakeClock, FakeTokens, Reply, Service
from tests.adapters.test_http import jwt


def _lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [json.loads(record.getMessage()) for record in caplog.records]


def test_counts_are_told_once() -> None:
    counts = CallCounts()
    counts.called("defender alerts", 200)
    counts.called("defender alerts", 429)
    assert counts.taken() == {"calls": {"defender alerts": 2}, "throttled": {"defender alerts": 1}}
    counts.called("graph hunting", None)
    assert counts.taken() == {"calls": {"graph hunting": 1}, "throttled": {}}


def _denied(
    api: str,
    status: int | None = 403,
    roles: tuple[str, ...] = (),
    audience: str = "https://graph.microsoft.com",
) -> AccessDenied:
    return AccessDenied("no", status=status, roles=roles, audience=audience, needed=ROLE_OF_CALL[api])


def test_a_refusal_is_said_once_an_hour_however_many_alerts_meet_it(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    refusals = Refusals(clock)
    for _ in range(500):
        refusals.met("defender file", _denied("defender file", roles=("Alert.Read.All",)))
    refusals.met("defender machine", _denied("defender machine"))
    assert [line["api"] for line in _lines(caplog)] == ["defender file", "defender machine"]
    clock.sleep(3_601)
    refusals.met("defender file", _denied("defender file"))
    assert len(caplog.records) == 3


def test_the_missing_role_and_what_to_do_are_named(caplog: pytest.LogCaptureFixture) -> None:
    Refusals(FakeClock()).met("graph hunting", _denied("graph hunting", roles=("SecurityAlert.Read.All",)))
    line = _lines(caplog)[0]
    assert (line["lacks"], line["needed"]) == ("role", "ThreatHunting.Read.All")
    assert line["roles"] == ["SecurityAlert.Read.All"]
    assert "grant ThreatHunting.Read.All" in str(line["advice"])


@pytest.mark.parametrize(("api", "role"), ROLE_OF_CALL.items())
def test_a_role_that_is_there_points_at_the_licence_and_is_not_to_be_granted(
    caplog: pytest.LogCaptureFixture, api: str, role: str
) -> None:
    for held in (role, role.replace(".Read.", ".ReadWrite.")):
        Refusals(FakeClock()).met(api, _denied(api, roles=(held, "Another.Read.All")))
    for line in _lines(caplog):
        assert line["lacks"] == "licence" and "Defender for Business" in str(line["advice"])
        assert "grant-roles" not in str(line["advice"])


@pytest.mark.parametrize("api", ROLE_OF_CALL)
def test_a_token_that_is_not_taken_points_at_the_audience_whatever_it_holds(
    caplog: pytest.LogCaptureFixture, api: str
) -> None:
    for status, roles in ((401, (ROLE_OF_CALL[api],)), (401, ()), (None, ())):
        Refusals(FakeClock()).met(api, _denied(api, status, roles, "https://elsewhere.example"))
    for line in _lines(caplog):
        assert line["lacks"] == "audience" and "https://elsewhere.example" in str(line["advice"])
        assert "grant" not in str(line["advice"])


@pytest.mark.parametrize(
    ("status", "body", "roles", "lacks"),
    [
        (403, "no licence", ("ThreatHunting.Read.All",), Denied.LICENCE),
        (403, "no role", ("SecurityAlert.Read.All",), Denied.ROLE),
        (401, "not for us", ("ThreatHunting.Read.All",), Denied.AUDIENCE),
    ],
)
def test_the_error_of_a_real_answer_knows_what_is_lacking(
    service: Service, status: int, body: str, roles: tuple[str, ...], lacks: Denied
) -> None:
    service.answer = lambda asked: Reply(status, {"error": {"code": "X", "message": body}})
    tokens = [jwt(aud="https://graph.microsoft.com", roles=list(roles), n=n) for n in (1, 2)]
    clock = FakeClock()
    api = JsonApi("graph", service.url, "scope", FakeTokens(tokens), clock=clock)
    with pytest.raises(AccessDenied) as refused:
        GraphHunter(api, clock).run("q", "AlertInfo", "")
    assert refused.value.lacks is lacks
