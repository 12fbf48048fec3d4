"""Priority of a row: by what the row itself shows, also where it keeps an earlier, better hunt."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.core.alert.model import Account, Severity
from shared.core.conclude import NO_RULES, Conclusion, Validation, conclude
from shared.core.correlate.finding import Finding, Reason, Status
from shared.core.lookups.entities import Device, Enrichment, LoggedOnUser, Lookup, Outcome
from shared.core.row import Context, content, decide
from shared.core.values.records import Column, StoredRow
from tests.builders import alert, finding, node, tied

DEVICE = "d" * 40
ABOUT = alert(device_id=DEVICE, severity=Severity.MEDIUM)
FOUND = finding(nodes=(node("a.exe"),), events=(tied("DeviceProcessEvents", "ProcessCreated"),))


def row(validation: Validation, value: str | None = None, *, admin: bool | None = None) -> dict[str, Column]:
    user = LoggedOnUser(Account("alice", "contoso"), is_domain_admin=admin)
    looked_up = Enrichment(
        devices={DEVICE: Lookup(Outcome.FOUND, Device(DEVICE, value=value))},
        users={DEVICE: Lookup(Outcome.FOUND, (user,))},
    )
    return content(ABOUT, looked_up, FOUND, Conclusion(validation, "because"), "")


@pytest.mark.parametrize(
    ("value", "admin", "number"),
    [(None, None, 3), ("Normal", False, 3), ("High", False, 2), (None, True, 2), ("Low", None, 4)],
)
def test_value_and_administrators_of_the_look_ups_move_the_number(
    value: str | None, admin: bool | None, number: int
) -> None:
    assert row(Validation.LIKELY, value, admin=admin)["Priority"] == number


def test_an_alert_that_could_not_be_looked_up_is_ordinary() -> None:
    found = Finding(ABOUT.id, Status.PENDING, reason=Reason.WAITING)
    shown = content(ABOUT, None, found, conclude(ABOUT, None, found, NO_RULES), "")
    assert (shown["Priority"], shown["PriorityReason"]) == (
        3,
        "not checked against telemetry, severity Medium",
    )


def test_a_row_that_keeps_an_earlier_hunt_is_ranked_by_that_and_by_what_is_new() -> None:
    now = datetime(2026, 11, 24, 5, 1, tzinfo=UTC)
    context = Context(
        now=now,
        generation=1,
        first_seen=now,
        installed_at=None,
        backfill=False,
        hunt_ended=True,
        notify_after=180.0,
    )
    stood = decide(None, row(Validation.CONFIRMED), context).columns
    assert stood is not None and stood["Priority"] == 2
    raised = replace(ABOUT, severity=Severity.HIGH, last_update=ABOUT.last_update.plus(60))
    put_off = Finding(ABOUT.id, Status.PENDING, reason=Reason.THROTTLED)
    comes = content(raised, None, put_off, conclude(raised, None, put_off, NO_RULES), "")
    assert comes["Priority"] == 2  # High and not checked
    decision = decide(StoredRow(dict(stood), ""), comes, replace(context, generation=2))
    assert decision.keeps_correlation and decision.columns is not None
    assert (decision.columns["Priority"], decision.columns["PriorityReason"]) == (
        1,
        "confirmed by telemetry, severity High",
    )
