"""The app's queues: their names as function.json has them, their lengths, and what lies in poison queues."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueServiceClient

from local.cli import ROOT
from local.host.app import read_app
from local.host.app_settings import AppSettings

POISON = "-poison"
_MOST_PEEKED = 32  # as many as the service shows at once


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


def lengths(service: QueueServiceClient) -> list[Length]:
    """Each queue and its poison queue."""
    names = queue_names()
    return [_length(service, name) for name in (*names, *(name + POISON for name in names))]


def _length(service: QueueServiceClient, name: str) -> Length:
    try:
        found = service.get_queue_client(name).get_queue_properties()
    except ResourceNotFoundError:
        return Length(name, None)
    except AzureError as err:
        return Length(name, None, str(err).splitlines()[0][:200] if str(err) else type(err).__name__)
    return Length(name, int(found.approximate_message_count or 0))


def peeked(service: QueueServiceClient, name: str) -> list[str]:
    """The texts of up to 32 messages, which are left where they are; "" for one that is not ours to read."""
    try:
        found = service.get_queue_client(name).peek_messages(max_messages=_MOST_PEEKED)
    except ResourceNotFoundError:
        return []
    return [_text(str(message.content)) for message in found]


def _text(raw: str) -> str:
    try:
        return base64.b64decode(raw, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
