"""The worker process: the platform's worker library behind a pipe.

What `proxy_worker` does on the platform between the host's gRPC stream and the library
(https://github.com/Azure/azure-functions-python-worker, workers/proxy_worker, read 2026-11-24): every request
becomes a task of one event loop, the library runs synchronous functions on its own thread pool, and a logging
handler at the root sends every record from INFO on to the host, the library's as system logs, the app's as
user logs, each with the invocation it belongs to. A thread the app starts itself has no invocation, there as
here.

One app per process, since the library's registry is global. The process ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from local.host.protocol import messages, read_messages, write_message

_SYSTEM_LOGGERS = ("proxy_worker", "azure.functions", "azure_functions_runtime")
_ROOT = Path(__file__).resolve().parents[2]


def worker_command(app_dir: Path) -> list[str]:
    """The command that runs a worker for `app_dir`.

    Our own root is on the path only while this module is imported: an app must not find what it would not
    find when deployed.
    """
    program = (
        f"import sys; sys.path.insert(0, {str(_ROOT)!r}); from local.host import worker; "
        f"sys.path.remove({str(_ROOT)!r}); worker.main({str(app_dir)!r})"
    )
    return [sys.executable, "-P", "-s", "-c", program]


@dataclass(slots=True)
class _LibraryRequest:
    """What the library's functions take."""

    name: str
    request: Any
    properties: dict[str, Any]


class _Answers:
    """The way back to the host, for any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, **content: Any) -> None:
        message = messages().StreamingMessage(**content)
        with self._lock:
            write_message(self._stream, message)


class _LogSender(logging.Handler):
    """Sends each record to the host as the platform's worker does."""

    def __init__(self, answers: _Answers, invocation_id: Any) -> None:
        super().__init__()
        self._answers = answers
        self._invocation_id = invocation_id
        self._log = messages().RpcLog

    def emit(self, record: logging.LogRecord) -> None:
        system = record.name.startswith(_SYSTEM_LOGGERS)
        message = self.format(record)
        if "\n" in message:  # such a record comes once more, by the console
            print(message, file=sys.stderr, flush=True)
        log = self._log(
            level=self._level(record.levelno),
            message=message,
            category=record.name,
            log_category=self._log.RpcLogCategory.Value("System" if system else "User"),
            invocation_id=self._invocation_id.get() or "",
        )
        self._answers.send(rpc_log=log)

    def _level(self, number: int) -> int:
        names = {logging.CRITICAL: "Critical", logging.ERROR: "Error", logging.WARNING: "Warning"}
        names |= {logging.INFO: "Information", logging.DEBUG: "Debug"}
        name = next((word for floor, word in names.items() if number >= floor), "None")
        return int(self._log.Level.Value(name))


def main(app_dir: str) -> None:
    """Serves the host until it closes our standard input; never returns."""
    requests, answers = _take_pipes()
    sys.path.append(app_dir)  # last, as on the platform: what is installed wins over the app's own folders
    asyncio.run(_serve(requests, _Answers(answers)))


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output, kept for us: the app's prints go to stderr, and it reads an empty input."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


async def _serve(requests: BinaryIO, answers: _Answers) -> None:
    import azure_functions_runtime_v1 as library  # type: ignore[import-untyped]  # it ships no types

    root = logging.getLogger()
    debug = os.environ.get("PYTHON_ENABLE_DEBUG_LOGGING", "").lower() in ("1", "true", "t", "yes", "y")
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    root.addHandler(_LogSender(answers, library.invocation_id_cv))
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()  # the loop itself keeps only weak references

    def start(message: Any) -> None:
        task = loop.create_task(_answer(library, message, answers))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def read() -> None:
        for message in read_messages(requests):
            loop.call_soon_threadsafe(start, message)
        os._exit(0)  # the host is gone; nobody waits for what still runs

    threading.Thread(target=read, name="requests", daemon=True).start()
    await loop.create_future()


async def _answer(library: Any, message: Any, answers: _Answers) -> None:
    kind = message.WhichOneof("content")
    request = _LibraryRequest(kind, message, {"protos": messages(), "host": "127.0.0.1"})
    match kind:
        case "worker_init_request":
            library.start_threadpool_executor()
            answers.send(worker_init_response=await library.worker_init_request(request))
        case "functions_metadata_request":
            answers.send(function_metadata_response=await library.functions_metadata_request(request))
        case "function_load_request":
            answers.send(function_load_response=await library.function_load_request(request))
        case "invocation_request":
            # Each task has a context of its own, so this marks the records of this invocation alone.
            library.invocation_id_cv.set(message.invocation_request.invocation_id)
            answers.send(invocation_response=await library.invocation_request(request))
        case _:
            raise ValueError(f"the host sent a {kind}, which this worker does not know")
