"""What is old goes, in an order that can be stopped; what is in work or was touched just now stays."""

import io
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from local.ops import purge as command
from local.ops.parser import Where
from local.ops.target import Target, opened
from shared.adapters.clock import SystemClock
from shared.adapters.storage import Purged, TableRetention, TableTenants
from shared.adapters.storage.cache import TableEntityCache
from shared.core.progress.ledger_row import LedgerRow, State
from shared.core.values import table_keys
from shared.core.values.instant import Instant
from shared.core.values.records import CachedAnswer, DocumentKey, EventRow
from shared.pipeline.stored.tenants import add
from tests.history import put_in_history
from tests.local.ops.conftest import Kept, Ops

NOW = datetime.now(UTC)
OLD, CUT, RECENT = NOW - timedelta(days=200), NOW - timedelta(days=90), NOW - timedelta(days=10)
LET_FRESH_ONES_GO = timedelta(minutes=-1)  # the test cannot wait for rows to be an hour old


@pytest.fixture
def aged(kept: Kept, request: pytest.FixtureRequest) -> Iterator[Target]:
    """A tenant of the test's own: nothing in its tables yet."""
    tenant = "t" + "".join(char for char in request.node.name if char.isalnum())[:38]
    with opened(Where(tenant=tenant), kept.state) as target:
        yield target


def keep(target: Target, alert_id: str, created: datetime, seen: datetime, state: State = State.DONE) -> None:
    """An alert with a body of its own, two events, and its row in history or open."""
    day = created.date().isoformat()
    moment = Instant.of(created)
    row = LedgerRow(
        alert_id, day, "defender", moment, moment, 1, 1, "h", "s", "ref0", created,
        state=state, generation_seen=seen,
    )  # fmt: skip
    target.ports.documents.put({DocumentKey(day, alert_id, "alert", "ref0"): b"body"})
    target.ports.event_rows.write(
        [EventRow(table_keys.safe_id(alert_id), f"{n}", {"Tie": "own"}) for n in range(2)]
    )
    if state is State.OPEN:
        target.ports.ledger.write([row])
    else:
        put_in_history(target.ports.ledger, row)


def left(target: Target, alert_id: str, created: datetime) -> tuple[bool, bool, int]:
    """(in the ledger, body kept, events) of the alert."""
    day = created.date().isoformat()
    key = DocumentKey(day, alert_id, "alert", "ref0")
    ledger = target.ports.ledger
    known = ledger.open_row(alert_id) is not None or alert_id in ledger.finished([(day, alert_id)])
    events = len(target.ports.event_rows.keys(table_keys.safe_id(alert_id)))
    return known, key in target.ports.documents.get([key]), events


def purge(target: Target, *, is_dry: bool = False, quiet: timedelta = LET_FRESH_ONES_GO) -> Purged:
    return command.purge(target, CUT, is_dry=is_dry, quiet=quiet)


def test_old_alerts_go_with_their_bodies_and_events_and_recent_ones_stay(aged: Target) -> None:
    keep(aged, "po1", OLD, OLD)
    keep(aged, "pr1", RECENT, RECENT)
    assert purge(aged) == Purged(history=1, documents=1, events=2, cache=0)
    assert left(aged, "po1", OLD) == (False, False, 0)
    assert left(aged, "pr1", RECENT) == (True, True, 2)
    assert purge(aged) == Purged()


def test_an_old_alert_that_was_worked_on_lately_or_is_open_stays_whole(aged: Target) -> None:
    keep(aged, "po2", OLD, RECENT)
    keep(aged, "po3", OLD, OLD, State.OPEN)
    keep(aged, "po4", OLD, OLD)
    assert purge(aged).history == 1
    assert left(aged, "po2", OLD) == left(aged, "po3", OLD) == (True, True, 2)
    assert left(aged, "po4", OLD) == (False, False, 0)


def test_an_old_alert_that_was_opened_again_keeps_its_history_and_events(aged: Target) -> None:
    keep(aged, "po10", OLD, OLD)
    keep(aged, "po10", OLD, OLD, State.OPEN)
    assert purge(aged) == Purged()
    assert "po10" in aged.ports.ledger.finished([(OLD.date().isoformat(), "po10")])
    assert left(aged, "po10", OLD) == (True, True, 2)


def test_a_dry_run_counts_the_same_and_deletes_nothing(aged: Target) -> None:
    keep(aged, "po5", OLD, OLD)
    keep(aged, "po6", OLD, RECENT)
    counted = purge(aged, is_dry=True)
    assert left(aged, "po5", OLD) == (True, True, 2)
    assert purge(aged) == counted == Purged(history=1, documents=1, events=2, cache=0)


