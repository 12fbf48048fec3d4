"""The words host and worker exchange: the platform's own protobuf messages, each with its length before it.

The message classes come out of the wheel of `azure-functions-runtime-v1`, which ships the compiled protocol
of https://github.com/Azure/azure-functions-language-worker-protobuf in a top-level package `tests` (seen in
1.2.0). They are loaded by file path, since a project's own `tests` has the same name.
"""

from __future__ import annotations

import functools
import importlib.util
import struct
import sys
import threading
import types
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, BinaryIO

RUNTIME = "azure-functions-runtime-v1"
_LENGTH = struct.Struct(">I")
_MODULE = "_function_rpc_messages"
_LOADING = threading.Lock()


def messages() -> Any:
    """The module of message classes (StreamingMessage, TypedData …); RuntimeError when it is not there."""
    # Several workers start side by side; a cache alone would let their threads load it twice.
    with _LOADING:
        return _loaded()


@functools.cache
def _loaded() -> Any:
    path = Path(str(distribution(RUNTIME).locate_file("tests/protos/__init__.py")))
    spec = importlib.util.spec_from_file_location(
        _MODULE, path, submodule_search_locations=[str(path.parent)]
    )
    if spec is None or spec.loader is None or not path.is_file():
        raise RuntimeError(f"{RUNTIME} no longer ships its message classes at {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[_MODULE] = module
    # The package also defines a gRPC stub that we never use. An empty module satisfies its import, and is
    # taken away again, so that an app that does `import grpc` meets the truth.
    stand_in = "grpc" not in sys.modules and importlib.util.find_spec("grpc") is None
    if stand_in:
        sys.modules["grpc"] = types.ModuleType("grpc")
    try:
        spec.loader.exec_module(module)
    finally:
        if stand_in:
            del sys.modules["grpc"]
    return module


def write_message(stream: BinaryIO, message: Any) -> None:
    """Writes one message; the caller sees to it that only one thread writes at a time."""
    body = message.SerializeToString()
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def read_messages(stream: BinaryIO) -> Iterator[Any]:
    """The messages of a stream until it ends; one that ends in the middle of a message ends it there."""
    while len(header := stream.read(_LENGTH.size)) == _LENGTH.size:
        (size,) = _LENGTH.unpack(header)
        body = stream.read(size)
        if len(body) < size:
            return
        yield messages().StreamingMessage.FromString(body)
