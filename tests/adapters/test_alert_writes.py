"""Comments and fields written to the simulated services, and how a write ends that nobody answered."""

import json
from dataclasses import replace
from typing import Any

import pytest

from local.identity import DEFENDER, GRAPH
from local.simulator.faults import Fault
from shared.adapters.alert_writes import DefenderWrites, GraphWrites
from shared.adapters.defender import DefenderAlerts
from shared.adapters.graph import GraphAlerts
from shared.adapters.http.json_api import Call, JsonApi
from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.writes import TableWrites
from shared.core.alert.normalize import normalize
from shared.core.values.instant import Instant
from shared.core.write_back import WriteRow
from shared.errors import (
    AccessDenied,
    AppError,
    NotFound,
    Throttled,
    Unanswered,
    Unavailable,
    UnexpectedResponse,
)
from tests.adapters.service import FakeClock, FakeTokens, Reply, Service
from tests.adapters.test_against_simulator import ROLES, World, alert, world  # noqa: F401 - a fixture
from tests.filled import filled

ID = str(alert(1)["id"])
TEXT = "Confirmed\n[correlator home r1 0123abcd]"


def _granted(running: World) -> None:
    running.identity.set_roles(DEFENDER, [*ROLES[DEFENDER], "Alert.ReadWrite.All"])
    running.identity.set_roles(GRAPH, [*ROLES[GRAPH], "SecurityAlert.ReadWrite.All"])


def _parts(running: World, source: str) -> tuple[Any, Any]:
    if source == "defender":
        return DefenderWrites(running.defender), DefenderAlerts(running.defender)
    return GraphWrites(running.graph), GraphAlerts(running.graph)


@pytest.mark.parametrize("source", ["defender", "graph"])
def test_a_comment_and_fields_are_read_back_as_they_were_written(world: World, source: str) -> None:  # noqa: F811
    _granted(world)
    writes, alerts = _parts(world, source)
    writes.set_fields(ID, {"classification": "FalsePositive", "assignedTo": "Ann"})
    writes.comment(ID, TEXT)
    read = normalize(alerts.one(ID), source, fallback=Instant(0))
    assert [comment.text for comment in read.comments] == [TEXT]
    assert (read.classification, read.assigned_to) == ("FalsePositive", "Ann")
    with pytest.raises(NotFound):
        writes.comment("nobody", TEXT)


@pytest.mark.parametrize(
    ("source", "needed"), [("defender", "Alert.ReadWrite.All"), ("graph", "SecurityAlert.ReadWrite.All")]
)
def test_the_role_that_lacks_is_named_with_the_option_that_grants_it(
    world: World,  # noqa: F811
    source: str,
    needed: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    writes, _ = _parts(world, source)
    for _ in range(3):
        with pytest.raises(AccessDenied) as caught:
            writes.comment(ID, TEXT)
    assert (caught.value.needed, caught.value.lacks) == (needed, "role")
    [said] = [record.getMessage() for record in caplog.records if "access denied" in record.getMessage()]
    assert "infra/grant-roles --write-back" in said


def test_an_answer_that_is_cut_after_the_change_is_unanswered_and_not_repeated(world: World) -> None:  # noqa: F811
    _granted(world)
    world.simulator.faults.add(Fault(kind="cut", method="PATCH"))
    writes, alerts = _parts(world, "defender")
    with pytest.raises(Unanswered):
        writes.comment(ID, TEXT)
    read = normalize(alerts.one(ID), "defender", fallback=Instant(0))
    assert len(read.comments) == 1


WRITE = Call(api="write", path="/x", body={"a": 1}, method="PATCH", writes=True)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(500), Unanswered),
        (Reply(502), Unanswered),
        (Reply(503, headers={"Retry-After": "1"}), Unanswered),
        (Reply(504), Unanswered),
        (Reply(408), Unanswered),
        (Reply(302), Unanswered),
        (Reply(0, cut=0), Unanswered),
        (Reply(429, headers={"Retry-After": "1"}), Throttled),
        (Reply(400), UnexpectedResponse),
        (Reply(409), UnexpectedResponse),
        (Reply(403), AccessDenied),
        (Reply(404), NotFound),
    ],
)
def test_a_write_is_sent_once_and_says_whether_it_may_have_been_done(
    service: Service, clock: FakeClock, reply: Reply, kind: type[AppError]
) -> None:
    service.answer = lambda _: reply
    client = JsonApi("defender", service.url, "scope", FakeTokens(), clock=clock)
    with pytest.raises(kind):
        client.send(WRITE)
    assert len(service.asked) == 1 and clock.slept == []


def test_a_token_that_is_refused_is_replaced_before_a_write(service: Service, clock: FakeClock) -> None:
    service.replies = [Reply(401), Reply(200, body=b"")]
    JsonApi("defender", service.url, "scope", FakeTokens(), clock=clock).send(WRITE)
    assert [(asked.method, json.loads(asked.body)) for asked in service.asked] == [("PATCH", {"a": 1})] * 2


def test_a_write_that_never_left_is_tried_again_and_is_no_riddle(clock: FakeClock) -> None:
    client = JsonApi("defender", "https://127.0.0.1:1", "scope", FakeTokens(), clock=clock)
    with pytest.raises(Unavailable) as caught:
        client.send(WRITE)
    assert not isinstance(caught.value, Unanswered)
    assert len(clock.slept) == 3


def _row(**changes: object) -> WriteRow:
    row: WriteRow = replace(filled(WriteRow), alert_id="da1_-2/x", etag="")
    return replace(row, **changes)  # type: ignore[arg-type]  # the test names fields of WriteRow


def test_rows_come_back_whole_and_change_on_condition(tables: StorageTables) -> None:
    rows = TableWrites(tables, "home")
    assert (rows.all(), rows.find(["da1"])) == ([], {})
    [written] = rows.put([_row()])
    assert rows.all() == [written] and rows.find(["da1_-2/x", "other"]) == {"da1_-2/x": written}
    assert TableWrites(tables, "another").all() == []
    assert rows.put([_row()]) == []  # it is there already
    [newer] = rows.put([replace(written, attempts=9)])
    assert rows.put([replace(written, attempts=1)]) == []
    assert rows.close([written]) == []
    assert rows.close([newer]) == [newer] and rows.close([newer]) == [newer]
    assert rows.all() == []


def test_a_row_that_cannot_be_read_is_kept_apart_and_the_others_go_on(tables: StorageTables) -> None:
    rows = TableWrites(tables, "home")
    [good] = rows.put([_row(alert_id="good")])
    keys = {"PartitionKey": "write|home", "RowKey": "bad"}
    tables.apply("AlertWork", [Operation(Verb.PUT, {**keys, "AlertId": "bad", "Attempts": "many"})])
    assert rows.all() == [good]
    assert tables.get("AlertWork", "write|home", "bad") is None
