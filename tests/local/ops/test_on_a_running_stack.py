"""The operator's commands on a stack as `demo --keep` leaves it running."""

import base64
import json
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.queue import QueueServiceClient

from local.cli import ROOT
from local.host.log_files import LogFiles
from local.host.records import LogEntry
from local.ops.finding_alerts import find, set_aside_since
from local.ops.parser import Where
from local.ops.replay import Replayed, replay
from local.ops.target import Target, opened
from shared.core.progress.ledger_row import LedgerRow, State
from shared.core.progress.messages import Pointer
from shared.pipeline.stored import documents
from tests.history import put_in_history
from tests.local.ops.conftest import HUNT_CALLS, RECORDED, Kept, Ops, set_aside


def finished_row(target: Target, alert_id: str) -> LedgerRow:
    row = find(target.ports.ledger, alert_id, target.ports.clock.now().date())
    assert row is not None and row.state is not State.OPEN
    return row


def test_status_says_how_the_work_stands(run_ops: Ops) -> None:
    said = run_ops("status")
    assert said.code == 0, said.err
    assert "0 open" in said.out
    assert "first    " in said.out and "priority 1" in said.out
    assert "3 done, 0 set aside" in said.out
    assert "defender: read up to 20" in said.out
    assert f"of {HUNT_CALLS} calls left this minute" in said.out
    assert "alerts-to-enrich: 0 messages" in said.out
    assert "hunt-requests-poison: not there yet" in said.out


def test_the_pages_commands_for_the_log_files_find_what_they_look_for(kept: Kept, run_ops: Ops) -> None:
    assert f"logs     {kept.stack.logs}\n" in run_ops("status").out
    assert {path.name for path in kept.stack.logs.iterdir()} >= {
        *("FetchAlerts.log", "EnrichAlert.log", "HuntCorrelate.log"),
    }
    page = (ROOT / "docs" / "runbook.md").read_text("utf-8").split("## How to read the logs")[1]
    commands = re.findall(r"^grep .*$", page.split("\n## ")[0], re.MULTILINE)
    assert len(commands) == 2
    line = LogEntry(level="Error", category="Host", message="a word of the host", is_user=False)
    files = LogFiles(kept.stack.logs)
    files.heard(line)
    files.close()
    for command, found in zip(commands, ("a word of the host", '"oldest_waiting_s"'), strict=True):
        typed = command.replace("out/logs", str(kept.stack.logs))
        done = subprocess.run(typed, shell=True, capture_output=True, text=True, check=False)  # noqa: S602
        assert (done.returncode, found in done.stdout) == (0, True), done.stderr


def test_show_tells_ledger_documents_row_and_queries(kept: Kept, run_ops: Ops) -> None:
    said = run_ops("show", kept.alert_ids[0])
    assert said.code == 0, said.err
    for expected in (
        f"alert      {kept.alert_ids[0]}",
        "ledger     done",
        "document   alert ",
        "document   enrichment ",
        "document   finding ",
        "look-up    device ",
        "CorrelationStatus Correlated",
        "rows in AlertEvents",
        "PriorityReason ",
        "NextSteps",
        "HuntingQuery",
        "HuntingUrl",
        "DeviceProcessEvents",
    ):
        assert expected in said.out
    assert "MISSING" not in said.out


def test_an_incident_is_told_with_its_alerts_and_what_to_do(kept: Kept, run_ops: Ops) -> None:
    row = next(row for row in kept.published.alerts() if row["AlertId"] == kept.alert_ids[0])
    said = run_ops("incident", row["IncidentId"])
    assert said.code == 0, said.err
    for expected in (
        f"incident   {row['IncidentId']}, in Incidents: PartitionKey {row['IncidentDay']}",
        "State open",
        "PriorityReason ",
        "Devices ",
        f"alert      {row['PartitionKey']}  {row['RowKey']}: {row['AlertName']}",
        "build      ",
        "NextSteps",
        "Timeline",
    ):
        assert expected in said.out, expected
    unknown = run_ops("incident", "no-such")
    assert (unknown.code, unknown.out) == (1, "")
    assert "no alert of incident no-such was published" in unknown.err


def test_an_alert_that_nobody_knows_is_said_so(run_ops: Ops) -> None:
    said = run_ops("show", "da0_unknown", "--days", "3")
    assert (said.code, said.out) == (1, "")
    assert "does not know da0_unknown" in said.err


