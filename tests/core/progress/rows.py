"""A ledger row in which no field has its default, and what a step makes of it."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

from shared.core.progress.ledger_row import LedgerPolicy, LedgerRow, State
from tests.builders import T0

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """So many seconds from now."""
    return NOW + timedelta(seconds=seconds)


def row(**changes: object) -> LedgerRow:
    """An open row that was looked up, hunted and published before, and has everything due later."""
    plain = LedgerRow(
        alert_id="a1",
        day="2026-11-23",
        source="graph",
        created=T0.plus(-86_400),
        last_update=T0,
        severity_rank=2,
        generation=7,
        hunt_digest="hunt digest",
        status_digest="status digest",
        body_ref="body",
        first_seen=at(-5_000),
        state=State.OPEN,
        enrich_due=at(100),
        hunt_due=at(200),
        publish_due=at(300),
        sends=2,
        attempts=3,
        failures=4,
        late_hunts=1,
        settled=True,
        generation_seen=at(-3_000),
        enrichment_ref="enrichment",
        finding_ref="finding",
        finding_digest="older digest",
        look_ups=1,
        look_up_attempts=2,
        was_published=False,
        pace=2,
        paced_at=at(-9_000),
        backfill=False,
        reason="once",
        etag="mark",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # the test names fields of the row


def changed(before: LedgerRow, after: LedgerRow | None) -> dict[str, object]:
    """The fields in which the step made another row, and their new values; all others stayed."""
    assert after is not None
    return {
        each.name: getattr(after, each.name)
        for each in fields(LedgerRow)
        if getattr(before, each.name) != getattr(after, each.name)
    }


POLICY = LedgerPolicy(
    resend_after=500,
    max_attempts=4,
    late_hunts=(100.0, 1_000.0, 5_000.0),
    settle_after=1_700,
    retry_after=10,
    retry_at_most=100,
    give_up_after=4_000,
    look_up_again=30,
    max_look_ups=3,
)
HUNTED = row(finding_digest="hunt digest")
