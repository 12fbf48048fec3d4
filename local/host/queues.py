"""Queue storage as the host uses it: leases, poison queues, the encoding of bodies, and how often it tries.

A call that fails with a 5xx, or without any answer, is made six times within about 24 seconds; one that is
refused with a 4xx fails at once (seen in the host 4.1037 with Storage.Queues 5.3.10 behind a proxy that
injects faults, 2026-11-30). An answer that gets lost is a failure like another: what the service did stays
done, so that messages can be leased to nobody.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass

from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueServiceClient, StorageErrorCode

from local.host.clock import HostClock
from local.host.records import why

POISON = "-poison"
# Seconds between two tries: at 0, 0.7, 2.2, 5.5, 11.7 and 24.
WAITS = (0.7, 1.5, 3.3, 6.2, 12.3)
_WORTH_A_TRY = (408, 429)  # the SDK's own list, which the platform leaves as it is


class BadBody(Exception):
    """The body is not base64 although host.json says that bodies are."""


class InstanceEnded(Exception):
    """The instance ended before the call was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message as it came: `raw` is its text on the wire."""

    id: str
    pop_receipt: str
    dequeue_count: int
    raw: str
    inserted: dt.datetime
    expires: dt.datetime
    next_visible: dt.datetime


class Queues:
    """The queues of one storage connection, for one instance: once `ended` is set, no call is made any more.

    Every call goes over the network and blocks. Times are in seconds of the platform.
    """

    def __init__(
        self,
        service: QueueServiceClient,
        *,
        base64_bodies: bool,
        clock: HostClock | None = None,
        ended: threading.Event | None = None,
    ) -> None:
        self._service = service
        self._base64 = base64_bodies
        self.clock = clock or HostClock()
        self._ended = ended or threading.Event()
        self._clients: dict[str, QueueClient] = {}
        self._lock = threading.Lock()

    def receive(self, queue: str, *, count: int, lease_seconds: float) -> list[Received]:
        """Up to `count` messages, invisible to others for the lease; none when there is no such queue."""
        try:
            return self._persistently(lambda: self._receive(queue, count, lease_seconds))
        except ResourceNotFoundError:
            return []

    def _receive(self, queue: str, count: int, lease_seconds: float) -> list[Received]:
        pages = self._client(queue).receive_messages(
            messages_per_page=count,
            visibility_timeout=self.clock.service_seconds(lease_seconds),
            max_messages=count,
        )
        return [
            Received(
                id=message.id,
                pop_receipt=str(message.pop_receipt),
                dequeue_count=int(message.dequeue_count or 0),
                raw=str(message.content),
                inserted=_moment(message.inserted_on),
                expires=_moment(message.expires_on),
                next_visible=_moment(message.next_visible_on),
            )
            for message in pages
        ]

    def decode(self, raw: str) -> bytes:
        """The body that a function gets; raises BadBody."""
        if not self._base64:
            return raw.encode()
        try:
            return base64.b64decode(raw, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadBody(why(error)) from error

    def send(self, queue: str, body: bytes) -> None:
        """Puts one message, with the service's lifetime of 7 days; makes the queue if it is not there."""
        text = base64.b64encode(body).decode() if self._base64 else body.decode()
        self._put(queue, text)

    def poison(self, queue: str, message: Received, pop_receipt: str) -> None:
        """Moves a message to the poison queue: a copy, then a delete; dying in between leaves both."""
        self._put(queue + POISON, message.raw)
        self.delete(queue, message.id, pop_receipt)

    def delete(self, queue: str, message_id: str, pop_receipt: str) -> None:
        """Deletes a message; one that somebody else holds or has deleted by now stays as it is."""
        try:
            self._persistently(lambda: self._client(queue).delete_message(message_id, pop_receipt))
        except HttpResponseError as error:
            if not _is_out_of_our_hands(error):
                raise

    def set_visible_in(self, queue: str, message_id: str, pop_receipt: str, *, seconds: float) -> str | None:
        """The new pop receipt of a message that comes back in `seconds`; None when it is no longer ours."""
        hidden = self.clock.service_seconds(seconds)
        client = self._client(queue)
        try:
            updated = self._persistently(
                lambda: client.update_message(message_id, pop_receipt, visibility_timeout=hidden)
            )
        except HttpResponseError as error:
            if not _is_out_of_our_hands(error):
                raise
            return None
        return str(updated.pop_receipt)

    def count(self, queue: str) -> int:
        """How many messages the queue holds, invisible ones too; 0 when there is no such queue."""
        client = self._client(queue)
        try:
            properties = self._persistently(client.get_queue_properties)
        except ResourceNotFoundError:
            return 0
        return int(properties.approximate_message_count or 0)

    def _put(self, queue: str, text: str) -> None:
        client = self._client(queue)
        try:
            self._persistently(lambda: client.send_message(text))
        except ResourceNotFoundError:
            try:
                self._persistently(client.create_queue)
            except ResourceExistsError:
                pass  # somebody else was first
            self._persistently(lambda: client.send_message(text))

    def _persistently[T](self, call: Callable[[], T]) -> T:
        for wait in WAITS:
            if self._ended.is_set():
                raise InstanceEnded
            try:
                return call()
            except AzureError as error:
                if is_refusal(error):
                    raise
            self.clock.wait(self._ended, wait)
        return call()

    def _client(self, queue: str) -> QueueClient:
        with self._lock:
            if queue not in self._clients:
                self._clients[queue] = self._service.get_queue_client(queue)
            return self._clients[queue]


