"""One odd value in an answer costs neither the page nor the alerts beside it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from local.certs import make_certificates
from shared.adapters.defender import DefenderAlerts
from shared.adapters.http.answers import HttpAnswer, read_json
from shared.adapters.http.json_api import Call, JsonApi
from shared.core.progress.messages import Pointer
from shared.core.values.instant import Instant
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.policy import Policy
from shared.pipeline.stored import documents
from tests.adapters.service import Asked, FakeClock, FakeTokens, Reply, Service
from tests.core.samples import read
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import World

OPENERS = [("[", "]"), ('{"a":', "}"), ('{"a\\"]}":[', "]}")]


@pytest.mark.parametrize(("opened", "closed"), OPENERS)
@pytest.mark.parametrize("levels", [99, 100, 101, 5_000, 20_000, 300_000])
def test_a_value_of_any_depth_is_read_kept_and_named(levels: int, opened: str, closed: str) -> None:
    deep = opened * levels + "1" + closed * levels
    page = read_json(f'{{"value":[{{"id":"deep","evidence":[{deep}]}},{{"id":"next","x":"]}}["}}]}}'.encode())
    assert isinstance(page, dict)
    first, second = page["value"]
    assert second == {"id": "next", "x": "]}["}
    kept = documents.packed(first)
    assert len(kept) < 100_000
    alert = read(first)
    assert alert.id == "deep"
    assert any(path.startswith("evidence[0]") for path in alert.unreadable)


def test_what_is_not_json_is_still_refused_however_deep() -> None:
    for text in ("[" * 200_000, "[" * 200_000 + "}", "{" * 50_000 + "]" * 50_000, '["' + "[" * 200_000):
        with pytest.raises(ValueError, match=r"Expect|Unterminated|Extra"):
            read_json(text.encode())


def test_a_number_of_any_length_is_read() -> None:
    page = read_json(b'{"value":[1,' + b"9" * 100_000 + b',{"id":"a","incidentId":' + b"8" * 5_000 + b"}]}")
    assert isinstance(page, dict)
    one, digits, alert = page["value"]
    assert (one, digits) == (1, "9" * 100_000)
    assert json.loads(json.dumps(alert)) == alert
    assert read(alert).incident_id == "8" * 5_000


class Narrow(JsonApi):
    """A client that takes no answer over 30,000 bytes, to spare the test the 64 MiB."""

    def send(self, call: Call) -> HttpAnswer:
        return super().send(replace(call, most_bytes=30_000))


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DefenderAlerts]:
    """Twenty alerts of 9,000 bytes, and one between them that is over what an answer may have."""
    certificates = make_certificates(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca))
    alerts = [
        raw_alert(f"a{n:02d}", minutes_ago=60 * n + 5) | {"description": "x" * 9_000} for n in range(20)
    ]
    alerts.insert(10, raw_alert("a10-huge", minutes_ago=60 * 9 + 30) | {"description": "x" * 40_000})
    with Service(certificates) as service:
        service.answer = lambda asked: _listed(asked, alerts)
        api = Narrow("defender", service.url, "scope", FakeTokens(), clock=FakeClock())
        yield DefenderAlerts(api)


def _listed(asked: Asked, alerts: list[dict[str, object]]) -> Reply:
    if asked.path != "/api/alerts":
        return Reply(body=next(raw for raw in alerts if asked.path.endswith(str(raw["id"]))))
    inside = re.fullmatch(r"(\w+) ge (\S+) and \w+ lt (\S+)", asked.query["$filter"])
    assert inside is not None
    first, end = Instant.parse(inside[2]), Instant.parse(inside[3])
    found = [raw for raw in alerts if first <= Instant.parse(str(raw[inside[1]])) < end]
    if "$expand" not in asked.query:
        found = [raw | {"description": ""} for raw in found]
    return Reply(body={"value": found})


def test_alerts_too_large_together_are_read_in_parts_and_one_too_large_alone_stops_nobody(
    source: DefenderAlerts, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "alerts")
    world = World()
    ports = replace(world.ports(), source=source)
    fetch_alerts(ports, Policy())
    assert set(world.open) == {f"a{n:02d}" for n in range(20)}
    checkpoint = world.checkpoints["defender"]
    assert checkpoint.position == Instant.of(world.now)
    assert len(checkpoint.gaps) == 1  # the instant of the one that is too large
    world.pass_time(hours=1)
    del world.open["a15"]  # as if it had never come: the audit asks for it too
    recovered = [Pointer.parse(text).alert_id for text in fetch_alerts(ports, Policy()).pointers]
    events = [json.loads(record.getMessage()) for record in caplog.records]
    assert [each["alert_id"] for each in events if each["event"] == "alert not recovered"] == ["a10-huge"]
    assert "a15" in recovered
    assert [each["result"] for each in events if each["event"] == "audit"] == [
        "2 missing of 21, by both sources"
    ]
