"""Listens to one queue for one function in one instance.

As Microsoft.Azure.WebJobs.Extensions.Storage does (QueueListener.cs, QueueProcessor.cs, read in their state
of October 2024), held against the host 4.1037 with Storage.Queues 5.3.10 on 2026-11-30: one fetch a round, of
as many messages as the batch holds or fewer; the next one when no more than `newBatchThreshold` messages are
running; while the queue is empty, back-off at random up to `maxPollingInterval`, which a message put by this
same host does not cut short. What cannot be read at all, or not be finished, ends the host.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from azure.core.exceptions import AzureError

from local.host.activity import Activity
from local.host.app import Binding, QueueOptions
from local.host.hearing import Hearing
from local.host.queues import (
    POISON,
    BadBody,
    InstanceEnded,
    Lease,
    Queues,
    Received,
    is_refusal,
    was_answered,
)
from local.host.records import Invocation, Outcome, why
from local.host.trigger_input import TriggerInput, queue_input

LEASE_SECONDS = 600.0
_SHORTEST_WAIT = 0.1
# The namespace is that of the public class; only its end was seen.
_PROCESSOR = "Microsoft.Azure.WebJobs.Host.Queues.QueueProcessor"


class QueueListener:
    """Runs `run` for each message of the queue, and sees each message to its end."""

    def __init__(
        self,
        queues: Queues,
        function: str,
        trigger: Binding,
        options: QueueOptions,
        *,
        run: Callable[[TriggerInput, Lease], Invocation],
        hearing: Hearing,
        ended: threading.Event,
        on_failure: Callable[[str], None],
        may_fetch: Callable[[], bool],
        activity: Activity,
    ) -> None:
        self._queues, self._function, self._trigger, self._options = queues, function, trigger, options
        self.queue = trigger.queue
        self._run, self._hearing, self._ended = run, hearing, ended
        self._on_failure, self._may_fetch = on_failure, may_fetch
        self._activity = activity
        self._changed = threading.Condition()
        self._running = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._listen, name=f"listen {self.queue}", daemon=True)
        # Roomier than needed: what runs at once is decided by when the next batch is fetched alone.
        most = 2 * (options.batch_size + options.new_batch_threshold)
        self._pool = ThreadPoolExecutor(max_workers=most, thread_name_prefix=f"message {self.queue}")

    def start(self) -> None:
        self._thread.start()

    def stop_fetching(self) -> None:
        """No further message is fetched; those that run go on."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(self._queues.clock.real(60) + 10)
        self._pool.shutdown(wait=False)

    def _listen(self) -> None:
        wait = _SHORTEST_WAIT
        while self._wait_for_room():
            try:
                found = self._fetch() if self._may_fetch() else 0
            except InstanceEnded:
                return
            except AzureError as error:
                self._end_host(
                    f"The listener for function '{self._function}' was unable to start: {why(error)}"
                )
                return
            if found:
                wait = _SHORTEST_WAIT
                continue
            self._sleep(wait)
            longest = self._options.max_polling_seconds
            wait = min(longest, wait * 2 * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load, no secret

    def _wait_for_room(self) -> bool:
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopping or self._running <= self._options.new_batch_threshold
            )
            return not self._stopping

    def _sleep(self, seconds: float) -> None:
        """Of this machine: how often a queue is looked at is a matter of load, not of what is lost."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, timeout=seconds)

    def _fetch(self) -> int:
        count = random.randint(1, self._options.batch_size)  # noqa: S311 - as the service gives them
        try:
            batch = self._queues.receive(self.queue, count=count, lease_seconds=LEASE_SECONDS)
        except AzureError as error:
            if is_refusal(error) or not was_answered(error):
                raise
            self._say("Error", f"the queue {self.queue} cannot be read: {why(error)}")
            return 0
        for message in batch:
            lease = Lease(self._queues, self.queue, message, seconds=LEASE_SECONDS)
            try:
                body = self._queues.decode(message.raw)
            except BadBody:
                self._set_aside(lease)  # here, before its neighbours run, whatever its count
                continue
            with self._changed:
                if self._stopping:
                    break
                self._running += 1
            self._activity.begin()
            self._pool.submit(self._take, message, body, lease)
        return len(batch)

    def _take(self, message: Received, body: bytes, lease: Lease) -> None:
        try:
            self._see_through(message, body, lease)
        except InstanceEnded:
            pass
        except AzureError as error:
            self._end_host(f"An unhandled storage error for a message of {self.queue}: {why(error)}")
        except Exception as error:
            self._say("Critical", f"the host failed on a message of {self.queue}: {error!r}")
            raise
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
            self._activity.end()

    def _see_through(self, message: Received, body: bytes, lease: Lease) -> None:
        most = self._options.max_dequeue_count
        if message.dequeue_count > most:
            self._set_aside(lease)  # others died on it: it is not tried once more
            return
        invocation = self._run(queue_input(self._trigger.name, message, body), lease)
        self._hearing.ended(invocation)
        if invocation.outcome is Outcome.LOST or self._ended.is_set():
            return
        if invocation.outcome is Outcome.SUCCEEDED:
            lease.delete()
        elif message.dequeue_count >= most:
            self._set_aside(lease)
        elif not self.queue.endswith(POISON):
            lease.release(seconds=self._options.visibility_timeout_seconds)

    def _set_aside(self, lease: Lease) -> None:
        most, target = self._options.max_dequeue_count, f"{self.queue}{POISON}"
        words = f"Message has reached MaxDequeueCount of {most}. Moving message to queue '{target}'."
        self._say("Warning", words, category=_PROCESSOR)
        lease.poison()

    def _end_host(self, words: str) -> None:
        if not self._ended.is_set():
            self._on_failure(words)

    def _say(self, level: str, words: str, *, category: str = "Host") -> None:
        self._hearing.said(level, words, function=self._function, category=category)
