"""What the host remembers: one record per invocation, one per line of log."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field


def why(error: BaseException) -> str:
    """The error's words; its type's name where it has none, such as a TimeoutError of a wait that ended."""
    return str(error).strip() or type(error).__name__


class Outcome(enum.Enum):
    """How an invocation ended for its trigger."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    # The instance ended under it: a message stays leased until the lease runs out. The platform has no record
    # of such a run; this host keeps one, for whoever has ended the instance on purpose.
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One run of a function, as the host saw it."""

    function: str
    invocation_id: str
    trigger: str  # "timerTrigger" or "queueTrigger"
    outcome: Outcome
    started: dt.datetime
    seconds: float
    outputs: int  # messages sent, also when a later one failed
    exception: str | None = None  # "ValueError: …", or why the host gave up
    stack_trace: str = ""
    message_id: str | None = None
    dequeue_count: int | None = None
    exceptions: int = 0  # records of exceptions beside the one of the request, before sampling

    def __post_init__(self) -> None:
        if self.outcome is not Outcome.SUCCEEDED and not (self.exception or "").strip():
            object.__setattr__(self, "exception", "no reason was given")

    @property
    def ok(self) -> bool:
        return self.outcome is Outcome.SUCCEEDED


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One log record from a worker, one line it printed, or a word of the host itself.

    The app's records are of the category `Function.<name>.User`: its loggers' names are lost on the way. What
    is printed is `Host.Function.Console`, what the host says "Host" or a category that begins so.
    """

    level: str  # Debug, Information, Warning, Error, Critical
    category: str
    message: str
    is_user: bool  # the app's own; the library's and the host's are not
    function: str | None = None
    invocation_id: str | None = None
    at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
