"""What is found of an alert as its telemetry comes in, at the times at which the app hunts."""

import itertools
import random
from datetime import timedelta

import pytest

from local.incidents import make
from local.simulator import recording as recordings
from local.simulator import ticks
from local.simulator.engine import Engine, hunting_schema
from local.simulator.unkind import lag_s
from shared.core.alert import Alert
from shared.core.correlate import Finding
from shared.core.hunting import Answer, Case, start
from shared.core.progress import LedgerPolicy
from shared.core.progress import ledger as rules
from shared.core.progress.ledger_row import LedgerRow
from tests.scoring.harness import POLICY, Recording, whole

FIRST = timedelta(seconds=60)  # after the alert: it is listed, looked up and hunted
AT_MOST = LedgerPolicy()


@pytest.fixture(scope="module")
def lagging() -> Engine:
    """The committed recording's telemetry; each row can be found as late as was measured."""
    schema, chance = hunting_schema(), random.Random(5)  # noqa: S311 - repeatable, no secret
    engine = Engine(schema)
    for table, rows in recordings.read(make.CONTOSO, schema).hunting.items():
        plain = [{key: cell for key, cell in row.items() if key != "_arrives_after_s"} for row in rows]
        times = [ticks.parse(str(row["Timestamp"])) + ticks.from_seconds(lag_s(chance)) for row in rows]
        engine.load(table, plain, visible_at=times)
    return engine


def _row(alert: Alert) -> LedgerRow:
    return LedgerRow(
        alert_id=alert.id,
        day="",
        source="defender",
        created=alert.created,
        last_update=alert.created,
        severity_rank=alert.severity.rank,
        generation=1,
        hunt_digest="1",
        status_digest="1",
        body_ref="",
        first_seen=alert.created.to_datetime(),
    )


def _hunts(engine: Engine, alert: Alert) -> list[Finding]:
    """What each of the alert's hunts makes of it: the first, those that lateness asks for, the settling."""
    row, now, found = _row(alert), alert.created.to_datetime() + FIRST, list[Finding]()
    while True:
        at = alert.created.plus((now - row.first_seen).total_seconds())
        hunt = start((Case(alert, found[-1] if found else None),), at, POLICY)
        while hunt.queries:
            answers = (engine.run(query.kql, now=at.ticks) for query in hunt.queries)
            hunt = hunt.answered(
                [Answer(query, rows=one.rows) for query, one in zip(hunt.queries, answers, strict=True)]
            )
        found.append(hunt.findings()[alert.id])
        due = rules.next_hunt(row, found[-1], now, AT_MOST)
        if due is None:
            return found
        is_settling = bool(found[-1].events)
        row = rules.hunted(row, "", due, settled=is_settling, late=len(found) > 1)
        now = due


def test_with_telemetry_as_late_as_it_comes_each_alert_is_tied_in_the_end(
    lagging: Engine, contoso: Recording
) -> None:
    expected = whole(contoso).findings
    alerts = [one for one in contoso.alerts if len(expected[one.id].events) > 8][:5]
    first, last, all_rows = 0, 0, 0
    for alert in alerts:
        hunts = _hunts(lagging, alert)
        meant = {one.event.key for one in expected[alert.id].events}
        shown = [{one.event.key for one in each.events} & meant for each in hunts]
        assert all(before <= after for before, after in itertools.pairwise(shown)), alert.title
        assert hunts[-1].method == expected[alert.id].method, alert.title
        first, last, all_rows = first + len(shown[0]), last + len(shown[-1]), all_rows + len(meant)
    print(
        f"{len(alerts)} alerts: {first / all_rows:.1%} of the rows at first, {last / all_rows:.1%} in the end"
    )
    assert first < last
    assert last / all_rows > 0.9