def test_what_was_written_within_the_hour_stays(aged: Target) -> None:
    keep(aged, "po7", OLD, OLD)
    assert purge(aged, quiet=timedelta(hours=1)) == Purged()
    assert left(aged, "po7", OLD) == (True, True, 2)


def test_bodies_without_an_alert_go_too(aged: Target) -> None:
    """A crash between body and row leaves them, and so do alerts without a usable id."""
    day = OLD.date().isoformat()
    aged.ports.documents.put({DocumentKey(day, "unreadable", "alert", "r"): b"x"})
    assert purge(aged) == Purged(documents=1)


def test_an_alert_id_that_begins_like_another_keeps_nobody_alive(aged: Target) -> None:
    keep(aged, "po8", OLD, OLD)
    keep(aged, "po8-2", OLD, OLD, State.OPEN)
    purge(aged)
    assert left(aged, "po8", OLD) == (False, False, 0)
    assert left(aged, "po8-2", OLD) == (True, True, 2)


def test_what_is_known_of_an_incident_goes_as_a_whole_and_no_sooner(aged: Target) -> None:
    """Its row would else be built without its oldest alerts."""
    old, known = OLD.date().isoformat(), aged.ports.memberships
    known.keep_days({"gone": old, "new": (NOW + timedelta(days=9)).date().isoformat()})
    known.add({"gone": {(old, "a"), (old, "b")}, "new": {(old, "c")}})
    assert purge(aged).memberships == 0, "what was published just now stays, however old the alert"
    retention = TableRetention(aged.tables, aged.tenant, SystemClock(), quiet=LET_FRESH_ONES_GO)
    later = NOW + timedelta(days=1)
    assert retention.run(later, is_dry=True).memberships == 2
    assert retention.run(later, is_dry=False).memberships == 2
    assert known.alerts(["gone", "new"]) == {"gone": [], "new": [(old, "c")]}
    assert known.days(["gone", "new"]).keys() == {"new"}


def test_old_cached_answers_go(aged: Target) -> None:
    cache = TableEntityCache(aged.tables, aged.tenant, SystemClock())
    cache.put("device", {"d1": CachedAnswer("found", "{}", OLD), "d2": CachedAnswer("found", "{}", RECENT)})
    assert purge(aged) == Purged(cache=1)
    fresh = TableEntityCache(aged.tables, aged.tenant, SystemClock())
    assert set(fresh.get("device", ["d1", "d2"])) == {"d2"}


def test_other_tenants_are_left_alone(aged: Target, kept: Kept) -> None:
    keep(aged, "po9", OLD, OLD)
    with opened(Where(tenant=aged.tenant + "x"), kept.state) as other:
        assert purge(other) == Purged()
    assert left(aged, "po9", OLD)[0]


def test_events_of_a_further_tenant_go_with_its_history(aged: Target) -> None:
    """They lie under the tenant's name, which the settings of an operator's machine do not tell."""
    add(TableTenants(aged.tables), aged.tenant, str(uuid.uuid4()), NOW)
    keep(aged, "po11", OLD, OLD)
    partition = table_keys.published_row(aged.tenant, table_keys.safe_id("po11"))
    aged.ports.event_rows.write([EventRow(partition, f"{n}", {"Tie": "own"}) for n in range(3)])
    assert purge(aged) == Purged(history=1, documents=1, events=3)
    assert aged.ports.event_rows.keys(partition) == set()


def test_the_command_counts_and_asks_before_it_deletes(run_ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    said = run_ops("purge", "--older-than", "30")
    assert said.code == 1
    assert "0 alerts of the ledger's history" in said.out
    assert "nothing was deleted" in said.err
    assert run_ops("purge", "--older-than", "30", "--dry-run").code == 0
    assert run_ops("purge", "--older-than", "30", "--yes").out.startswith("deleted: 0 alerts")


def test_the_place_of_an_alert_goes_with_it_and_no_sooner(aged: Target) -> None:
    keep(aged, "gone", OLD, OLD)
    keep(aged, "kept", OLD, RECENT)
    day = OLD.date().isoformat()
    ledger = aged.ports.ledger
    ledger.keep_places({"gone": (day, "gone"), "other": (day, "gone"), "kept": (day, "kept")})
    assert purge(aged, is_dry=True).places == 2
    assert purge(aged).places == 2
    assert ledger.places(["gone", "other", "kept"]) == {"kept": (day, "kept")}
