"""The row of one alert's write, from wanted to sent: DUE, then SENDING, then gone.

A write is looked for before it is made, and made only by a run whose SENDING is young. One that is not known
to have been made stays SENDING, is taken over once it is old, and looked for again. What is left is a process
that stalls between its last look at the clock and the call, for as long as it takes to be taken over.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.core.write_back.wanting import gravity

STALLED = 60.0  # seconds after which a run that is SENDING makes no call any more …
AGED = 600.0  # … and after which another takes it over
OVERDUE = 3 * 86_400.0  # seconds after which a comment is no news
MOST_ATTEMPTS = 6
_AGAIN_AFTER = 60.0  # seconds, doubled with each attempt


class Step(StrEnum):
    """Where a write stands."""

    DUE = "due"
    SENDING = "sending"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRow:
    """`alert_id` and `day` are the published row's, `api_id` is the alert's id in the API it is listed by.
    `text` is the whole comment, `digest` what its mark holds; `next_*` are those of a graver one that came
    while this one is SENDING."""

    alert_id: str
    day: str
    api_id: str
    validation: str
    digest: str
    text: str
    wanted_at: datetime
    due: datetime
    fields: tuple[str, ...] = ()  # `name=value`, what the rules set where people have left it empty
    severity_rank: int = 0
    step: Step = Step.DUE
    since: datetime | None = None
    attempts: int = 0
    next_validation: str = ""
    next_digest: str = ""
    next_text: str = ""
    etag: str = ""


def queued(known: WriteRow | None, wanted: WriteRow) -> WriteRow | None:
    """The row to write for a comment that is wanted; None where it, or a graver one, stands there already."""
    if known is None:
        return wanted
    standing = known.next_validation or known.validation
    if gravity(wanted.validation) <= gravity(standing):
        return None
    if known.step is Step.SENDING:
        return replace(
            known, next_validation=wanted.validation, next_digest=wanted.digest, next_text=wanted.text
        )
    return replace(
        known, validation=wanted.validation, digest=wanted.digest, text=wanted.text, fields=wanted.fields
    )


def is_ready(row: WriteRow, now: datetime) -> bool:
    """True where a run may take the row: it is due, or whoever was sending it is taken to be dead."""
    if row.step is Step.SENDING:
        return row.since is None or (now - row.since).total_seconds() >= AGED
    return row.due <= now


def taken(row: WriteRow, now: datetime) -> WriteRow:
    """The row in a run's hands from now on; the attempt is counted before it is made."""
    return replace(row, step=Step.SENDING, since=now, attempts=row.attempts + 1)


def is_stale(row: WriteRow, now: datetime) -> bool:
    """True where the run that took the row has stalled, and must not make the call any more."""
    return row.since is None or (now - row.since).total_seconds() >= STALLED


def after(row: WriteRow) -> WriteRow | None:
    """The row once its comment has ended: the graver one that came meanwhile; None where there is none."""
    if not row.next_validation:
        return None
    return replace(
        row,
        step=Step.DUE,
        since=None,
        attempts=0,
        validation=row.next_validation,
        digest=row.next_digest,
        text=row.next_text,
        next_validation="",
        next_digest="",
        next_text="",
    )


def again(row: WriteRow, now: datetime, wait: float | None = None) -> WriteRow:
    """The row due once more after something that surely changed nothing; with `wait` seconds given, the
    attempt does not count: it was refused before it began."""
    doubled = _AGAIN_AFTER * 2.0 ** min(row.attempts, 10)
    return replace(
        row,
        step=Step.DUE,
        since=None,
        due=now + timedelta(seconds=doubled if wait is None else wait),
        attempts=row.attempts if wait is None else max(0, row.attempts - 1),
    )
