"""Judging history again: published anew from the stored finding, without a hunt."""

from dataclasses import replace
from datetime import UTC, datetime

from shared.core.progress import admission, ledger
from shared.core.progress.ledger_row import LedgerRow, State
from shared.core.values.instant import Instant

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DONE = LedgerRow(
    "da1_1", "2026-11-24", "defender", Instant.of(NOW), Instant.of(NOW), 0, 1, "h", "s", "b", NOW,
    state=State.DONE, finding_ref="f", finding_digest="h", attempts=0, was_published=True, etag="history",
)  # fmt: skip


def test_a_finished_alert_is_due_for_its_row_alone() -> None:
    row = admission.rejudged(DONE, NOW)
    assert row is not None
    assert (row.state, row.publish_due, row.hunt_due, row.enrich_due, row.etag) == (
        State.OPEN,
        NOW,
        None,
        None,
        "",
    )
    assert (row.generation, row.finding_ref) == (1, "f"), "no new version: nobody is told anew"
    assert ledger.published(row, row, NOW).state is State.DONE, "written, it is finished again"


def test_without_a_finding_or_set_aside_there_is_nothing_to_judge() -> None:
    assert admission.rejudged(replace(DONE, finding_ref=""), NOW) is None
    assert admission.rejudged(replace(DONE, state=State.SET_ASIDE), NOW) is None


def test_what_is_open_keeps_what_it_waits_for() -> None:
    waiting = replace(DONE, state=State.OPEN, etag="open", hunt_due=NOW)
    row = admission.rejudged(waiting, NOW)
    assert row is not None
    assert (row.hunt_due, row.publish_due, row.etag) == (NOW, NOW, "open")
