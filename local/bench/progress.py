"""What the person sees while the bench runs: one moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.status import Status

_LINE_EVERY = 5.0  # seconds between two plain lines

type Say = Callable[[str], None]


class Progress:
    """Shows the last thing said, with the seconds since the start."""

    def __init__(self, console: Console, part: str) -> None:
        self._console, self._part = console, part
        self._began = time.monotonic()
        self._shown = -_LINE_EVERY
        self._status: Status | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status = self._console.status(escape(self._part))
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def say(self, text: str) -> None:
        """Shows `text`."""
        seconds = time.monotonic() - self._began
        line = f"{self._part:<8}{seconds:5.0f} s  {text}"
        if self._status is not None:
            self._status.update(escape(line))
        elif seconds - self._shown >= _LINE_EVERY:
            self._shown = seconds
            self._console.print(escape(line), highlight=False, soft_wrap=True)
