"""What starts a run, in the worker's words: a queue message with its properties, or a timer's state."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.host.protocol import messages
from local.host.queues import Received


@dataclass(frozen=True, slots=True)
class TriggerInput:
    """The input and its metadata; with a `problem` the run fails before the worker hears of it."""

    value: Any
    metadata: Mapping[str, Any] = field(default_factory=dict)
    message: Received | None = None
    problem: str = ""


def queue_input(parameter: str, message: Received, body: bytes) -> TriggerInput:
    """A message as the platform hands it over: its text, and its properties as trigger metadata.

    Everything that is not text travels as JSON, which is what the library reads. A body that is not UTF-8
    fails the run. Where the body is a JSON object, its fields replace the metadata of the same name, whoever
    wrote them (both seen in the host 4.1037 on 2026-11-30; that a name's case does not matter and that lists
    are left out was not tried).
    """
    typed = messages().TypedData
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return TriggerInput(None, {}, message, f"Exception binding parameter '{parameter}'")
    metadata = {
        "QueueTrigger": typed(string=text),
        "Id": typed(string=message.id),
        "PopReceipt": typed(string=message.pop_receipt),
        "DequeueCount": typed(json=json.dumps(message.dequeue_count)),
        "InsertionTime": typed(json=json.dumps(message.inserted.isoformat())),
        "ExpirationTime": typed(json=json.dumps(message.expires.isoformat())),
        "NextVisibleTime": typed(json=json.dumps(message.next_visible.isoformat())),
    }
    spelling = {name.lower(): name for name in metadata}
    for name, value in _fields(text).items():
        own = typed(string=value) if isinstance(value, str) else typed(json=json.dumps(value))
        metadata[spelling.get(name.lower(), name)] = own
    return TriggerInput(typed(string=text), metadata, message)


def _fields(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {
        name: value for name, value in content.items() if value is not None and not isinstance(value, list)
    }


def timer_input(*, past_due: bool, last: dt.datetime | None, next_run: dt.datetime | None) -> TriggerInput:
    """A timer's run, as the platform describes it: `last` is when the run before it began, and None for a
    schedule not monitored."""
    status = None
    if last is not None and next_run is not None:
        status = {"Last": last.isoformat(), "Next": next_run.isoformat(), "LastUpdated": last.isoformat()}
    content = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": status, "IsPastDue": past_due}
    return TriggerInput(messages().TypedData(json=json.dumps(content)))
