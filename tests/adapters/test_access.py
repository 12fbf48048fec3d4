import json

import pytest

from shared.adapters.http.access import ROLE_OF_CALL, Refusals
from shared.adapters.http.call_counts import CallCounts
from tests.adapters.service import FakeClock


def _lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [json.loads(record.getMessage()) for record in caplog.records]


def test_counts_are_told_once() -> None:
    counts = CallCounts()
    counts.called("defender alerts", 200)
    counts.called("defender alerts", 429)
    assert counts.taken() == {"calls": {"defender alerts": 2}, "throttled": {"defender alerts": 1}}
    counts.called("graph hunting", None)
    assert counts.taken() == {"calls": {"graph hunting": 1}, "throttled": {}}
    assert counts.calls == {"defender alerts": 2, "graph hunting": 1}


def test_a_refusal_is_said_once_an_hour_however_many_alerts_meet_it(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    refusals = Refusals(clock)
    for _ in range(500):
        refusals.met("defender file", 403, ("Alert.Read.All",), "https://api.securitycenter.microsoft.com")
    refusals.met("defender machine", 403, (), "")
    assert [line["api"] for line in _lines(caplog)] == ["defender file", "defender machine"]
    clock.sleep(3_601)
    refusals.met("defender file", 403, (), "")
    assert len(caplog.records) == 3


def test_the_missing_role_and_what_to_do_are_named(caplog: pytest.LogCaptureFixture) -> None:
    Refusals(FakeClock()).met(
        "graph hunting", 403, ("SecurityAlert.Read.All",), "https://graph.microsoft.com"
    )
    line = _lines(caplog)[0]
    assert line["needed"] == "ThreatHunting.Read.All"
    assert line["roles"] == ["SecurityAlert.Read.All"]
    assert "grant ThreatHunting.Read.All" in str(line["advice"])


def test_a_role_that_is_there_points_at_the_audience(caplog: pytest.LogCaptureFixture) -> None:
    for api, role in ROLE_OF_CALL.items():
        Refusals(FakeClock()).met(api, 401, (role,), "https://api.security.microsoft.com")
    assert all("audience" in str(line["advice"]) for line in _lines(caplog))
