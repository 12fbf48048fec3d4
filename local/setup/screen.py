"""What a person sees while the environment is made: each step with its seconds, on standard error."""

from __future__ import annotations

import contextlib
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_LAST_LINES = 20
_NOISE = re.compile(r"^(WARNING: Location|WARNING: Cache|npm (warn|WARN|notice))|^\s*$")
_WAYS_OUT = (
    (r"CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)|certificate verify failed",
     "The network shows a certificate of its own: name its CA file in PIP_CERT and NODE_EXTRA_CA_CERTS."),
    (r"No space left|ENOSPC", "The disk is full: about 1 GB is needed."),
    (r"DO NOT MATCH THE HASHES|EINTEGRITY",
     "A package is not the one that was locked: the index in use serves another, or a download was cut."),
    (r"No matching distribution|Could not find a version|ETARGET|E404",
     "The package index in use lacks a locked version: see `pip config list` and `npm config list`."),
    (r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|service not known|name resolution|Connection refused",
     "The package index was not reached: see HTTPS_PROXY, `pip config list` and `npm config list`."),
    (r"Permission denied|EACCES|PermissionError", "A file could not be written: see who owns the checkout."),
)  # fmt: skip


class SetupFailed(Exception):
    """The environment could not be made; its text is all that a person needs to read."""


class Screen:
    """Prints the steps. `log` is named when one fails."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._since = time.monotonic()

    def say(self, text: str) -> None:
        """One line."""
        print(text, file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Says what is being done, then, on the same line, how long it took."""
        since = time.monotonic()
        print(f"  {text} ... ", end="", file=sys.stderr, flush=True)
        try:
            yield
        except BaseException:
            self.say("stopped")
            raise
        self.say(f"{time.monotonic() - since:.1f} s")

    def total_seconds(self) -> float:
        """Seconds since this screen was made."""
        return time.monotonic() - self._since

    def failure(self, what: str, output: str) -> SetupFailed:
        """The error to raise: what failed, its last words, the way out, and where the whole output lies."""
        words = [line for line in output.splitlines() if not _NOISE.search(line)]
        told = "\n".join("    " + line for line in words[-_LAST_LINES:])
        return SetupFailed(f"{what} failed:\n{told}\n{way_out(output)}\nAll of its output: {self._log}")


def way_out(output: str) -> str:
    """What to do about a failure, from what the failing program printed."""
    for pattern, advice in _WAYS_OUT:
        if re.search(pattern, output):
            return f"{advice} Then run the same command again; it starts afresh."
    return "Run the same command again; it starts afresh."
