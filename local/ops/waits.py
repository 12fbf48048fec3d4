"""Why an alert waits, in one word, read from its row of the ledger alone."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from shared.core.correlate import Reason
from shared.core.progress import LedgerRow, State


class Waits(StrEnum):
    """The words, in the order in which an alert meets them; docs/runbook.md has them with what to do."""

    LOOK_UPS = "look-ups"
    DUE = "due"
    HISTORIC = "historic"
    HUNTING = "hunting"
    QUOTA = "quota"
    BACK_OFF = "back-off"
    TELEMETRY = "telemetry"
    SETTLING = "settling"
    ROW = "row"
    LATER_LOOK_UPS = "later-look-ups"
    DONE = "done"
    SET_ASIDE = "set-aside"


ON_ITS_TURN = frozenset({Waits.LOOK_UPS, Waits.DUE, Waits.HISTORIC, Waits.HUNTING, Waits.ROW})
"""Words of alerts that wait for the app; the others wait for a time that is yet to come, or for nothing."""


def waits_for(row: LedgerRow, now: dt.datetime) -> Waits:
    """What the alert waits for at `now`; DONE and SET_ASIDE where it waits for nothing."""
    if row.state is not State.OPEN:
        return Waits.DONE if row.state is State.DONE else Waits.SET_ASIDE
    if row.work_due is not None and row.work_due <= now:
        return _on_its_turn(row, now)
    if row.hunt_due is not None:
        return _until_its_hunt(row)
    if row.enrich_due is not None:
        return Waits.LATER_LOOK_UPS if row.look_ups else Waits.LOOK_UPS
    return Waits.ROW


def _on_its_turn(row: LedgerRow, now: dt.datetime) -> Waits:
    """The word of a row that may be worked on now. Attempts are counted before the work and forgotten after
    it, so one that stands is work under way, or work that ended the worker."""
    if row.attempts:
        return Waits.HUNTING
    if row.backfill:
        return Waits.HISTORIC
    return Waits.DUE if row.hunt_due is not None and row.hunt_due <= now else Waits.ROW


def _until_its_hunt(row: LedgerRow) -> Waits:
    """The word of a row whose next hunt is due at a later time."""
    if row.reason.startswith(Reason.THROTTLED.value):
        return Waits.QUOTA
    if row.failures:
        return Waits.BACK_OFF
    return Waits.SETTLING if row.settled else Waits.TELEMETRY
