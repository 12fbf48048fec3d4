"""Each line that a step logs reaches the host under its run's id, from whichever thread: on the platform,
lines without one are gone."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.core.progress.polling import windows
from tests.e2e.conftest import Arena, running
from tests.e2e.random_kills import empty

LOOK_UPS = "/api/(machines|files|ips|domains|users).*"
HUNTING = "/v1.0/security/runHuntingQuery"


@pytest.fixture(scope="module")
def arena(recording: Path) -> Iterator[Arena]:
    """All steps have run without a right to look up or hunt: for a few alerts, whose entities EnrichAlert
    asks for, and for so many that FetchAlerts asks for them before."""
    with running(recording) as arena:
        for path in (LOOK_UPS, HUNTING):
            arena.stack.control("faults", {"kind": "status", "path": path, "status": 403, "times": 1_000})
        assert arena.stack.host.run_timer("FetchAlerts").ok
        assert arena.stack.host.idle(60)
        app = arena.app()
        spans = windows(None, app.ports.clock.now(), app.policy.poll)
        listed = [raw for span in spans for raw in app.ports.source.updated_in(span).items]
        many = [
            {**raw, "id": f"{raw['id']}{n}"} for raw in listed if isinstance(raw, dict) for n in range(12)
        ]
        many += [{**raw, "id": f"{raw['id']}bare", "evidence": []} for raw in many[:1]]  # hunted apart
        assert len(many) >= app.policy.prefetch_from
        empty(arena.service)
        arena.stack.control("alerts", {"value": many})
        assert arena.stack.host.run_timer("FetchAlerts").ok
        assert arena.stack.host.idle(60)
        yield arena


@pytest.mark.parametrize(
    ("step", "event"),
    [("FetchAlerts", "access denied"), ("EnrichAlert", "access denied"), ("HuntCorrelate", "hunting denied")],
)
def test_a_step_s_lines_arrive_from_its_pools_too(arena: Arena, step: str, event: str) -> None:
    assert [entry for entry in arena.stack.host.hearing.dropped if entry.function == step] == []
    runs = {one.invocation_id for one in arena.invocations if one.function == step}
    lines = [entry for entry in arena.logs if entry.is_user and entry.function == step]
    assert lines and {entry.invocation_id for entry in lines} <= runs
    assert event in {json.loads(entry.message)["event"] for entry in lines}
