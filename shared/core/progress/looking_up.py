"""Whose fault it was that a worker ended in look-ups: who goes beside others, alone, later or no more.

A worker's death fails all runs in it, and each of their messages comes again. So what came again goes alone,
and only deaths alone are counted. The first is counted by nobody but the platform, and costs no write.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from shared.core.progress.ledger_row import LedgerPolicy, LedgerRow


class LookUp(Enum):
    """What is to be done with a pointer that was delivered."""

    BESIDE_OTHERS = auto()
    ALONE = auto()
    LATER = auto()
    NEVER = auto()


def next_look_up(row: LedgerRow, deliveries: int, policy: LedgerPolicy) -> LookUp:
    """What is next for the alert, whose pointer was delivered so often.

    A pointer that came again was in a worker that ended, or waited there. Where that was an attempt alone the
    next one is later; so it is, at once, where one death more of whomever would make the message poison.
    """
    if row.look_up_attempts >= policy.most_begun:
        return LookUp.NEVER
    died_alone = row.look_up_attempts >= policy.max_attempts
    if deliveries <= 1:
        return LookUp.ALONE if died_alone else LookUp.BESIDE_OTHERS
    return LookUp.LATER if died_alone or deliveries >= policy.max_deliveries else LookUp.ALONE


def begun_alone(row: LedgerRow, policy: LedgerPolicy) -> LedgerRow | None:
    """The row as its look-ups are about to be made with nothing beside them, the attempt counted; None where
    none are due any more."""
    return None if row.enrich_due is None else _counted_alone(row, policy)


def refused(row: LedgerRow, begun: LedgerRow, before: LedgerRow) -> LedgerRow | None:
    """The row without the attempt that made `before` the row `begun`: a service refused something, and no
    worker ended. None where another attempt was counted since."""
    if row.enrich_due is None or row.look_up_attempts != begun.look_up_attempts:
        return None
    return replace(row, look_up_attempts=before.look_up_attempts)


def given_back(row: LedgerRow, now: datetime, policy: LedgerPolicy) -> LedgerRow | None:
    """The row whose pointer is to leave again in a message of its own; None where none is wanted.

    It leaves at once, or where attempts alone died after a wait, doubled for each: what makes workers die for
    some minutes then ends an alert once, and not each time.
    """
    if row.enrich_due is None:
        return None
    alone = row.look_up_attempts - policy.max_attempts
    wait = policy.look_up_again * 2.0**alone if alone >= 0 else 0.0
    return replace(row, enrich_due=now + timedelta(seconds=wait))


def sending(row: LedgerRow, now: datetime, policy: LedgerPolicy, *, alone: bool) -> LedgerRow | None:
    """The row as it is about to be sent again, its attempt counted; None where it is not due any more.

    `alone` where nothing is sent beside it, so that the run dies of nothing else.
    """
    if row.enrich_due is None or row.enrich_due > now:
        return None
    return _counted_alone(row, policy) if alone else replace(row, look_up_attempts=row.look_up_attempts + 1)


def _counted_alone(row: LedgerRow, policy: LedgerPolicy) -> LedgerRow:
    return replace(row, look_up_attempts=policy.before_alone(row.look_up_attempts) + 1)
