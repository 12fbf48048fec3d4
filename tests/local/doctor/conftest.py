"""The parts of a stack for the doctor to look at, and its report on them."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain

import pytest
from azure.data.tables import TableServiceClient
from azure.storage.queue import QueueServiceClient

from local.doctor import examine, machine
from local.doctor.machine import Machine
from local.doctor.storage import TABLES
from local.ops.parser import Where
from local.ops.queues import queue_names
from local.ops.screen import Screen
from local.ops.target import opened
from local.stack import ROLES, Stack, StackOptions
from local.stack_state import StackState
from shared.core.values.records import Checkpoint

TIMER = {"name": "timer", "type": "timerTrigger", "direction": "in", "schedule": "0 0 0 1 1 *"}
OTHER_DEFENDER = "https://api.security.microsoft.com"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Parts:
    """The stack's storage, identity and simulated services; its one function never runs."""

    stack: Stack
    state: StackState

    @property
    def tables(self) -> TableServiceClient:
        return TableServiceClient.from_connection_string(
            self.state.connection_string, connection_verify=self.state.ca
        )

    @property
    def queues(self) -> QueueServiceClient:
        return QueueServiceClient.from_connection_string(
            self.state.connection_string, connection_verify=self.state.ca
        )

    def write_checkpoint(self, **changes: object) -> None:
        """A checkpoint of an app that fetched just now, but for the changes."""
        with opened(Where(), self.state) as target:
            standing = target.ports.checkpoints.read("defender")
            fresh = Checkpoint(
                last_success=now(), installed_at=now(), audit_result="0 missing of 3", last_audit=now()
            )
            wanted = replace(fresh, **changes, etag=standing.etag)  # type: ignore[arg-type]  # fields of Checkpoint
            target.ports.checkpoints.write("defender", wanted)

    @contextmanager
    def roles(self, resource: str, *roles: str) -> Iterator[None]:
        """Tokens for the resource carry these roles meanwhile."""
        self.stack.identity.set_roles(resource, roles)
        try:
            yield
        finally:
            self.stack.identity.set_roles(resource, ROLES.get(resource, ()))


@pytest.fixture(scope="package")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    app = tmp_path_factory.mktemp("app")
    (app / "host.json").write_text('{"version": "2.0"}')
    (app / "Idle").mkdir()
    (app / "Idle" / "function.json").write_text(json.dumps({"bindings": [TIMER]}))
    (app / "Idle" / "__init__.py").write_text(
        "import azure.functions as func\n\n\ndef main(timer: func.TimerRequest) -> None:\n    pass\n"
    )
    with Stack(StackOptions(app_dir=app)) as stack:
        state = stack.state
        running = Parts(stack, state)
        for name in TABLES:
            running.tables.create_table(name)
        for name in queue_names():
            running.queues.create_queue(name)
        yield running


@pytest.fixture(autouse=True)
def _as_it_should_be(parts: Parts) -> None:
    parts.write_checkpoint()


@dataclass(frozen=True)
class Report:
    """The exit code and the lines."""

    code: int
    lines: list[str]

    def line(self, mark: str, what: str) -> str:
        """The one line with this verdict about this."""
        [found] = [line for line in self.lines if line.startswith(f"{mark}  {what}")]
        return found

    @property
    def todo(self) -> str:
        """What to do next."""
        return "\n".join(self.lines[self.lines.index("What to do next:") :])


def with_settings(parts: Parts, settings: dict[str, str]) -> StackState:
    """The stack, its app set otherwise."""
    return replace(parts.state, settings={**parts.state.settings, **settings})


def examined(
    parts: Parts,
    *,
    settings: dict[str, str] | None = None,
    here: Machine | None = None,
    clock: Callable[[], datetime] = now,
) -> Report:
    """The doctor's whole report on the stack."""
    state = with_settings(parts, settings or {})
    out = io.StringIO()
    here = here or Machine()
    with opened(Where(), state) as target:
        checks = chain(machine.look_at(here), examine.of_target(target, here, clock))
        code = examine.report(Screen(out, out), checks, when_well="Well.")
    return Report(code, out.getvalue().splitlines())
