"""Faults that the simulator has no word for. Each begins its fault and says how it ends."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import replace

from local.identity import DEFENDER
from local.simulator.answers import Answer
from local.simulator.faults import Fault
from shared.core.progress.ledger_row import LedgerRow
from shared.core.values.instant import Instant
from tests.adapters.service import Asked, Reply
from tests.faults.stage import Stage
from tests.faults.storage_door import BUSY, LOST_RACE, table_of

FILLERS = 2_500
_GRAPH_LIST = "/v1.0/security/alerts_v2"


def _spoil(stage: Stage, spoil: Callable[[str, Answer], Answer]) -> None:
    faults = stage.simulator.faults
    spoiled = faults.spoiled

    def also(fault: Fault | None, path: str, answer: Answer, tenant: str = "") -> Answer:
        answer = spoiled(fault, path, answer, tenant)
        return spoil(path, answer) if answer.status == 200 else answer

    faults.spoiled = also  # type: ignore[method-assign]  # the simulator's own faults know no such page
    stage.lifted.append(lambda: setattr(faults, "spoiled", spoiled))


def _with(answer: Answer, **changes: object) -> Answer:
    return dataclasses.replace(answer, body=json.dumps(json.loads(answer.body) | changes).encode())


def links_in_a_circle(stage: Stage) -> None:
    link = f"{stage.simulator.defender_url}/api/alerts"

    def circle(path: str, answer: Answer) -> Answer:
        return _with(answer, **{"@odata.nextLink": link}) if path == "/api/alerts" else answer

    _spoil(stage, circle)


def token_expires_between_pages(stage: Stage) -> None:
    link = f"{stage.simulator.graph_url}{_GRAPH_LIST}?$skip=1"
    second: list[object] = []

    def pages(path: str, answer: Answer) -> Answer:
        if path != _GRAPH_LIST:
            return answer
        if second:
            return _with(answer, value=[second.pop()])
        value = sorted(json.loads(answer.body)["value"], key=lambda one: str(one["id"]))
        if len(value) != 2:
            return answer
        second.append(value[1])
        return _with(answer, value=value[:1], **{"@odata.nextLink": link})

    _spoil(stage, pages)
    stage.simulator.faults.add(Fault(kind="status", path=_GRAPH_LIST, status=401, skip=1))


def _at_the_door(stage: Stage, fault: Callable[[Asked], Reply | None]) -> None:
    assert stage.door is not None
    stage.door.fault = fault
    stage.lifted.append(lambda: setattr(stage.door, "fault", None))


def storage_busy_once(stage: Stage) -> None:
    met: set[tuple[str, str]] = set()

    def once(asked: Asked) -> Reply | None:
        call = (asked.method, table_of(asked))
        if call in met:
            return None
        met.add(call)
        return BUSY

    _at_the_door(stage, once)


def storage_busy(stage: Stage) -> None:
    _at_the_door(stage, lambda _: BUSY)


def rows_cannot_be_written(stage: Stage) -> None:
    _at_the_door(
        stage, lambda asked: BUSY if asked.method == "POST" and table_of(asked) == "Alerts" else None
    )


def cache_busy(stage: Stage) -> None:
    _at_the_door(stage, lambda asked: BUSY if table_of(asked) == "EntityCache" else None)


def storage_races(stage: Stage) -> None:
    """The first conditional write to each table loses, and then each that differs from those before."""
    met: set[tuple[str, bool, int]] = set()

    def race(asked: Asked) -> Reply | None:
        conditional = b"If-Match: W" in asked.body
        write = (table_of(asked), conditional, asked.body.count(b"HTTP/1.1"))
        if (
            not asked.path.endswith("$batch")
            or not (conditional or b"POST https" in asked.body)
            or write in met
        ):
            return None
        met.add(write)
        return LOST_RACE

    _at_the_door(stage, race)


def full_ledger(stage: Stage) -> None:
    """Alerts that wait for a hunt which is due much later."""
    now = stage.clock.now()
    moment = Instant.of(now)
    filler = LedgerRow("", moment.day(), "defender", moment, moment, 2, 1, "h", "s", "b", now)
    later = replace(filler, hunt_due=moment.plus(90_000).to_datetime())
    rows = [replace(later, alert_id=f"filler{n}") for n in range(FILLERS)]
    assert len(stage.app.ports.ledger.write(rows)) == FILLERS


def no_token_for_defender(stage: Stage) -> None:
    _refuse_tokens(stage, DEFENDER)


def no_token(stage: Stage) -> None:
    _refuse_tokens(stage, "")


def _refuse_tokens(stage: Stage, resource: str) -> None:
    answer = stage.identity.answer

    def refused(target: str, header: str | None) -> tuple[int, dict[str, object]]:
        if resource.removeprefix("https://") in target:
            return 400, {
                "statusCode": 400,
                "message": "No User Assigned or Delegated Managed Identity found.",
            }
        return answer(target, header)

    stage.identity.answer = refused  # type: ignore[method-assign]  # as if the identity had been taken away
    stage.lifted.append(lambda: setattr(stage.identity, "answer", answer))


def clock_ahead(stage: Stage) -> None:
    stage.minute()
    stage.clock.wrong_by = 3_600.0
    stage.minute()  # the checkpoint now lies an hour ahead
    stage.age_minutes = 30.0  # more than the overlap, so that only the audit can find them
    stage.lifted.append(lambda: setattr(stage.clock, "wrong_by", 0.0))


def clock_behind(stage: Stage) -> None:
    stage.clock.wrong_by = -3_600.0
    stage.lifted.append(lambda: setattr(stage.clock, "wrong_by", 0.0))
