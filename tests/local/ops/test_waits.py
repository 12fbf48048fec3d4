"""Why an alert waits, in one word: at each step of its way, as the ledger's own rules leave the row."""

from __future__ import annotations

import pytest

from local.cli import ROOT
from local.ops.waits import Waits, waits_for
from shared.core.alert import Severity
from shared.core.correlate import Finding, Reason, Status
from shared.core.progress import LedgerPolicy, LedgerRow, State, admission, ledger
from tests.core.progress.rows import NOW, at, row

POLICY = LedgerPolicy()


def fresh(**changes: object) -> LedgerRow:
    """A row that waits for its first look-ups."""
    start = {
        "severity_rank": Severity.HIGH.rank,
        "enrich_due": at(600),
        "hunt_due": None,
        "publish_due": None,
        "attempts": 0,
        "failures": 0,
        "late_hunts": 0,
        "settled": False,
        "look_ups": 0,
        "reason": "",
        "finding_digest": "",
        "generation_seen": at(-60),
    }
    return row(**(start | changes))


def due() -> LedgerRow:
    """The row after its look-ups."""
    return ledger.enriched(fresh(), "ref", NOW, POLICY, again=False)


def refused(reason: Reason) -> LedgerRow:
    finding = Finding("a1", Status.FAILED, reason=reason, detail="why")
    after = ledger.after_hunt(
        ledger.taken(due()), due(), finding, "f", NOW, POLICY, ended=False, notify_at=at(60)
    )
    assert after is not None
    return after


def hunted(finding: Finding) -> LedgerRow:
    after = ledger.after_hunt(due(), due(), finding, "f", NOW, POLICY, ended=True, notify_at=at(60))
    assert after is not None
    return after


LATE = Finding("a1", Status.NO_MATCH, reason=Reason.NOT_IN_YET)
TIED = Finding("a1", Status.CORRELATED)
SEEN = {
    Waits.LOOK_UPS: fresh(),
    Waits.DUE: due(),
    Waits.HISTORIC: admission.from_backfill(due()),
    Waits.HUNTING: ledger.taken(due()),
    Waits.QUOTA: refused(Reason.THROTTLED),
    Waits.BACK_OFF: refused(Reason.UNAVAILABLE),
    Waits.TELEMETRY: hunted(LATE),
    Waits.SETTLING: hunted(TIED),
    Waits.ROW: row(hunt_due=None, enrich_due=None, attempts=0, publish_due=NOW),
    Waits.LATER_LOOK_UPS: row(hunt_due=None, publish_due=None),
    Waits.DONE: row(state=State.DONE),
    Waits.SET_ASIDE: ledger.set_aside(row(), "begun 4 times"),
}


@pytest.mark.parametrize("word", Waits)
def test_each_step_has_its_word(word: Waits) -> None:
    assert waits_for(SEEN[word], NOW) is word


def test_what_was_put_off_is_due_once_its_time_has_come() -> None:
    for put_off in (refused(Reason.UNAVAILABLE), refused(Reason.THROTTLED), hunted(LATE), hunted(TIED)):
        assert put_off.hunt_due is not None
        assert waits_for(put_off, put_off.hunt_due) in (Waits.DUE, Waits.ROW)


def test_a_replay_waits_for_look_ups_and_a_lost_publication_for_its_row() -> None:
    assert waits_for(admission.replayed(SEEN[Waits.SET_ASIDE], NOW), NOW) is Waits.LOOK_UPS
    assert waits_for(row(hunt_due=None, enrich_due=None, publish_due=at(5)), NOW) is Waits.ROW


def test_the_runbook_has_each_word_and_what_to_do() -> None:
    table = (
        (ROOT / "docs" / "runbook.md").read_text("utf-8").split("## Why an alert waits")[1].split("\n## ")[0]
    )
    assert [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| `")] == [
        f"`{word}`" for word in Waits
    ]
