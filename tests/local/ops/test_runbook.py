"""Each page of the runbook can be followed: its commands run on a stack with that fault, and show it."""

from __future__ import annotations

import base64
import datetime as dt
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from azure.storage.queue import QueueServiceClient

from local import doctor, ops
from local.cli import CALLED_FROM, ROOT
from local.identity import GRAPH
from local.ops import target as targets
from local.ops.finding_alerts import find
from local.ops.target import Target
from local.stack import ROLES
from local.stack_state import StackState
from shared.adapters.storage import TableTenants
from shared.core.progress.ledger_row import LedgerRow
from shared.core.progress.messages import Pointer
from tests.local.ops.conftest import HUNT_CALLS, Kept, Ops, set_aside

PAGE = (ROOT / "docs" / "runbook.md").read_text("utf-8")
OBJECT_ID = "11111111-2222-3333-4444-555555555555"
COMMANDS = {"ops": ops.main, "doctor": doctor.main}


def sections() -> dict[str, list[str]]:
    """Heading → its `dev.py` commands, in order; `demo` and `report` apart, which have tests of their own."""
    found = {}
    for part in re.split(r"^#+ ", PAGE, flags=re.MULTILINE)[1:]:
        heading, _, text = part.partition("\n")
        if commands := _commands(text):
            found[heading] = commands
    return found


def _commands(text: str) -> list[str]:
    return re.findall(r"python3 dev\.py ((?:ops|doctor)\b[^\n`]*)", text)


def to_look(heading: str) -> int:
    """How many of a section's commands stand before what is to be done."""
    text = PAGE.split(f"# {heading}\n")[1].split("**Do**")[0]
    return len(_commands(text))


SECTIONS = sections()


@dataclass(frozen=True)
class Walk:
    """The stack of one walk, and what a fault does to it."""

    kept: Kept
    target: Target
    monkeypatch: pytest.MonkeyPatch

    def checkpoint(self, **changes: object) -> None:
        port = self.target.ports.checkpoints
        now = dt.datetime.now(dt.UTC)
        sound: dict[str, object] = {
            "last_success": now,
            "last_audit": now,
            "last_error": "",
            "last_error_at": None,
        }
        port.write("defender", replace(port.read("defender"), **{**sound, **changes}))  # type: ignore[arg-type]

    def running(self, state: StackState) -> None:
        self.monkeypatch.setattr(targets, "running", lambda: state)

    @property
    def incident_id(self) -> str:
        row = next(row for row in self.kept.published.alerts() if row["AlertId"] == self.alert_id)
        return str(row["IncidentId"])

    @property
    def alert_id(self) -> str:
        return self.kept.alert_ids[0]


def _row_of(walk: Walk) -> LedgerRow:
    row = find(walk.target.ports.ledger, walk.alert_id, dt.datetime.now(dt.UTC).date())
    assert row is not None
    return row


@contextmanager
def _well(walk: Walk) -> Iterator[None]:
    yield


@contextmanager
def _no_fetch(walk: Walk) -> Iterator[None]:
    ago = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=40)
    walk.checkpoint(last_success=ago, last_error="Unavailable: 503", last_error_at=ago)
    yield


@contextmanager
def _no_audit(walk: Walk) -> Iterator[None]:
    walk.checkpoint(last_audit=dt.datetime.now(dt.UTC) - dt.timedelta(hours=5))
    yield


@contextmanager
def _audit_found(walk: Walk) -> Iterator[None]:
    walk.checkpoint(audit_result="1 missing of 3")
    yield


@contextmanager
def _backlog(walk: Walk) -> Iterator[None]:
    assert ops.main(["replay", walk.alert_id]) == 0  # nothing works on it until the timer runs
    yield
    walk.kept.settle()


@contextmanager
def _set_aside(walk: Walk) -> Iterator[None]:
    set_aside(walk.target, _row_of(walk), "begun 4 times")
    yield
    walk.kept.settle()


@contextmanager
def _poison(walk: Walk) -> Iterator[None]:
    service = QueueServiceClient.from_connection_string(
        walk.kept.state.connection_string, connection_verify=walk.kept.state.ca
    )
    row = _row_of(walk)
    text = Pointer(tenant="home", alert_id=row.alert_id, generation=row.generation).to_text()
    queue = service.create_queue("alerts-to-enrich-poison")
    for _ in range(3):
        queue.send_message(base64.b64encode(text.encode()).decode())
    yield
    queue.delete_queue()


@contextmanager
def _quota_spent(walk: Walk) -> Iterator[None]:
    port = walk.target.ports.leases
    now = dt.datetime.now(dt.UTC)
    before = port.read()
    port.write(replace(before, calls=(now,) * HUNT_CALLS, blocked_until=now + dt.timedelta(minutes=2)))
    yield
    port.write(replace(port.read(), calls=(), blocked_until=None))


@contextmanager
def _denied(walk: Walk) -> Iterator[None]:
    walk.kept.stack.identity.set_roles(GRAPH, ())
    yield
    walk.kept.stack.identity.set_roles(GRAPH, ROLES[GRAPH])


@contextmanager
def _wrong_setting(walk: Walk) -> Iterator[None]:
    state = walk.kept.state
    walk.running(replace(state, settings={**state.settings, "POLL_OVERLAP": "soon"}))
    yield


