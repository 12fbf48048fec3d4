"""Where the commands work, and what they say where there is nothing to work on."""

import os

import pytest

from local import ops
from local.ops import target as targets
from local.ops.parser import Where
from local.ops.reach import StorageAway
from local.ops.target import opened
from local.stack_state import StackState
from shared.errors import AccessDenied

STATE = StackState(
    pid=os.getpid(),
    connection_string="DefaultEndpointsProtocol=https;AccountName=a;AccountKey=YQ==;"
    "TableEndpoint=https://127.0.0.1:9/a;QueueEndpoint=https://127.0.0.1:9/a;",
    ca="/nowhere.pem",
    settings={
        "IDENTITY_ENDPOINT": "http://127.0.0.1:9/msi/token",
        "TENANT": "kept",
        "HUNT_CALLS_PER_MINUTE": "7",
    },
    control_url="",
    control_secret="",
)


def test_without_a_stack_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(targets, "running", lambda: None)
    assert ops.main(["status"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "python3 dev.py demo --keep" in line and "--account NAME" in line


def test_the_local_stack_lends_its_settings_for_as_long_as_it_is_open() -> None:
    before = dict(os.environ)
    with opened(Where(), STATE) as target:
        assert (target.tenant, target.policy.budget.per_minute) == ("kept", 7)
        assert os.environ["REQUESTS_CA_BUNDLE"] == "/nowhere.pem"
        assert target.tables_url == "https://127.0.0.1:9/a"
    assert dict(os.environ) == before


def test_another_tenant_can_be_named() -> None:
    with opened(Where(tenant="Other", source="graph"), STATE) as target:
        assert (target.tenant, target.ports.source.name) == ("Other", "graph")


def test_one_that_may_be_a_further_tenant_is_looked_for_and_storage_that_is_away_is_said() -> None:
    with pytest.raises(StorageAway, match="demo --keep"), opened(Where(tenant="other"), STATE):
        pass


@pytest.mark.parametrize(
    ("where", "table", "queue"),
    [
        (
            Where(account="alerts1"),
            "https://alerts1.table.core.windows.net",
            "https://alerts1.queue.core.windows.net",
        ),
        (
            Where(account="alerts1", cloud="usgov-high"),
            "https://alerts1.table.core.usgovcloudapi.net",
            "https://alerts1.queue.core.usgovcloudapi.net",
        ),
        (
            Where(table_url="https://x.table.local.example"),
            "https://x.table.local.example",
            "https://x.queue.local.example",
        ),
    ],
)
def test_an_account_is_reached_at_its_clouds_address(where: Where, table: str, queue: str) -> None:
    with opened(where) as target:
        assert target.tables_url == table
        assert target.queues.url.rstrip("/") == queue
        assert not target.is_local


def test_a_refused_sign_in_is_one_line_with_a_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object) -> None:
        raise AccessDenied("table AlertWork: 403", service="tables", status=403)

    monkeypatch.setattr(ops.status, "standing", refused)
    monkeypatch.setattr(ops.reach, "ask", lambda *_: None)  # it answers, and refuses
    monkeypatch.setattr(targets, "running", lambda: STATE)
    assert ops.main(["status"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "az login" in line
