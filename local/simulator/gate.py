"""Whether the service would accept a query: Microsoft's own KQL parser with the hunting schema, kept running.

The parser is the npm package @kusto/language-service-next, run by Node; `gate.js` speaks JSON lines with it.
It knows every table and column of `schema/hunting.json`, FileProfile and DeviceFromIP. Beyond "no error" a
query must be a query (no command), of one statement besides `let`, without what advanced hunting refuses.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.azurite import node_executable
from local.lifeline import start_child, stop_child
from local.simulator import gate_start

_HERE = Path(__file__).parent
SCHEMA_FILE = _HERE / "schema" / "hunting.json"
# For a machine where `npm ci` has not been run in local/: another folder that holds the package.
NODE_MODULES_VARIABLE = "LOCAL_NODE_MODULES"

type Tokens = list[tuple[str, str]]


class GateFailed(RuntimeError):
    """The parser is not installed, or ended, or broke on a text; never a verdict on a query."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the parser says of one query.

    `messages` are the parser's own, empty if `ok`. `columns` are the result's (name, KQL type). `runnable` is
    the query with FileProfile spelled out as a look-up in the table `_FileProfile`, None when it cannot be.
    """

    ok: bool
    messages: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    runnable: str | None = None


def node_modules(given: Path | None = None) -> Path:
    """The folder with the parser's package: `local/node_modules`, else `given`, else the environment's.

    Raises GateFailed when none has it.
    """
    named = os.environ.get(NODE_MODULES_VARIABLE)
    for folder in (_HERE.parent / "node_modules", given, Path(named) if named else None):
        if folder is not None and (folder / "@kusto" / "language-service-next").is_dir():
            return folder
    raise GateFailed("the KQL parser is not installed: run `npm ci` in local/")


class Gate:
    """Microsoft's parser while the `with` block lasts; any thread may ask, one is served at a time."""

    def __init__(self, *, packages: Path | None = None, schema: Path = SCHEMA_FILE) -> None:
        self._packages = packages
        self._schema = schema
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def made_of(self) -> str:
        """A text that changes with the parser, its schema and our program. Raises GateFailed."""
        kept = gate_start.snapshot(node_executable(), node_modules(self._packages))
        return f"{kept.name}\n{self._schema.read_text('utf-8')}"

    def prepare(self) -> None:
        """Starts it now where that takes seconds, or fails; else it starts when it is asked."""
        if not gate_start.snapshot(node_executable(), node_modules(self._packages)).is_file():
            self.start()

    def start(self) -> Self:
        """Itself, ready (a third of a second, the first time three seconds); starting twice is harmless."""
        with self._lock:
            if self._child is None:
                self._child = self._started()
        return self

    def _started(self) -> subprocess.Popen[bytes]:
        node, folder = node_executable(), node_modules(self._packages)
        plain = gate_start.plain(node, folder, self._schema)
        quick = gate_start.command(node, folder, self._schema)
        child = start_child(quick)
        try:
            self._read(child)
        except GateFailed:
            if quick == plain:
                raise
            gate_start.snapshot(node, folder).unlink(missing_ok=True)
            child = start_child(plain)
            self._read(child)
        return child

    def stop(self) -> None:
        """Ends the parser. Stopping twice is harmless."""
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            stop_child(child)
            if child.stdout is not None:
                child.stdout.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def judge(self, kql: str, lacking: Sequence[str] = ()) -> Verdict:
        """The verdict on one query."""
        return self.judge_all([kql], lacking)[0]

    def judge_all(self, queries: Sequence[str], lacking: Sequence[str] = ()) -> list[Verdict]:
        """The verdict on each query, in their order; one question to the parser. `lacking` names tables, and
        columns as Table.Column, that the tenant has not."""
        return [
            Verdict(
                ok=answer["ok"],
                messages=tuple(answer["messages"]),
                columns=tuple((name, kind) for name, kind in answer["columns"]),
                runnable=answer["runnable"],
            )
            for answer in self._ask("judge", queries, lacking)
        ]

    def tokens(self, kql: str) -> Tokens:
        """The lexer's stream of (kind, text), without white space and comments; whatever the text is."""
        return self.tokens_all([kql])[0]

    def tokens_all(self, texts: Sequence[str]) -> list[Tokens]:
        """The token stream of each text, in their order; one question to the parser."""
        return [[(kind, text) for kind, text in answer] for answer in self._ask("tokens", texts)]

    def _ask(self, op: str, texts: Sequence[str], lacking: Sequence[str] = ()) -> list[Any]:
        self.start()
        # ASCII on the wire: lone surrogates arrive as JavaScript has them, no line separator splits the line.
        line = (
            json.dumps({"op": op, "texts": list(texts), "lacking": sorted(lacking)}).encode("ascii") + b"\n"
        )
        with self._lock:
            child = self._child
            if child is None or child.stdin is None:
                raise GateFailed("the KQL parser was stopped")
            try:
                child.stdin.write(line)
                child.stdin.flush()
                answers: list[Any] = self._read(child)
            except (BrokenPipeError, GateFailed):
                self._child = None  # the next question starts a new one
                _close(child)
                raise GateFailed("the KQL parser ended in the middle of a question") from None
        for answer in answers:
            if isinstance(answer, dict) and "failed" in answer:
                raise GateFailed(f"the KQL parser broke: {answer['failed']}")
        return answers

    @staticmethod
    def _read(child: subprocess.Popen[bytes]) -> Any:
        line = child.stdout.readline() if child.stdout is not None else b""
        try:
            return json.loads(line)
        except ValueError:
            rest = b"" if not line or child.stdout is None else child.stdout.read(2000)
            _close(child)
            raise GateFailed(
                f"the KQL parser said: {(line + rest).decode(errors='replace')[:2000]}"
            ) from None


def _close(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
