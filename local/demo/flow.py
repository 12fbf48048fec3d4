"""How the alerts flow: the recorded ones until each has its row, then those that come later."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from local.demo.arrivals import Arrivals, lowered
from local.demo.progress import Progress
from local.demo.recording import PATIENCE
from local.demo.show import labelled
from local.published import Published
from local.report.incidents import incident_of
from local.simulator import ticks
from local.stack import Stack

FETCH_EVERY = 2.0
LOOK_EVERY = 1.0  # seconds between two looks at all rows, which cost as much as a run of the timer
INCIDENT_PATIENCE = 30.0  # seconds after the last alert's row
CONSUMER = Path(__file__).parent / "sample_consumer.py"


class Flow:
    """The alerts' way through a running stack, for its own tenant and the further ones."""

    def __init__(self, stack: Stack, published: Published, progress: Progress, console: Console) -> None:
        self._stack, self._published = stack, published
        self._tenants = ("home", *(tenant.name for tenant in stack.options.tenants))
        self._progress, self._console = progress, console

    @property
    def tenants(self) -> int:
        """How many tenants there are."""
        return len(self._tenants)

    def until(self, rows: int, is_done: Callable[[], bool] = lambda: True) -> bool:
        """Runs the timer until so many alerts have their final row and `is_done`; False where nothing moves
        for too long."""
        last_fetch, last_move, seen = -FETCH_EVERY, time.monotonic(), (-1, -1)
        while time.monotonic() - last_move < PATIENCE:
            if time.monotonic() - last_fetch >= FETCH_EVERY:
                last_fetch = time.monotonic()
                self._stack.host.run_timer("FetchAlerts")
            counts = (self._published.count(), sum(self._open(name) for name in self._tenants))
            self._progress.rows(*counts)
            if counts != seen:
                seen, last_move = counts, time.monotonic()
            is_whole = counts[0] >= rows and counts[1] == 0 and is_done()
            if is_whole and not any(self._published.unbuilt(name) for name in self._tenants):
                return True
            time.sleep(LOOK_EVERY)
        return False

    def _open(self, tenant: str) -> int:
        return len(self._published.open_rows(tenant))

    def after_installation(self, arrivals: Arrivals, rows: int) -> None:
        """Lets the alerts that were held back come, one of them growing graver after a consumer told of it;
        `rows` is how many have theirs by then. Ends early where one gets no row."""
        first, *others = arrivals.held
        lower = lowered(first)
        self._say("After the installation", first, f"comes, with severity {(lower or first).get('severity')}")
        state = self._arrive(arrivals, lower or first)
        if not self.until(rows + 1):
            return
        if lower is not None:
            self._consume()
            self._say("Defender raises", first, f"to {first.get('severity')}")
            self._arrive(arrivals, first, created=state)
            if not self.until(rows + 1, lambda: self._notify_state(first["id"]) == "updated"):
                return
        for number, alert in enumerate(others, start=2):
            self._say("And one more comes:", alert, "")
            self._arrive(arrivals, alert)
            if not self.until(rows + number):
                return

    def until_incidents_are_built(self) -> None:
        """Runs the timer until `Incidents` shows every alert that is in one; gives up after a while."""
        until = time.monotonic() + INCIDENT_PATIENCE
        while time.monotonic() < until and not self._incidents_are_built():
            self._stack.host.run_timer("FetchAlerts")
            time.sleep(1)

    def _incidents_are_built(self) -> bool:
        """True where each alert's incident has a row that counts it."""
        wanted = Counter(incident_of(row) for row in self._published.alerts() if row.get("IncidentId"))
        counted = {incident_of(row): row.get("AlertCount") for row in self._published.incidents()}
        return all(counted.get(incident) == number for incident, number in wanted.items())

    def _arrive(self, arrivals: Arrivals, alert: dict[str, Any], created: int | None = None) -> int:
        """Lists the alert as of now; when it was created, in ticks."""
        told = self._stack.control("state")
        now, shift = ticks.from_seconds(told["now_s"]), ticks.from_seconds(told["shift_s"])
        created = now if created is None else created
        body = arrivals.as_of(alert, shift=shift, created=created, updated=now)
        path = "graph_alerts" if arrivals.api.file.startswith("graph") else "alerts"
        self._stack.control(path, {"value": [body]})
        return created

    def _notify_state(self, alert_id: str) -> str:
        quoted = alert_id.replace("'", "''")
        rows = self._published.alerts(filter_text=f"RowKey eq '{quoted}'")  # the stack's own tenant's
        return str(rows[0].get("NotifyState")) if rows else ""

    def _consume(self) -> None:
        """The sample consumer as a user would run it, with what it prints."""
        ran = subprocess.run(  # noqa: S603 - our own sample, under this interpreter
            [sys.executable, str(CONSUMER)],
            env={**os.environ, **variables(self._stack), "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        lines = (ran.stdout if ran.returncode == 0 else ran.stderr).strip().splitlines()
        for line in lines[-3:]:
            said = labelled("  a consumer tells:", "", line)
            self._console.print(said, overflow="ellipsis", no_wrap=True)

    def _say(self, before: str, alert: dict[str, Any], after: str) -> None:
        title = str(alert.get("title") or alert.get("id"))
        self._console.print(labelled(before, "bold", f"'{title}' {after}".strip()), soft_wrap=True)


def variables(stack: Stack) -> dict[str, str]:
    """The environment variables that the sample consumer reads its connection from."""
    return {"TABLES": stack.azurite.connection_string, "CA": str(stack.certificates.ca)}


def consumer_lines(stack: Stack) -> Iterator[str]:
    """How to read the rows of a stack that stays up: the connection, and a consumer of ten lines."""
    yield ""
    yield "A consumer of its rows, in another terminal: what is new or updated, told once."
    word = "set" if os.name == "nt" else "export"
    quote = "" if os.name == "nt" else "'"
    for name, value in variables(stack).items():
        yield f"  {word} {name}={quote}{value}{quote}"
    yield f"  {shlex.quote(sys.executable)} {shlex.quote(str(CONSUMER))}"
    yield "which is:"
    yield from CONSUMER.read_text("utf-8").splitlines()
