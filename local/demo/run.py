"""Runs the demo: the stack, the alerts' way through the three functions, and the rows at the end."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from azure.data.tables import TableServiceClient
from rich.console import Console
from rich.text import Text

from local import tenant_rows
from local.demo import show, tenants
from local.demo.arguments import Arguments
from local.demo.arrivals import Arrivals, hold_back
from local.demo.flow import Flow, consumer_lines
from local.demo.progress import Progress
from local.demo.recording import Recording, RecordingUnusable, look_at
from local.host.records import why
from local.published import Published, plain
from local.report.assemble import write_page
from local.report.tables import read_tables
from local.simulator.bodies import RecordingError
from local.stack import Stack, StackFailed, StackOptions
from local.stack_state import forget, remember, running
from shared.core.values import table_keys

# Production waits minutes for late telemetry and half an hour for an attack to settle; a demo does not.
SHORT_WAITS = {
    "LATE_HUNTS": "4s,9s,18s",
    "SETTLE_AFTER": "3s",
    "RETRY_AFTER": "2s",
    "LOOK_UP_AGAIN": "2s",
    "INCIDENT_EVERY": "2s",
    "HUNT_CALLS_PER_MINUTE": "45",
}
PAGE = Path(__file__).resolve().parents[2] / "out" / "report.html"
LOGS = PAGE.with_name("logs")


@dataclass
class _Outcome:
    rows: list[dict[str, Any]]
    events: list[dict[str, Any]]
    incidents: list[dict[str, Any]]
    calls: dict[str, Any]
    seconds: float
    missing: list[str]


def run(arguments: Arguments, console: Console | None = None) -> int:
    """The exit code."""
    console = console or _console()
    try:
        recording = look_at(arguments.folder, arguments.source, shift=arguments.shift)
        return _run(arguments, recording, console)
    except (RecordingUnusable, RecordingError, StackFailed) as err:
        console.print(show.labelled("demo:", "bold red", err), soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print("\nstopped")
        return 130


def _console() -> Console:
    """As wide as the terminal; 100 columns where there is none to ask."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=100)


def _run(arguments: Arguments, recording: Recording, console: Console) -> int:
    settings = {**SHORT_WAITS, "ALERT_SOURCE": arguments.source, "INITIAL_LOOKBACK": recording.lookback}
    console.print(
        show.labelled(f"{len(recording.alert_ids)} alerts", "bold", f"from {arguments.folder}"),
        soft_wrap=True,
    )
    if (other := running()) is not None:
        console.print(
            f"beside the stack that is up (process {other.pid}); dev.py ops and report go on reading that one"
        )
    for warning in recording.warnings:
        console.print(show.labelled("warning:", "yellow", warning), soft_wrap=True)
    console.print("local waits: " + ", ".join(f"{name}={value}" for name, value in SHORT_WAITS.items()))
    progress = Progress(console, len(recording.alert_ids) * arguments.tenants)
    with TemporaryDirectory(prefix="demo-") as folder:
        arrivals = None
        if arguments.shift:
            own = Path(folder) / "own"
            own.mkdir()
            arrivals = hold_back(arguments.folder, arguments.source, recording.alert_ids, own)
        with_others = tenants.further(arguments.folder, arguments.tenants - 1, Path(folder) / "tenants")
        options = StackOptions(
            tenants=with_others,
            data=arrivals.folder if arrivals else arguments.folder,
            shift=arguments.shift,
            timers=arguments.keep,
            settings=settings,
            simulator={"newest_alert_age_s": recording.age + (arrivals.seconds if arrivals else 0)},
            logs=None if running() else LOGS,  # another stack's are there
            on_log=progress.heard,
            on_invocation=progress.ended,
            on_step=lambda step: console.print(f"  starting {step}"),
        )
        try:
            return _in_stack(arguments, recording, _Played(options, arrivals), progress, console)
        except StackFailed as err:
            raise StackFailed(why(err).replace(folder, str(arguments.folder))) from err


@dataclass(frozen=True, slots=True)
class _Played:
    """What is played: the stack's options, and the alerts that come later."""

    options: StackOptions
    arrivals: Arrivals | None


