"""Listens to one queue for one function in one instance.

As Microsoft.Azure.WebJobs.Extensions.Storage does (QueueListener.cs, QueueProcessor.cs, read in their state
of October 2024): fetch a batch, fetch the next one when no more than `newBatchThreshold` messages are
running, back off at random up to `maxPollingInterval` while the queue is empty.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from azure.core.exceptions import AzureError

from local.host.activity import Activity
from local.host.app import QueueOptions
from local.host.invoking import TriggerInput, queue_input
from local.host.queues import BadBody, Lease, Queues, Received
from local.host.records import Invocation, Outcome, why

_SHORTEST_WAIT = 0.1


class QueueListener:
    """Runs `run` for each message of the queue, and sees each message to its end."""

    def __init__(
        self,
        queues: Queues,
        queue: str,
        options: QueueOptions,
        *,
        lease_seconds: float,
        run: Callable[[TriggerInput, Lease], Invocation],
        on_end: Callable[[Invocation], None],
        on_error: Callable[[str], None],
        may_fetch: Callable[[], bool],
        activity: Activity,
    ) -> None:
        self._queues, self.queue, self._options = queues, queue, options
        self._lease_seconds = lease_seconds
        self._run, self._on_end, self._on_error = run, on_end, on_error
        self._may_fetch = may_fetch
        self._activity = activity
        self._changed = threading.Condition()
        self._running = 0
        self._stopping = False
        self._woken = False
        self._thread = threading.Thread(target=self._listen, name=f"listen {queue}", daemon=True)
        # Roomier than needed: what runs at once is decided by when the next batch is fetched alone.
        most = 2 * (options.batch_size + options.new_batch_threshold)
        self._pool = ThreadPoolExecutor(max_workers=most, thread_name_prefix=f"message {queue}")

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Ends the wait of an idle listener: this instance has put a message into the queue."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def stop_fetching(self) -> None:
        """No further message is fetched; those that run go on."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()
        self._pool.shutdown(wait=False)

    def _listen(self) -> None:
        wait = _SHORTEST_WAIT
        while self._wait_for_room():
            found = self._fetch() if self._may_fetch() else 0
            if found:
                wait = _SHORTEST_WAIT
                continue
            if self._sleep(wait):
                wait = _SHORTEST_WAIT
            else:
                longest = self._options.max_polling_seconds
                wait = min(longest, wait * 2 * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load, no secret

    def _wait_for_room(self) -> bool:
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopping or self._running <= self._options.new_batch_threshold
            )
            return not self._stopping

    def _sleep(self, seconds: float) -> bool:
        """Whether the wait was cut short by a message of our own."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._woken, timeout=seconds)
            woken, self._woken = self._woken, False
            return woken

    def _fetch(self) -> int:
        try:
            batch = self._queues.receive(
                self.queue, count=self._options.batch_size, lease_seconds=self._lease_seconds
            )
        except AzureError as error:
            self._on_error(f"the queue {self.queue} cannot be read: {why(error)}")
            return 0
        for message in batch:
            lease = Lease(self._queues, self.queue, message, seconds=self._lease_seconds)
            with self._changed:
                self._running += 1
            self._activity.begin()
            self._pool.submit(self._take, message, lease)
        return len(batch)

    def _take(self, message: Received, lease: Lease) -> None:
        try:
            self._see_through(message, lease)
        # The platform shuts the host down here ("unhandled storage error"); we say it, and the lease brings
        # the message back.
        except AzureError as error:
            self._on_error(f"a message of {self.queue} cannot be completed: {why(error)}")
        except Exception as error:
            self._on_error(f"the host failed on a message of {self.queue}: {error!r}")
            raise
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
            self._activity.end()

    def _see_through(self, message: Received, lease: Lease) -> None:
        most = self._options.max_dequeue_count
        if message.dequeue_count > most:
            self._set_aside(lease)  # others died on it: it is not tried once more
            return
        try:
            body = self._queues.decode(message.raw)
        except BadBody as error:
            self._on_error(
                f"a message of {self.queue} is not base64 and goes to the poison queue: {why(error)}"
            )
            lease.poison()
            return
        invocation = self._run(queue_input(self.queue, message, body), lease)
        if invocation.outcome is Outcome.SUCCEEDED:
            lease.delete()
        elif invocation.outcome is Outcome.FAILED and message.dequeue_count >= most:
            self._set_aside(lease)
        elif invocation.outcome is Outcome.FAILED and not self.queue.endswith("-poison"):
            lease.release(seconds=self._options.visibility_timeout_seconds)
        self._on_end(invocation)

    def _set_aside(self, lease: Lease) -> None:
        most = self._options.max_dequeue_count
        self._on_error(f"Message has reached MaxDequeueCount of {most}. Moving message to the poison queue.")
        lease.poison()
