"""The rows that consumers read, whose owner this is: new events, the alert's row, then events no longer tied.

Each row is read, decided on and merged on condition that nobody wrote it meanwhile; where somebody did (a
consumer marking it, say), it is read and decided again, so neither side's write is lost. That the lease is
still held is asked between reading and writing: so a drain that was overtaken, and knows less than the one
that came after it, writes over nothing of that one's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.core.values import Columns, EventRow, RowWrite, StoredRow, table_keys
from shared.pipeline.policy import Policy
from shared.pipeline.stored.change import settle
from shared.pipeline.stored.lease import HeldLease

type Key = tuple[str, str]  # day, row key


def key_of(policy: Policy, day: str, alert_id: str) -> Key:
    """Where the row of an alert lies that is kept under that day and id."""
    return day, table_keys.published_row(policy.row_tenant, table_keys.safe_id(alert_id))


@dataclass(frozen=True, slots=True)
class Change:
    """What to write of one alert: `columns` of its row, if any; all its `events`, None where they stay as
    they are; `may_have_others` where events may stand that are none of these."""

    columns: Columns | None
    events: Sequence[EventRow] | None
    may_have_others: bool


def change(
    held: HeldLease, keys: Sequence[Key], decide: Callable[[Key, StoredRow | None], Change | None]
) -> None:
    """Writes what `decide` makes of each row as it stands; None is nothing. Safe to repeat after a crash.

    Raises LeaseLost.
    """
    ports = held.ports

    def attempt(left: Sequence[Key]) -> list[Key]:
        stored = ports.alert_rows.read(left)
        decided = {key: decide(key, stored.get(key)) for key in left}
        changes = {key: made for key, made in decided.items() if made is not None}
        if changes:
            held.renew()
        ports.event_rows.write([event for made in changes.values() for event in made.events or ()])
        writes = [
            RowWrite(*key, made.columns, stored[key].etag if key in stored else "")
            for key, made in changes.items()
            if made.columns is not None
        ]
        done = {(write.day, write.row_key) for write in ports.alert_rows.write(writes)}
        lost = [(write.day, write.row_key) for write in writes if (write.day, write.row_key) not in done]
        for key, made in changes.items():
            if made.may_have_others and made.events is not None and key not in lost:
                current = {event.row_key for event in made.events}
                ports.event_rows.remove(key[1], ports.event_rows.keys(key[1]) - current)
        return lost

    settle(keys, attempt)
