"""One local stack for the operator's commands: three recorded alerts, and its timer run by hand."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from azure.data.tables import TableServiceClient

from local import ops
from local.cli import ROOT
from local.ops import backfill, reach
from local.ops import target as targets
from local.ops.parser import Where
from local.ops.target import Target, opened
from local.published import Published
from local.stack import Stack, StackOptions
from local.stack_state import StackState
from shared.core.progress import ledger as rules
from shared.core.progress.ledger_row import LedgerRow
from tests.history import put_in_history

RECORDED = ROOT / "local" / "incidents" / "contoso"
TITLES = ("Sensitive credential memory read", "Suspicious cron job creation", "Suspicious scheduled task")
HUNT_CALLS = 300  # a minute: the replays of these tests come faster than those of an operator
WAITS = {
    "INITIAL_LOOKBACK": "2d",
    "SETTLE_AFTER": "0s",
    "RETRY_AFTER": "1s",
    "LATE_HUNTS": "1s",
    "HUNT_CALLS_PER_MINUTE": str(HUNT_CALLS),
}
QUOTAS = {"quota_scale": 10}


@dataclass(frozen=True)
class Kept:
    """A stack that stays up, as after `demo --keep`."""

    stack: Stack
    state: StackState
    published: Published
    alert_ids: tuple[str, ...]

    def settle(self, done: Callable[[], bool] | None = None, seconds: float = 120) -> None:
        """Runs the timer until no alert is open (and `done`), as the minutes do in production."""
        deadline = time.monotonic() + seconds
        while True:
            self.stack.host.run_timer("FetchAlerts")
            pause = time.monotonic() + 0.6
            while time.monotonic() < pause:
                if not self.published.open_rows() and (done is None or done()):
                    return
                time.sleep(0.1)
            assert time.monotonic() < deadline, f"still open: {self.published.open_rows()}"


@pytest.fixture(scope="package")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("recording")
    for file in RECORDED.glob("*.json"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "hunting").symlink_to(RECORDED / "hunting", target_is_directory=True)
    alerts = json.loads((RECORDED / "alerts.json").read_text("utf-8"))["value"]
    chosen = [alert for alert in alerts if alert["title"] in TITLES]
    assert len(chosen) == len(TITLES)
    (folder / "alerts.json").write_text(json.dumps({"value": chosen}), "utf-8")
    # Commands are tried here, not waits: every row is there at once, and no quota runs out.
    with Stack(StackOptions(data=folder, max_polling_seconds=0.2, settings=WAITS, simulator=QUOTAS)) as stack:
        state = stack.state
        service = TableServiceClient.from_connection_string(
            state.connection_string, connection_verify=state.ca
        )
        running = Kept(stack, state, Published(service), tuple(alert["id"] for alert in chosen))
        running.settle(lambda: running.published.count() == len(TITLES))
        yield running


@pytest.fixture(autouse=True)
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """What spares a real service and its operator's quota waits for nothing here."""
    pace = backfill.Pace

    def hurried(*, between_calls: float, open_at_once: int) -> backfill.Pace:
        return pace(between_calls=min(between_calls, 0.05), open_at_once=open_at_once)

    monkeypatch.setattr(ops.backfill, "Pace", hurried)
    monkeypatch.setattr(reach, "_PAUSE", 0.0)


@pytest.fixture
def target(kept: Kept) -> Iterator[Target]:
    """The running stack as the commands open it."""
    with opened(Where(), kept.state) as found:
        yield found


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


Ops = Callable[..., Said]


@pytest.fixture
def run_ops(kept: Kept, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ops:
    """`dev.py ops` with these arguments, finding the running stack."""
    monkeypatch.setattr(targets, "running", lambda: kept.state)

    def run(*argv: str) -> Said:
        capsys.readouterr()
        try:
            code = ops.main(list(argv))
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Said(code, printed.out, printed.err)

    return run


def set_aside(target: Target, row: LedgerRow, reason: str) -> LedgerRow:
    """The alert set aside as HuntCorrelate does it: its history row says so."""
    return put_in_history(target.ports.ledger, rules.set_aside(row, reason))
