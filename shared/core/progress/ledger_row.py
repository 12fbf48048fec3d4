"""One alert's row in the ledger, and the numbers that its rules go by."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.core.values import Instant


class State(StrEnum):
    """Where an alert stands. DONE and SET_ASIDE rows lie in history."""

    OPEN = "open"
    DONE = "done"
    SET_ASIDE = "set aside"


@dataclass(frozen=True, slots=True)
class LedgerPolicy:
    """The waits and bounds of the ledger, in seconds unless said."""

    resend_after: float = 660.0  # longer than the host's 600 s message lease
    max_attempts: int = 4
    late_hunts: tuple[float, ...] = (120.0, 900.0, 7200.0)  # after the first NoMatch
    settle_after: float = 1800.0  # one hunt more for a Correlated alert of Medium or above; 0 = none
    retry_after: float = 60.0  # doubled for each failure in a row
    retry_at_most: float = 1800.0
    give_up_after: float = 86_400.0  # failures older than this set the alert aside
    look_up_again: float = 300.0  # doubled for each round of look-ups
    max_look_ups: int = 5
    max_alone: int = 3  # attempts with nothing beside it: a worker that was merely stopped blames no alert
    max_deliveries: int = 5  # host.json's maxDequeueCount, at which a run that fails leaves poison

    @property
    def most_begun(self) -> int:
        """The attempts of an alert that was begun alone as often as it may be: the next one gives it up."""
        return self.max_attempts - 1 + self.max_alone

    def before_alone(self, begun: int) -> int:
        """The attempts behind one with nothing beside it: those of the `begun` that others may have ended are
        over, and from here on each is its own."""
        return max(begun, self.max_attempts - 1)


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One alert's place in the ledger. `etag` is the storage's mark of the row as read; "" for a new row.

    `attempts` counts how often work on this generation was begun without an end, those alone from
    `max_attempts` on, however few there were before; `look_up_attempts` in the same way how often sending
    its pointer or looking it up was; `failures` how often in a row the outside refused; `late_hunts` how many
    hunts were made again since the generation's first.
    """

    alert_id: str
    day: str
    source: str
    created: Instant
    last_update: Instant
    severity_rank: int
    generation: int
    hunt_digest: str
    status_digest: str
    body_ref: str
    first_seen: datetime
    state: State = State.OPEN
    enrich_due: datetime | None = None
    hunt_due: datetime | None = None
    publish_due: datetime | None = None
    sends: int = 0
    attempts: int = 0
    failures: int = 0
    late_hunts: int = 0
    settled: bool = False
    generation_seen: datetime | None = None
    enrichment_ref: str = ""
    finding_ref: str = ""
    finding_digest: str = ""
    look_ups: int = 0  # rounds of look-ups made for this generation
    look_up_attempts: int = 0  # see above; a first delivery is not counted
    was_published: bool = False
    pace: int = 0  # turns that changed versions have had, one after another
    paced_at: datetime | None = None  # the last of these turns, or the one to come
    backfill: bool = False
    reason: str = ""
    etag: str = ""

    @property
    def work_due(self) -> datetime | None:
        """When HuntCorrelate has to take it next, if at all."""
        dues = [due for due in (self.hunt_due, self.publish_due) if due is not None]
        return min(dues) if dues else None

    @property
    def awaits_look_ups(self) -> bool:
        """True where the first round of look-ups for this generation has yet to end."""
        return self.enrich_due is not None and not self.look_ups

    @property
    def is_finished(self) -> bool:
        """True where nothing is due any more."""
        return self.enrich_due is None and self.work_due is None
