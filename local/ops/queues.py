"""The app's queues: their names as function.json has them, their lengths, and what lies in poison queues."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.queue import QueueMessage, QueueServiceClient, StorageErrorCode

from local.cli import ROOT
from local.host.app import read_app
from local.host.app_settings import AppSettings

POISON = "-poison"
_MOST_AT_ONCE = 32  # as many as the service gives at once


@dataclass(frozen=True, slots=True)
class Length:
    """`messages` is None where the queue is not there, or could not be read: then `problem` says why."""

    queue: str
    messages: int | None
    problem: str = ""


def queue_names() -> list[str]:
    """The queues that the functions listen to, in a fixed order."""
    functions = read_app(ROOT, AppSettings({})).functions
    return sorted({each.trigger.queue for each in functions if each.trigger.type == "queueTrigger"})


def poison_queues() -> list[str]:
    """Where the host moves what it gave up."""
    return [name + POISON for name in queue_names()]


def lengths(service: QueueServiceClient) -> list[Length]:
    """Each queue and its poison queue."""
    names = queue_names()
    return [length(service, name) for name in (*names, *poison_queues())]


def length(service: QueueServiceClient, name: str) -> Length:
    """One queue."""
    try:
        found = service.get_queue_client(name).get_queue_properties()
    except ResourceNotFoundError:
        return Length(name, None)
    except AzureError as err:
        return Length(name, None, str(err).splitlines()[0][:200] if str(err) else type(err).__name__)
    return Length(name, int(found.approximate_message_count or 0))


@dataclass(frozen=True, slots=True)
class Message:
    """`text` is the body as its function would read it, "" where it is not base64; `raw` is as it lies there.

    `receipt` is what deletes it; "" for one that was only looked at.
    """

    queue: str
    id: str
    raw: str
    text: str
    inserted: dt.datetime | None
    receipt: str = ""


def peeked(service: QueueServiceClient, name: str) -> list[Message]:
    """Up to 32 messages, which are left where they are."""
    try:
        found = service.get_queue_client(name).peek_messages(max_messages=_MOST_AT_ONCE)
    except ResourceNotFoundError:
        return []
    return [_message(name, each) for each in found]


def taken(service: QueueServiceClient, name: str, *, most: int, seconds: int) -> list[Message]:
    """Up to `most` messages (32 at most), which nobody else sees for so many seconds."""
    count = min(most, _MOST_AT_ONCE)
    pages = service.get_queue_client(name).receive_messages(
        messages_per_page=count, max_messages=count, visibility_timeout=seconds
    )
    return [_message(name, each) for each in pages]


def send(service: QueueServiceClient, name: str, raw: str) -> None:
    """Puts a message into a queue that is there."""
    service.get_queue_client(name).send_message(raw)


def delete(service: QueueServiceClient, message: Message) -> bool:
    """False where somebody else holds or has deleted it by now: it is then theirs."""
    client = service.get_queue_client(message.queue)
    return not _is_theirs(lambda: client.delete_message(message.id, message.receipt))


def give_back(service: QueueServiceClient, message: Message) -> None:
    """Lets the others see it again at once."""
    client = service.get_queue_client(message.queue)
    _is_theirs(lambda: client.update_message(message.id, message.receipt, visibility_timeout=0))


def _is_theirs(do: Callable[[], object]) -> bool:
    try:
        do()
    except HttpResponseError as err:
        code = getattr(err, "error_code", None)
        if not isinstance(err, ResourceNotFoundError) and code != StorageErrorCode.POP_RECEIPT_MISMATCH:
            raise
        return True
    return False


def _message(queue: str, found: QueueMessage) -> Message:
    raw = str(found.content)
    return Message(queue, found.id, raw, _text(raw), found.inserted_on, str(found.pop_receipt or ""))


def _text(raw: str) -> str:
    try:
        return base64.b64decode(raw, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