class Lease:
    """The host's hold on one message, renewed at half of its time; for the one thread that runs it."""

    def __init__(self, queues: Queues, queue: str, message: Received, *, seconds: float) -> None:
        self._queues, self._queue, self._message = queues, queue, message
        self._seconds = seconds
        self._renew_at = queues.clock.monotonic() + seconds / 2
        self._pop_receipt: str | None = message.pop_receipt

    @property
    def renew_in(self) -> float:
        """Seconds of the platform until `keep` has something to do."""
        return max(0.0, self._renew_at - self._queues.clock.monotonic())

    def keep(self) -> None:
        """Renews the lease if half of it is over."""
        if self.renew_in > 0:
            return
        self._renew_at = self._queues.clock.monotonic() + self._seconds / 2
        if self._pop_receipt is not None:
            self._pop_receipt = self._queues.set_visible_in(
                self._queue, self._message.id, self._pop_receipt, seconds=self._seconds
            )

    def delete(self) -> None:
        if self._pop_receipt is not None:
            self._queues.delete(self._queue, self._message.id, self._pop_receipt)

    def release(self, *, seconds: float) -> None:
        """Gives the message back, to be seen again in `seconds`."""
        if self._pop_receipt is not None:
            self._queues.set_visible_in(self._queue, self._message.id, self._pop_receipt, seconds=seconds)

    def poison(self) -> None:
        """Moves the message to the poison queue; in a poison queue itself it waits for its lease instead."""
        if self._pop_receipt is not None and not self._queue.endswith(POISON):
            self._queues.poison(self._queue, self._message, self._pop_receipt)


def is_refusal(error: AzureError) -> bool:
    """Whether the service has answered that it will not, which no second try changes."""
    status = error.status_code if isinstance(error, HttpResponseError) else None
    return status is not None and 400 <= status < 500 and status not in _WORTH_A_TRY


def was_answered(error: AzureError) -> bool:
    """Whether there is a service at all."""
    return isinstance(error, HttpResponseError) and error.status_code is not None


def _is_out_of_our_hands(error: HttpResponseError) -> bool:
    code = getattr(error, "error_code", None)
    return isinstance(error, ResourceNotFoundError) or code == StorageErrorCode.POP_RECEIPT_MISMATCH


def _moment(value: dt.datetime | None) -> dt.datetime:
    if value is None:
        raise ValueError("the queue service left a time out")
    return value
