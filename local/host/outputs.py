"""What the host makes of a function's queue outputs: the bodies of the messages to send, in their order."""

from __future__ import annotations

import json
from typing import Any


def message_bodies(value: Any) -> list[bytes]:
    """The bodies in a `TypedData` that the worker answered with, none for an empty one.

    Text that begins like JSON is read as JSON, as the platform does it: an array becomes one message for each
    of its items, an object is written anew with indentation. Strings inside a list are sent as they are.
    (azure-functions-host, src/WebJobs.Script/Binding/FunctionBinding.cs, read in its state of October 2024.)
    """
    match value.WhichOneof("data"):
        case None:
            return []
        case "bytes":
            return [value.bytes]
        case "json":
            return _json_bodies(value.json)
        case "string":
            looks_like_json = value.string.lstrip().startswith(("{", "["))
            return _json_bodies(value.string) if looks_like_json else [value.string.encode()]
        case "int":
            return [str(value.int).encode()]
        case "double":
            return [str(value.double).encode()]
        case kind:
            raise ValueError(f"a queue output of kind {kind} is not simulated by this host")


def _json_bodies(text: str) -> list[bytes]:
    try:
        content = json.loads(text)
    except ValueError:
        return [text.encode()]
    items = content if isinstance(content, list) else [content]
    return [_body(item) for item in items]


def _body(item: Any) -> bytes:
    if isinstance(item, str):
        return item.encode()
    return json.dumps(item, indent=2, ensure_ascii=False).encode()
