"""Queue storage as the host uses it: leases, poison queues and the encoding of bodies."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import threading
import time
from dataclasses import dataclass

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueServiceClient, StorageErrorCode

from local.host.records import why

_POISON = "-poison"


class BadBody(Exception):
    """The body is not base64 although host.json says that bodies are."""


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
    """The queues of one storage connection. Every call goes over the network and blocks."""

    def __init__(self, service: QueueServiceClient, *, base64_bodies: bool) -> None:
        self._service = service
        self._base64 = base64_bodies
        self._clients: dict[str, QueueClient] = {}
        self._lock = threading.Lock()

    def receive(self, queue: str, *, count: int, lease_seconds: float) -> list[Received]:
        """Up to `count` messages, invisible to others for the lease; none when there is no such queue."""
        pages = self._client(queue).receive_messages(
            messages_per_page=count, visibility_timeout=max(1, round(lease_seconds)), max_messages=count
        )
        try:
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
        except ResourceNotFoundError:
            return []

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
        self._put(queue + _POISON, message.raw)
        self.delete(queue, message.id, pop_receipt)

    def delete(self, queue: str, message_id: str, pop_receipt: str) -> None:
        """Deletes a message; one that somebody else holds or has deleted by now stays as it is."""
        try:
            self._client(queue).delete_message(message_id, pop_receipt)
        except HttpResponseError as error:
            if not _is_out_of_our_hands(error):
                raise

    def set_visible_in(self, queue: str, message_id: str, pop_receipt: str, *, seconds: float) -> str | None:
        """The new pop receipt of a message that comes back in `seconds`; None when it is no longer ours."""
        try:
            updated = self._client(queue).update_message(
                message_id, pop_receipt, visibility_timeout=max(0, round(seconds))
            )
        except HttpResponseError as error:
            if not _is_out_of_our_hands(error):
                raise
            return None
        return str(updated.pop_receipt)

    def count(self, queue: str) -> int:
        """How many messages the queue holds, invisible ones too; 0 when there is no such queue."""
        try:
            return int(self._client(queue).get_queue_properties().approximate_message_count or 0)
        except ResourceNotFoundError:
            return 0

    def _put(self, queue: str, text: str) -> None:
        try:
            self._client(queue).send_message(text)
        except ResourceNotFoundError:
            try:
                self._client(queue).create_queue()
            except ResourceExistsError:
                pass  # somebody else was first
            self._client(queue).send_message(text)

    def _client(self, queue: str) -> QueueClient:
        with self._lock:
            if queue not in self._clients:
                self._clients[queue] = self._service.get_queue_client(queue)
            return self._clients[queue]


class Lease:
    """The host's hold on one message, renewed at half of its time; for the one thread that runs it."""

    def __init__(self, queues: Queues, queue: str, message: Received, *, seconds: float) -> None:
        self._queues, self._queue, self._message = queues, queue, message
        self._seconds = max(1.0, seconds)  # the service counts in whole seconds
        self._renew_at = time.monotonic() + self._seconds / 2
        self._pop_receipt: str | None = message.pop_receipt

    @property
    def renew_in(self) -> float:
        """Seconds until `keep` has something to do."""
        return max(0.0, self._renew_at - time.monotonic())

    def keep(self) -> None:
        """Renews the lease if half of it is over."""
        if self.renew_in > 0:
            return
        self._renew_at = time.monotonic() + self._seconds / 2
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
        if self._pop_receipt is not None and not self._queue.endswith(_POISON):
            self._queues.poison(self._queue, self._message, self._pop_receipt)


def _is_out_of_our_hands(error: HttpResponseError) -> bool:
    code = getattr(error, "error_code", None)
    return isinstance(error, ResourceNotFoundError) or code == StorageErrorCode.POP_RECEIPT_MISMATCH


def _moment(value: dt.datetime | None) -> dt.datetime:
    if value is None:
        raise ValueError("the queue service left a time out")
    return value