def test_a_set_aside_alert_is_shown_brought_back_and_finishes(
    kept: Kept, target: Target, run_ops: Ops
) -> None:
    alert_id = kept.alert_ids[1]
    set_aside(target, finished_row(target, alert_id), "begun 4 times without an end")
    status = run_ops("status")
    assert "2 done, 1 set aside" in status.out
    assert "set aside 1 x begun 4 times without an end" in status.out

    hunted_before = len(kept.stack.control("hunts")["value"])
    said = run_ops("replay", "--set-aside")
    assert said.code == 0, said.err
    assert said.out.splitlines() == [f"{alert_id}: back in work", "1 of 1 alerts are back in work"]
    assert "1 open: 1 look-ups" in run_ops("status").out
    assert "ledger     open, look-ups" in run_ops("show", alert_id).out

    kept.settle()
    row = finished_row(target, alert_id)
    assert (row.state, row.reason, row.finding_digest == row.hunt_digest) == (State.DONE, "", True)
    assert row.look_ups == 1
    assert len(kept.stack.control("hunts")["value"]) > hunted_before
    assert set_aside_since(target, "2020-01-01") == []
    [published] = [row for row in kept.published.alerts() if row["AlertId"] == alert_id]
    assert published["CorrelationStatus"] == "Correlated"


def test_a_replay_of_an_open_alert_makes_it_due_now(kept: Kept, target: Target, run_ops: Ops) -> None:
    alert_id = kept.alert_ids[0]
    row = finished_row(target, alert_id)
    now = target.ports.clock.now()
    later = replace(row, state=State.OPEN, etag="", hunt_due=now.replace(year=now.year + 1), attempts=3)
    assert target.ports.ledger.write([later])
    assert run_ops("replay", alert_id).code == 0
    opened = target.ports.ledger.open_row(alert_id)
    assert opened is not None
    assert (opened.attempts, opened.hunt_due) == (0, None)
    assert opened.enrich_due is not None and opened.enrich_due <= target.ports.clock.now()
    kept.settle()


def test_a_replay_fetches_the_body_anew_where_it_is_gone(kept: Kept, target: Target, run_ops: Ops) -> None:
    alert_id = kept.alert_ids[2]
    row = finished_row(target, alert_id)
    set_aside(target, replace(row, body_ref="0" * 16), "its body is gone")
    assert run_ops("replay", alert_id).code == 0
    kept.settle()
    row = finished_row(target, alert_id)
    assert row.state is State.DONE
    key = documents.key(row, documents.ALERT, row.body_ref)
    assert key in target.ports.documents.get([key])


@pytest.mark.parametrize("kind", [documents.ALERT, documents.ENRICHMENT, documents.FINDING])
def test_a_replay_heals_an_alert_whose_document_cannot_be_read(
    kept: Kept, target: Target, run_ops: Ops, kind: str
) -> None:
    alert_id = kept.alert_ids[2]
    row = finished_row(target, alert_id)
    [key] = [key for key in documents.keys_of(row) if key.kind == kind]
    target.ports.documents.put({key: b"broken"})
    set_aside(target, row, f"its {kind} cannot be read")
    assert f"document   {kind} cannot be read" in run_ops("show", alert_id).out
    assert run_ops("replay", alert_id).code == 0
    kept.settle()
    row = finished_row(target, alert_id)
    [loaded] = documents.load(target.ports.documents, [row])
    assert (row.state, loaded.unreadable) == (State.DONE, ())
    assert loaded.alert is not None and loaded.enrichment is not None and loaded.finding is not None


def test_for_a_roll_back_no_alert_names_a_document_that_another_version_could_not_read(
    kept: Kept, target: Target, run_ops: Ops
) -> None:
    before = {row["AlertId"]: row["Revision"] for row in kept.published.alerts()}
    opened = replace(finished_row(target, kept.alert_ids[0]), state=State.OPEN, etag="", attempts=3)
    target.ports.ledger.write([opened])
    said = run_ops("replay", "--for-roll-back")
    assert (said.code, said.out.split(";")[0]) == (0, "1 open alerts begin anew"), said.err
    reopened = target.ports.ledger.open_row(kept.alert_ids[0])
    assert reopened is not None and reopened.attempts == 0
    for row in (reopened, *(finished_row(target, alert_id) for alert_id in kept.alert_ids[1:])):
        assert (row.enrichment_ref, row.finding_ref) == ("", "")
        assert row.body_ref
    kept.settle()
    assert {row["AlertId"]: row["Revision"] for row in kept.published.alerts()} == before


