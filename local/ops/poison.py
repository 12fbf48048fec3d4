"""`ops poison`: what the host gave up, looked at, put back into its queue, or cleared.

Nothing is lost on the way: a message is sent first and deleted after that, by the receipt of the hold under
which it was read. Who is stopped in between leaves it in both queues, and a pointer that comes twice is
harmless.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from local.ops import queues
from local.ops.finding_alerts import find, history_filter
from local.ops.queues import POISON, Message
from local.ops.screen import Screen
from local.ops.target import Target
from local.ops.waits import waits_for
from local.ops.words import clock
from shared.core.progress import Pointer, State, WakeUp
from shared.errors import BadMessage

_HOLD = 300  # seconds for which a batch of 32 is ours
_HISTORY = dt.timedelta(days=10)  # a message lives for seven
_MOST_SHOWN = 300  # characters of a body


class Stands(StrEnum):
    """What a message stands for."""

    KNOWN = "its alert is in the ledger"
    UNKNOWN = "names an alert that the ledger does not know"
    WAKE_UP = "a wake-up: stands for no alert"
    OTHERS = "of another tenant"
    STRANGE = "no message of this app"


RETURNED = frozenset({Stands.KNOWN, Stands.UNKNOWN, Stands.WAKE_UP, Stands.OTHERS})
"""What `--return` sends again; the rest would only become poison again."""
CLEARED = frozenset({Stands.KNOWN, Stands.WAKE_UP, Stands.STRANGE})
"""What `--clear` deletes; the rest may be all that is left of an alert."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a message says: `word` is why its alert waits, `alert_id` which one, as far as there is one."""

    stands: Stands
    alert_id: str = ""
    word: str = ""


class Ledgered:
    """Why an alert waits, by its id; None where the ledger does not know it. It is read when first asked."""

    def __init__(self, target: Target, now: dt.datetime) -> None:
        self._target, self._now = target, now
        self._words: dict[str, str | None] | None = None

    @property
    def tenant(self) -> str:
        """Whose ledger it is."""
        return self._target.tenant

    def word(self, alert_id: str) -> str | None:
        """The alert's word of `local.ops.waits`."""
        opened = self._target.ports.ledger.open_row(alert_id)
        if opened is not None:
            return waits_for(opened, self._now).value
        if self._words is None:
            self._words = self._read()
        if alert_id not in self._words:
            row = find(self._target.ports.ledger, alert_id, self._now.date())
            self._words[alert_id] = waits_for(row, self._now).value if row else None
        return self._words[alert_id]

    def _read(self) -> dict[str, str | None]:
        """What was finished lately: nearly all that a poison message can name and that is not open."""
        first_day = (self._now - _HISTORY).date().isoformat()
        rows = self._target.tables.query(
            "AlertWork", history_filter(self.tenant, first_day), select=("AlertId", "State")
        )
        return {str(row.get("AlertId")): str(row.get("State", State.DONE)).replace(" ", "-") for row in rows}


def told(message: Message, ledgered: Ledgered) -> Told:
    """What the message stands for."""
    try:
        pointer = Pointer.parse(message.text)
    except BadMessage:
        return _without_alert(message)
    if pointer.tenant != ledgered.tenant:
        return Told(Stands.OTHERS, pointer.alert_id)
    word = ledgered.word(pointer.alert_id)
    return Told(Stands.KNOWN if word else Stands.UNKNOWN, pointer.alert_id, word or "")


def _without_alert(message: Message) -> Told:
    try:
        WakeUp.parse(message.text)
    except BadMessage:
        return Told(Stands.STRANGE)
    return Told(Stands.WAKE_UP)


def show(screen: Screen, target: Target, ledgered: Ledgered) -> dict[str, int]:
    """Prints what lies there, up to 32 messages a queue; how many there are in each. Nothing is changed."""
    count: dict[str, int] = {}
    for name in queues.poison_queues():
        found = queues.length(target.queues, name)
        if found.problem:
            screen.say(f"{name}: cannot be read: {found.problem}")
            continue
        count[name] = found.messages or 0
        shown = queues.peeked(target.queues, name)
        cut = f", the first {len(shown)} of them" if len(shown) < (count[name]) else ""
        screen.say(f"{name}: {count[name]} messages{cut}")
        for message in shown:
            screen.say(f"  {_line(message, told(message, ledgered))}")
    return count


def _line(message: Message, said: Told) -> str:
    when = clock(message.inserted) if message.inserted else "at an unknown time"
    word = f", {said.word}" if said.word else ""
    body = message.text or message.raw
    cut = f" … ({len(body)} characters)" if len(body) > _MOST_SHOWN else ""
    return f"{when}  {said.stands}{word}: {body[:_MOST_SHOWN]}{cut}"


def put_back(target: Target, ledgered: Ledgered, lies: dict[str, int]) -> Counter[tuple[Stands, bool]]:
    """Sends each message to its queue again, then deletes it in its poison queue, as many as `show` counted.
    Counts what each stood for, and whether it went."""

    def send_then_delete(message: Message) -> bool:
        queues.send(target.queues, message.queue.removesuffix(POISON), message.raw)
        queues.delete(target.queues, message)  # else somebody else has it, and it is in work twice
        return True

    return _each(target, ledgered, lies, RETURNED, send_then_delete)


def clear(target: Target, ledgered: Ledgered, lies: dict[str, int]) -> Counter[tuple[Stands, bool]]:
    """Deletes the messages, as many as `show` counted, but none that may be all there is of an alert."""
    return _each(target, ledgered, lies, CLEARED, lambda message: queues.delete(target.queues, message))


def _each(
    target: Target,
    ledgered: Ledgered,
    lies: dict[str, int],
    wanted: frozenset[Stands],
    do: Callable[[Message], bool],
) -> Counter[tuple[Stands, bool]]:
    """Does it to what is wanted of so many messages a queue; the others are given back at the end, so that
    none is met twice."""
    ends: Counter[tuple[Stands, bool]] = Counter()
    left: list[Message] = []
    try:
        for name, most in lies.items():
            while most > 0 and (batch := queues.taken(target.queues, name, most=most, seconds=_HOLD)):
                most -= len(batch)
                for message in batch:
                    stands = told(message, ledgered).stands
                    if stands not in wanted:
                        left.append(message)
                    ends[stands, stands in wanted and do(message)] += 1
    finally:
        for message in left:
            queues.give_back(target.queues, message)
    return ends
