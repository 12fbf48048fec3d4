"""Whether a comment is wanted on an alert, and what the published row says of it: pure over its columns."""

from collections.abc import Mapping
from enum import StrEnum

from shared.core.conclude import Validation
from shared.core.correlate import REFUSED, Reason, Status
from shared.core.values import Column, Columns, text_of
from shared.core.write_back.mode import Mode

_LOWEST_SEVERITY = 3  # SeverityId: Medium; 99, a word we do not know, counts as High
# Each graver than the one before: what a reader of the first comment must be told once more.
_GRAVITY: Mapping[str, int] = {
    Validation.NO_TELEMETRY: 0,
    Validation.UNPROVEN: 1,
    Validation.BLOCKED: 2,
    Validation.CONTAINED: 3,
    Validation.LIKELY: 4,
    Validation.CONFIRMED: 5,
}
# There is more to come: a comment that says so would only be corrected.
_NOT_ENDED = frozenset({Reason.WAITING, Reason.NOT_IN_YET, Reason.THROTTLED, Reason.UNAVAILABLE, *REFUSED})


class State(StrEnum):
    """What `WriteBackState` says of the last comment that was wanted."""

    NONE = ""
    WAITING = "waiting"
    SENT = "sent"
    DRY_RUN = "dry-run"
    FAILED = "failed"  # tried as often as it may be, or too late
    REFUSED = "refused"  # by the service, for good
    GONE = "gone"  # Defender does not know the alert any more


def gravity(validation: str) -> int:
    """How grave a validation is; -1 for none."""
    return _GRAVITY.get(validation, -1)


def wanted(mode: Mode, before: Columns, shown: Columns, *, is_history: bool) -> dict[str, Column]:
    """The columns of the write-back in a row that said `before` and will show `shown`.

    A comment is wanted once the hunt of an alert of Medium or above has ended, and once more whenever the
    validation has become graver than every comment that was sent or tried.
    """
    kept: dict[str, Column] = {
        name: text_of(before, name) for name in ("WriteBackState", "WriteBackMarks", "WriteBackFields")
    }
    if mode is Mode.OFF or is_history or not _may_tell(shown):
        return kept
    if gravity(text_of(shown, "Validation")) > _told(before):
        kept["WriteBackState"] = State.WAITING.value
    return kept


def noted(before: Columns, validation: str, digest: str, ended: State) -> dict[str, Column]:
    """The columns of a row once a comment on that validation has ended so; WAITING stays where the row says
    something graver by now."""
    said = f"{validation} {digest}"
    listed = [one for one in text_of(before, "WriteBackMarks").split(", ") if one]
    marks = ", ".join(listed if said in listed else [*listed, said])
    is_graver = gravity(text_of(before, "Validation")) > gravity(validation)
    is_waiting = text_of(before, "WriteBackState") == State.WAITING and is_graver
    return {"WriteBackState": State.WAITING.value if is_waiting else ended.value, "WriteBackMarks": marks}


def _may_tell(shown: Columns) -> bool:
    severity = shown.get("SeverityId")
    if not isinstance(severity, int) or severity < _LOWEST_SEVERITY:
        return False
    status = text_of(shown, "CorrelationStatus")
    if status == Status.CORRELATED:
        return True  # more may come in, and is told where it is graver
    return status not in ("", Status.PENDING) and text_of(shown, "CorrelationReason") not in _NOT_ENDED


def _told(columns: Columns) -> int:
    """How grave the gravest validation is that a comment told of."""
    listed = text_of(columns, "WriteBackMarks").split(", ")
    return max(gravity(one.partition(" ")[0]) for one in listed)