@contextmanager
def _storage_away(walk: Walk) -> Iterator[None]:
    state = walk.kept.state
    away = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:9", state.connection_string)
    walk.running(replace(state, connection_string=away))
    yield
    walk.running(state)


@contextmanager
def _another_app(walk: Walk) -> Iterator[None]:
    rows = TableTenants(walk.target.tables)
    before = rows.read("home")
    rows.write(replace(before, deployment="app-a"))
    yield
    rows.write(replace(rows.read("home"), deployment=before.deployment))


@contextmanager
def _another_tenant(walk: Walk) -> Iterator[None]:
    """One whose service has no list of devices."""
    gone = {"kind": "status", "path": "/api/machines", "times": 99, "status": 410, "code": "Gone"}
    walk.kept.stack.control("faults", gone)
    yield
    walk.kept.stack.control("forget", {"what": ["faults"]})


type Fault = Callable[[Walk], AbstractContextManager[None]]
# Heading → (the fault, what the page's commands must show of it).
FAULTS: dict[str, tuple[Fault, list[str]]] = {
    "Runbook": (_well, []),
    "no-successful-fetch": (_no_fetch, ["last error", "Unavailable: 503", "!!  checkpoint"]),
    "Why an alert waits": (_backlog, ["1 open: 1 look-ups", "open, look-ups"]),
    "backlog-growing": (_backlog, ["1 open: 1 look-ups", "oldest waiting: "]),
    "set-aside": (_set_aside, ["set aside 1 x begun 4 times", "begun 4 times"]),
    "poison-message": (_poison, ["3 messages", "in the ledger, done: ", "3 messages put back", "0 messages"]),
    "hunting-quota-exhausted": (_quota_spent, [f"0 of {HUNT_CALLS} calls left", "answers again"]),
    "audit-found-missing": (_audit_found, ["1 missing of 3"]),
    "audit-silent": (_no_audit, ["!!  audit"]),
    "access-denied": (_denied, ["ThreatHunting.Read.All is missing"]),
    "function-failing": (_wrong_setting, ["POLL_OVERLAP must be"]),
    "daily-cap-reached": (_well, ["last success"]),
    "The timer has stopped for good": (_no_fetch, ["last success"]),
    "A second app beside the first": (_well, [" done, "]),
    "A bad deployment turned messages into poison": (
        _poison,
        ["3 messages", "they can be cleared", "3 messages put back"],
    ),
    "Storage was away and the host ended": (
        _storage_away,
        ["ops: the storage does not answer", "demo --keep", "!!  storage", " done, "],
    ),
    "Tokens, keys and publishing": (_another_app, ["app      app-a", "APP_NAME may work on it"]),
    "When a tenant is not as we believe": (_another_tenant, ["25 devices by id in one $filter", "410 Gone"]),
    "An incident's row lacks an alert": (_well, ["in Incidents: PartitionKey", "alert      ", "build      "]),
    "Bring alerts back": (_set_aside, []),
    "Fetch alerts of the past": (_well, []),
    "Stop, move, remove": (_well, []),
}


def _words(command: str, walk: Walk) -> list[str]:
    """The command as it is typed for the local stack."""
    words = shlex.split(re.sub(r" --account ACCOUNT\b", "", command))
    meant = {"ALERT": walk.alert_id, "OBJECT-ID": OBJECT_ID, "ID": walk.incident_id}
    more = {"--clear": ["--yes"]}  # nobody is here to ask
    typed = [meant.get(word, word) for word in words]
    return typed + [extra for word, extras in more.items() if word in words for extra in extras]


def test_every_section_with_commands_has_its_fault() -> None:
    assert FAULTS.keys() == SECTIONS.keys()


@pytest.mark.parametrize("heading", SECTIONS)
def test_a_pages_commands_run_and_show_its_fault(
    heading: str, kept: Kept, target: Target, run_ops: Ops,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.setenv(CALLED_FROM, str(tmp_path))  # where a file that a command writes goes
    walk = Walk(kept, target, monkeypatch)
    walk.checkpoint()
    fault, shown = FAULTS[heading]
    printed = ""

    def follow(commands: list[str]) -> None:
        nonlocal printed
        capsys.readouterr()
        for command in commands:
            name, *arguments = _words(command, walk)
            code = COMMANDS[name](arguments)
            said = capsys.readouterr()
            printed += said.out + said.err
            assert code in (0, 1) and "Traceback" not in printed, command

    looks = to_look(heading) if fault is _storage_away else len(SECTIONS[heading])
    with fault(walk):
        follow(SECTIONS[heading][:looks])
    follow(SECTIONS[heading][looks:])  # what is looked at once storage is there again
    assert [words for words in shown if words not in printed] == [], printed


def test_every_command_of_the_page_is_walked_or_has_a_test_of_its_own() -> None:
    named = re.findall(r"python3 dev\.py (\w+)", PAGE)
    walked = [command.split()[0] for commands in SECTIONS.values() for command in commands]
    rest = [name for name in named if name not in COMMANDS]
    assert sorted([*walked, *rest]) == sorted(named) and set(rest) == {"demo"}