def _in_stack(
    arguments: Arguments, recording: Recording, played: _Played, progress: Progress, console: Console
) -> int:
    began = time.monotonic()
    with Stack(played.options) as stack:
        for warning in (*(played.arrivals.warnings if played.arrivals else ()), *stack.warnings):
            told = warning.replace(str(played.options.data), str(arguments.folder))
            console.print(show.labelled("warning:", "yellow", told), soft_wrap=True)
        tenant_rows.list_tenants(stack)
        published = Published(_service(stack))
        is_first = running() is None  # the stack that the other commands find
        if is_first:
            _remember(stack)
        try:
            with progress:
                _play(Flow(stack, published, progress, console), played.arrivals, recording)
            outcome = _outcome(stack, published, recording, began)
            page = PAGE if is_first else PAGE.with_name("report-second.html")
            write_page(read_tables(_service(stack), "the recorded incident", None), page)
            _tell(console, arguments, outcome, stack.logs, page)
            if arguments.keep:
                _keep(console, stack)
        finally:
            forget()
    return 1 if outcome.missing else 0


def _play(flow: Flow, arrivals: Arrivals | None, recording: Recording) -> None:
    """The recorded alerts until each has its row; then those that come after the installation."""
    of_all = len(recording.alert_ids) * flow.tenants
    at_first = of_all - len(arrivals.ids if arrivals else ())
    if flow.until(at_first) and arrivals is not None:
        flow.after_installation(arrivals, at_first)
    flow.until_incidents_are_built()


def _service(stack: Stack) -> TableServiceClient:
    return TableServiceClient.from_connection_string(
        stack.azurite.connection_string, connection_verify=str(stack.certificates.ca)
    )


def _remember(stack: Stack) -> None:
    remember(stack.state)


def _outcome(stack: Stack, published: Published, recording: Recording, began: float) -> _Outcome:
    rows = [plain(row) for row in published.alerts()]
    have = {row["RowKey"] for row in rows}
    before = ("", *(f"{tenant.name}|" for tenant in stack.options.tenants))
    return _Outcome(
        rows=rows,
        events=[plain(row) for row in published.events()],
        incidents=[plain(row) for row in published.incidents()],
        calls=stack.control("calls"),
        seconds=time.monotonic() - began,
        missing=[
            part + alert_id
            for part in before
            for alert_id in recording.alert_ids
            if part + table_keys.safe_id(alert_id) not in have
        ],
    )


def _tell(console: Console, arguments: Arguments, outcome: _Outcome, logs: Path, page: Path) -> None:
    console.print()
    for name in dict.fromkeys(["home", *(str(row.get("Tenant", "home")) for row in outcome.rows)]):
        incidents, rows = (
            [row for row in kind if row.get("Tenant", "home") == name]
            for kind in (outcome.incidents, outcome.rows)
        )
        whose = name if arguments.tenants > 1 else ""
        console.print(show.incidents_table(incidents, rows, console.width, whose))
    told = show.most_telling(outcome.rows)
    if told is not None:
        show.story(console, told)
    console.print(
        f"\n{len(outcome.rows)} rows and {len(outcome.events)} events in {outcome.seconds:.0f} s, "
        f"with {sum(int(n) for n in _counts(outcome.calls).values())} calls of the APIs."
    )
    if outcome.missing:
        console.print(show.labelled("without a row:", "bold red", ", ".join(outcome.missing)))
        console.print(show.labelled("why, in the logs:", "bold red", logs), soft_wrap=True)
    if arguments.export is not None:
        _export(arguments.export, outcome)
        console.print(show.labelled("exported to", "", arguments.export), soft_wrap=True)
    console.print(show.labelled("The same as a page:", "", page.as_uri()), soft_wrap=True)
    console.print("Read on: README.md (what just happened), docs/table.md (every column of a row).")


def _counts(calls: dict[str, Any]) -> dict[str, int]:
    """Calls by API, whatever they were answered."""
    return {name: sum(by_status.values()) for name, by_status in calls.items()}


def _export(file: Path, outcome: _Outcome) -> None:
    content = {
        "alerts": outcome.rows,
        "events": outcome.events,
        "incidents": outcome.incidents,
        "calls": _counts(outcome.calls),
        "elapsed_s": round(outcome.seconds, 1),
    }
    file.write_text(json.dumps(content, indent=1, ensure_ascii=True), "utf-8")


def _keep(console: Console, stack: Stack) -> None:
    console.print(
        "\nThe stack stays up on its timers. In another terminal: python3 dev.py ops status. Ctrl-C ends it."
    )
    console.print(show.labelled("Logs, one file a function and host.log:", "", stack.logs), soft_wrap=True)
    for line in consumer_lines(stack):
        console.print(Text(line), soft_wrap=True)
    while True:
        time.sleep(3600)
