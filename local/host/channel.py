"""The host's end of one worker process: starts it, loads functions into it, runs them, hears its logs."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from local.host.app import Function
from local.host.hearing import Hearing, cut
from local.host.protocol import messages, read_messages, write_message
from local.host.records import LogEntry
from local.host.worker import worker_command
from local.lifeline import start_child, stop_child

_START_SECONDS = 60.0
# What a worker gets of this machine's environment; everything else it knows comes from the app settings.
_ALLOWED = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")

_THREADS = (
    "1000"  # as the platform's host sets it where the app's settings do not (seen in 4.1037, 2026-11-30)
)


class WorkerLost(Exception):
    """The worker process ended before it answered."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Whether the library accepted a function, and the platform's words if not."""

    function: str
    ok: bool
    error: str = ""


def worker_environment(settings: Mapping[str, str], ca_bundle: Path | None) -> dict[str, str]:
    """The environment of a worker: an allow-list, the app settings, and the local CA as its only trust."""
    environment = {name: os.environ[name] for name in _ALLOWED if name in os.environ}
    environment["PYTHON_THREADPOOL_THREAD_COUNT"] = _THREADS
    environment |= settings
    if ca_bundle is not None:
        environment["REQUESTS_CA_BUNDLE"] = str(ca_bundle)
    return environment


