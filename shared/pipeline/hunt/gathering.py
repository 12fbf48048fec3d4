"""Waiting a moment for alerts that are looked up right now, so that they share one drain and its queries.

Without it the first alert of many begins a drain by itself, and the others wait until that drain is over.
"""

from dataclasses import dataclass

from shared import telemetry
from shared.core.progress import LedgerRow, due
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import due_index

_STEP = 0.5  # seconds between two looks


@dataclass(slots=True)
class Gathering:
    """What is due, with those that join it. `patience` is how many seconds may still be waited, in all: an
    alert whose look-ups hang costs the wait once, not again for each batch."""

    ports: Ports
    policy: Policy
    patience: float

    def due(self) -> list[LedgerRow]:
        """What is due now, in the order of work."""
        ports, policy, now = self.ports, self.policy, self.ports.clock.now()
        rows = due_index.work(ports.ledger, policy, now)
        return due.due_work(rows, now, policy.low_severity_max_wait, policy.notify_after)

    def joined(self) -> list[LedgerRow]:
        """What is due once nothing more is about to join, the batch is full, or the patience is spent."""
        clock = self.ports.clock
        begun, first = clock.now(), None
        ready, coming = self._look()
        while self._is_worth_waiting(ready, coming):
            first = len(ready) if first is None else first
            looked = clock.now()
            clock.sleep(min(_STEP, self.patience))
            ready, coming = self._look()
            self.patience -= (clock.now() - looked).total_seconds()
        if first is not None:
            waited = round((clock.now() - begun).total_seconds(), 1)
            telemetry.info("gathered", first=first, then=len(ready), not_yet=coming, seconds=waited)
        return ready

    def _is_worth_waiting(self, ready: list[LedgerRow], coming: int) -> bool:
        fresh = sum(not row.attempts for row in ready)
        is_alone = bool(ready) and not fresh  # with alerts that were begun before nobody shares a hunt
        return bool(coming) and self.patience > 0 and not is_alone and fresh < self.policy.batch_size

    def _look(self) -> tuple[list[LedgerRow], int]:
        """What is due, and how many alerts are about to be."""
        ready = self.due()
        if len(ready) >= self.policy.batch_size or self.patience <= 0:
            return ready, 0
        return ready, due_index.coming(self.ports.ledger, self.policy, self.ports.clock.now())