def test_an_alert_that_is_gone_everywhere_cannot_be_replayed(
    kept: Kept, target: Target, run_ops: Ops
) -> None:
    row = replace(finished_row(target, kept.alert_ids[0]), alert_id="da1_gone", body_ref="0" * 16)
    put_in_history(target.ports.ledger, row)
    said = run_ops("replay", "da1_gone")
    assert said.code == 1
    assert "no longer kept" in said.out
    assert target.ports.ledger.open_row("da1_gone") is None


def test_a_newer_version_that_came_meanwhile_is_the_one_replayed(kept: Kept, target: Target) -> None:
    """Between reading history and reopening from it, the app takes in a newer version and finishes it."""
    row = replace(finished_row(target, kept.alert_ids[0]), alert_id="da2_raced", etag="")
    body = target.ports.documents.get(
        [documents.key(finished_row(target, kept.alert_ids[0]), "alert", row.body_ref)]
    )
    target.ports.documents.put({documents.key(row, documents.ALERT, row.body_ref): next(iter(body.values()))})
    put_in_history(target.ports.ledger, replace(row, generation=1))

    class Raced:
        """The ledger; the first write of an open row comes after a newer version's whole way."""

        raced = False

        def __getattr__(self, name: str) -> object:
            return getattr(target.ports.ledger, name)

        def write(self, rows: list[LedgerRow]) -> list[LedgerRow]:
            if not self.raced:
                self.raced = True
                put_in_history(target.ports.ledger, replace(row, generation=2))
            return target.ports.ledger.write(rows)

    ports = replace(target.ports, ledger=Raced())  # type: ignore[arg-type]  # it is one, by delegation
    today = target.ports.clock.now().date()
    assert replay(replace(target, ports=ports), "da2_raced", today) is Replayed.BACK
    opened = target.ports.ledger.open_row("da2_raced")
    assert opened is not None and opened.generation == 2
    target.ports.ledger.close([opened])


@pytest.fixture
def queues(kept: Kept) -> QueueServiceClient:
    return QueueServiceClient.from_connection_string(
        kept.state.connection_string, connection_verify=kept.state.ca
    )


def test_poison_messages_hold_nothing_that_the_ledger_does_not(
    kept: Kept, run_ops: Ops, queues: QueueServiceClient
) -> None:
    poison = queues.create_queue("alerts-to-enrich-poison")
    try:
        for text in (Pointer("home", kept.alert_ids[0], 1).to_text(), "not ours"):
            poison.send_message(base64.b64encode(text.encode()).decode())
        said = run_ops("status")
        assert "alerts-to-enrich-poison: 2 messages" in said.out
        assert "the ledger knows every alert that the poison messages name" in said.out
        stray = Pointer("home", "da3_lost", 1).to_text()
        poison.send_message(base64.b64encode(stray.encode()).decode())
        assert "yet unknown to the ledger: da3_lost" in run_ops("status").out
    finally:
        poison.delete_queue()


def test_hostile_text_in_ledger_and_row_cannot_rewrite_the_screen(kept: Kept, run_ops: Ops) -> None:
    hostile = "\x1b[2J\x1b]0;owned\x07\u202e"
    with opened(Where(tenant="hostile"), kept.state) as target:
        with opened(Where(), kept.state) as home:
            row = finished_row(home, kept.alert_ids[0])
        alert_id = "da9\x1b[31m"
        set_aside(target, replace(row, alert_id=alert_id, body_ref="\x1b"), hostile)
    for argv in (("status",), ("show", alert_id), ("replay", "--set-aside")):
        said = run_ops(*argv, "--tenant", "hostile")
        assert "\\u001b[" in said.out
        assert all(line.isprintable() for line in (said.out + said.err).split("\n"))


def test_a_backfill_brings_an_alert_from_before_the_installation(kept: Kept, run_ops: Ops) -> None:
    listed = kept.stack.control("state")["listed"]
    created = (datetime.now(UTC) - timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%S.1234567Z")
    alert = json.loads((RECORDED / "alerts.json").read_text("utf-8"))["value"][0]
    times = {
        name: created for name in ("alertCreationTime", "firstEventTime", "lastEventTime", "lastUpdateTime")
    }
    kept.stack.control("alerts", {"value": [alert | times | {"id": "da4_old", "evidence": []}]})
    assert kept.stack.control("state")["listed"] == listed + 1

    first, last = (f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d}" for days in (10, 7))
    said = run_ops("backfill", "--from", first, "--to", last, "--calls-per-minute", "90")
    assert said.code == 0, said.err
    assert said.out.splitlines()[-1] == "1 alerts listed, 0 known already, 1 admitted as history"
    kept.settle()
    [row] = [row for row in kept.published.alerts() if row["AlertId"] == "da4_old"]
    assert row["NotifyState"] == "historic"