class WorkerChannel:
    """One worker process. Its methods may be called from any thread."""

    def __init__(
        self,
        app_dir: Path,
        environment: Mapping[str, str],
        *,
        hearing: Hearing,
        on_exit: Callable[[WorkerChannel, int], None] = lambda channel, code: None,
        only_function: str | None = None,
    ) -> None:
        self._app_dir = app_dir
        self._environment = environment
        self._hearing, self._on_exit = hearing, on_exit
        self._only_function = only_function
        self._lock, self._write_lock = threading.Lock(), threading.Lock()
        self._waiting: dict[str, Future[Any]] = {}
        self._function_of: dict[str, str] = {}
        self._child: subprocess.Popen[bytes] | None = None
        self._over = False
        self._given_up = False
        self._messages = messages()

    @property
    def pid(self) -> int:
        return self._running.pid

    def start(self) -> None:
        """Starts the process and has the library ready; raises WorkerLost if it does not come up."""
        child = start_child(
            worker_command(self._app_dir), env=self._environment, cwd=self._app_dir, merge_output=False
        )
        self._child = child
        for target, stream in ((self._read_answers, child.stdout), (self._read_prints, child.stderr)):
            threading.Thread(target=target, args=(stream,), name="worker", daemon=True).start()
        init = self._messages.WorkerInitRequest(host_version="4", function_app_directory=str(self._app_dir))
        answer = self._ask("init", worker_init_request=init).result(_START_SECONDS)
        if answer.result.status != self._messages.StatusResult.Success:
            raise WorkerLost(answer.result.exception.message)
        request = self._messages.FunctionsMetadataRequest(function_app_directory=str(self._app_dir))
        metadata = self._ask("metadata", functions_metadata_request=request).result(_START_SECONDS)
        if not metadata.use_default_metadata_indexing:
            raise WorkerLost("the library wants to index the app itself; this host reads function.json")

    def load(self, function: Function) -> LoadResult:
        """What the library says to one function."""
        protos = self._messages
        metadata = protos.RpcFunctionMetadata(
            name=function.name,
            directory=str(function.directory),
            script_file=str(function.script_file),
            entry_point=function.entry_point,
        )
        for binding in (function.trigger, *function.outputs):
            direction = protos.BindingInfo.Direction.Value(binding.direction)
            metadata.bindings[binding.name].CopyFrom(
                protos.BindingInfo(type=binding.type, direction=direction)
            )
        request = protos.FunctionLoadRequest(function_id=function.name, metadata=metadata)
        answer = self._ask(f"load {function.name}", function_load_request=request).result(_START_SECONDS)
        ok = answer.result.status == protos.StatusResult.Success
        return LoadResult(function.name, ok, "" if ok else answer.result.exception.message)

    def invoke(self, request: Any) -> Future[Any]:
        """The InvocationResponse to come; it fails with WorkerLost when the process ends first."""
        with self._lock:
            self._function_of[request.invocation_id] = request.function_id
        return self._ask(f"invoke {request.invocation_id}", invocation_request=request)

    def stop(self, *, grace_seconds: float = 5.0) -> None:
        """Ends the process; `on_exit` is not called for it."""
        with self._lock:
            self._over = True
        if self._child is not None:
            stop_child(self._child, grace_seconds=grace_seconds)

    def time_out(self) -> None:
        """Kills the process for a run that took too long; whoever waits for another run in it waits on."""
        with self._lock:
            self._given_up = True
            self._waiting = {}
        self.kill()

    @property
    def is_busy(self) -> bool:
        """Whether a run is under way in it."""
        return bool(self._function_of)

    @property
    def has_ended(self) -> bool:
        """Whether its process has ended."""
        return self._child is not None and self._child.poll() is not None

    @property
    def was_timed_out(self) -> bool:
        """Whether its process ended by `time_out`."""
        return self._given_up

    def kill(self) -> int:
        """The pid of the process, which has been killed without a chance to do anything."""
        child = self._running
        child.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        return child.pid

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            raise WorkerLost("the worker was never started")
        return self._child

    def _ask(self, key: str, **content: Any) -> Future[Any]:
        future: Future[Any] = Future()
        stream = cast(BinaryIO, self._running.stdin)
        with self._lock:
            self._waiting[key] = future
        try:
            with self._write_lock:
                write_message(stream, self._messages.StreamingMessage(**content))
        except (OSError, ValueError):  # ValueError: the pipe is closed on our side
            with self._lock:
                unanswered = self._waiting.pop(key, None)
            if unanswered is not None:
                future.set_exception(WorkerLost("the worker process has ended"))
        return future

    def _read_answers(self, stream: BinaryIO) -> None:
        for message in read_messages(stream):
            match message.WhichOneof("content"):
                case "rpc_log":
                    self._hear(message.rpc_log)
                case "worker_init_response":
                    self._resolve("init", message.worker_init_response)
                case "function_metadata_response":
                    self._resolve("metadata", message.function_metadata_response)
                case "function_load_response":
                    answer = message.function_load_response
                    self._resolve(f"load {answer.function_id}", answer)
                case "invocation_response":
                    answer = message.invocation_response
                    self._function_of.pop(answer.invocation_id, None)
                    self._resolve(f"invoke {answer.invocation_id}", answer)
        self._finish()

    def _finish(self) -> None:
        code = self._running.wait()
        with self._lock:
            lost, self._waiting = self._waiting, {}
            expected = self._over
        for future in lost.values():
            future.set_exception(WorkerLost(f"the worker process ended with exit code {code}"))
        if not expected:
            self._on_exit(self, code)

    def _read_prints(self, stream: BinaryIO) -> None:
        for line in stream:
            text = line.decode(errors="replace").rstrip()
            self._hearing.heard(
                LogEntry(
                    level=_level_of_print(text),
                    category="Host.Function.Console",
                    message=cut(text),
                    is_user=True,
                    function=self._only_function,
                )
            )

    def _resolve(self, key: str, answer: Any) -> None:
        with self._lock:
            future = self._waiting.pop(key, None)
        if future is not None:
            future.set_result(answer)

    def _hear(self, log: Any) -> None:
        """A record of the app's is kept only while the run that it names is under way."""
        is_user = log.log_category == self._messages.RpcLog.RpcLogCategory.Value("User")
        function = self._function_of.get(log.invocation_id)
        entry = LogEntry(
            level=self._messages.RpcLog.Level.Name(log.level),
            category=f"Function.{function or self._only_function}.User" if is_user else log.category,
            message=cut(log.message),
            is_user=is_user,
            function=function or self._only_function,
            invocation_id=log.invocation_id or None,
        )
        if is_user and function is None:
            self._hearing.lost(entry)
        else:
            self._hearing.heard(entry)


def _level_of_print(text: str) -> str:
    """The level that the host gives a printed line, by the words in it."""
    if "error" in text.lower():
        return "Error"
    return "Warning" if "warn" in text.lower() else "Information"
