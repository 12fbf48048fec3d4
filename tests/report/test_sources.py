"""Where the rows come from, and what is said when there are none."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import TableServiceClient

from local import report, stack_state
from local.azurite import Azurite
from local.certs import make_certificates
from local.report import sources
from local.report.arguments import DAYS, parse
from local.report.content import of_alert
from local.report.rows import Row
from local.report.sources import NothingToShow, read
from local.report.tables import read_tables
from tests.report.samples import NOW, alert_row, event_row, incident_row, rows


def _export(folder: Path, *alerts: Row, events: list[Row] | None = None) -> str:
    file = folder / "demo.json"
    file.write_text(
        json.dumps({"alerts": alerts, "events": events or [], "calls": {}, "elapsed_s": 1}), "utf-8"
    )
    return str(file)


def test_an_export_is_read_newest_first_with_each_alert_s_events(tmp_path: Path) -> None:
    file = _export(
        tmp_path, alert_row(5), alert_row(1), events=[event_row("da0001_-1"), event_row("da0005_-1")]
    )
    found = read(parse(["--export", file]))
    assert [row["RowKey"] for row in found.alerts] == ["da0001_-1", "da0005_-1"]
    assert [event["PartitionKey"] for event in found.events["da0005_-1"]] == ["da0005_-1"]


def test_incidents_of_an_export_come_with_their_alerts_and_without_them_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "demo.json"
    both = [incident_row("7"), incident_row("8"), "odd"]
    content = {"alerts": [alert_row(0, IncidentId="7")], "events": [], "incidents": both}
    file.write_text(json.dumps(content), "utf-8")
    found = read(parse(["--export", str(file)]))
    assert [row["IncidentId"] for row in found.incidents] == ["7"]
    assert [row["IncidentId"] for row in of_alert(found, "da0000_-1").incidents] == ["7"]


def test_days_leave_out_what_is_older(tmp_path: Path) -> None:
    file = _export(tmp_path, alert_row(1), alert_row(3 * 24 * 60))
    found = read(parse(["--export", file, "--days", "2"]), now=NOW)
    assert [row["RowKey"] for row in found.alerts] == ["da0001_-1"]
    assert len(read(parse(["--export", file]), now=NOW).alerts) == 2


def test_the_command_writes_the_page_and_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.html"
    assert report.main(["--export", _export(tmp_path, alert_row()), "--out", str(out)]) == 0
    assert out.read_text("utf-8").startswith("<!doctype html>")
    assert out.resolve().as_uri() in capsys.readouterr().out
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".new"] == []


@pytest.mark.parametrize("given", ["da0001_-1", "DA-1"], ids=["by row key", "by id"])
def test_one_alert_brings_the_others_of_its_incident(tmp_path: Path, given: str) -> None:
    mine = alert_row(1, AlertId="DA-1", IncidentId="7")
    made = rows(alert_row(0, IncidentId="8"), mine, alert_row(2, IncidentId="7"))
    assert [row["RowKey"] for row in of_alert(made, given).alerts] == ["da0001_-1", "da0002_-1"]
    alone = rows(alert_row(0, IncidentId=""), alert_row(1, IncidentId=""))
    assert len(of_alert(alone, "da0000_-1").alerts) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "is not an export"),
        ("[1]", "is not an export"),
        ("{", "cannot be read"),
        ('{"alerts":[],"events":[]}', "no alerts"),
    ],
)
def test_what_is_no_export_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    file = tmp_path / "odd.json"
    file.write_text(text, "utf-8")
    assert report.main(["--export", str(file), "--out", str(tmp_path / "x.html")]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
    assert not (tmp_path / "x.html").exists()


def test_an_unknown_alert_and_a_missing_file_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _export(tmp_path, alert_row())
    assert report.main(["--export", file, "--alert", "nothing", "--out", str(tmp_path / "x.html")]) == 2
    assert "has no alert 'nothing'" in capsys.readouterr().err
    assert report.main(["--export", f"{file}x", "--out", str(tmp_path / "x.html")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_without_a_source_the_ways_to_one_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "running", lambda: None)
    with pytest.raises(NothingToShow, match=r"--export FILE.*--account NAME.*demo --keep"):
        read(parse([]))


@pytest.mark.parametrize(
    "name", ["Contoso", "x", "a/b", "https://evil.example", "http://abc.table.core.windows.net", "a.b"]
)
def test_a_name_that_is_no_storage_account_is_refused(name: str) -> None:
    with pytest.raises(NothingToShow, match="is no storage account"):
        read(parse(["--account", name]))


@pytest.mark.parametrize(
    "given",
    [["--days", "0"], ["--days", "x"], ["--export", "a", "--account", "b"], ["--out", "no/such/x.html"]],
)
def test_wrong_arguments_end_with_code_2(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(given)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_everything_of_an_export_is_shown_and_a_week_of_an_account() -> None:
    assert parse(["--export", "x"]).days is None
    assert parse(["--account", "contoso"]).days == DAYS


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Azurite, Path]]:
    certificates = make_certificates(tmp_path_factory.mktemp("certs"))
    with Azurite(cert=certificates.cert, key=certificates.key) as running:
        yield running, certificates.ca


@pytest.fixture
def service(storage: tuple[Azurite, Path]) -> Iterator[TableServiceClient]:
    azurite, ca = storage
    with TableServiceClient.from_connection_string(
        azurite.connection_string, connection_verify=str(ca)
    ) as client:
        yield client
        for table in list(client.list_tables()):
            client.delete_table(table.name)


def _insert(service: TableServiceClient, table: str, *entities: dict[str, Any]) -> None:
    client = service.create_table_if_not_exists(table)
    for entity in entities:
        client.create_entity({name: value for name, value in entity.items() if name != "@"})


def _stored(row: Row) -> dict[str, Any]:
    return row | {"CreatedTime": datetime.fromisoformat(str(row["CreatedTime"]))}


def test_tables_are_read_with_their_events_and_how_the_work_stands(service: TableServiceClient) -> None:
    seen = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
    _insert(service, "Alerts", _stored(alert_row(1)), _stored(alert_row(2)), _stored(alert_row(3 * 24 * 60)))
    _insert(
        service, "AlertEvents", event_row("da0001_-1", 1), event_row("da0001_-1", 2), event_row("other", 1)
    )
    day = {"IncidentId": "7", "IncidentDay": "2026-11-23"}
    _insert(service, "Alerts", _stored(alert_row(3, **day)))
    _insert(
        service,
        "Incidents",
        incident_row("7", PartitionKey="2026-11-23"),
        incident_row("8", PartitionKey="2026-11-23"),
    )
    _insert(
        service,
        "AlertWork",
        {"PartitionKey": "open|home", "RowKey": "a", "FirstSeen": seen},
        {"PartitionKey": "open|second", "RowKey": "b", "FirstSeen": seen - timedelta(hours=1)},
        {"PartitionKey": "history|home|2026-11-24", "RowKey": "c"},
    )
    checkpoint = {"LastSuccess": seen, "LastAudit": seen, "AuditResult": "0 missing of 412, by both sources"}
    _insert(
        service,
        "Checkpoints",
        {"PartitionKey": "home", "RowKey": "checkpoint|defender", **checkpoint},
        {"PartitionKey": "home", "RowKey": "lease"},
    )
    found = read_tables(service, "here", NOW - timedelta(days=1))
    assert [row["RowKey"] for row in found.alerts] == ["da0001_-1", "da0002_-1", "da0003_-1"]
    counts = {key: len(events) for key, events in found.events.items()}
    assert counts == {"da0001_-1": 2, "da0002_-1": 0, "da0003_-1": 0}
    assert [row["IncidentId"] for row in found.incidents] == ["7"]  # no alert here is in the other one
    assert found.standing is not None
    assert (found.standing.open_alerts, found.standing.oldest[:16]) == (2, "2026-11-24T09:30")
    [source] = found.standing.sources
    assert (source.name, source.audit_result) == ("home, defender", "0 missing of 412, by both sources")
    assert source.last_success.startswith("2026-11-24T10:30:00")


def test_a_refused_sign_in_is_said_in_one_line_with_what_is_missing(
    storage: tuple[Azurite, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    azurite, ca = storage
    wrong = azurite.connection_string.replace(azurite.account_key, "AAAA")
    stack = stack_state.StackState(1, wrong, str(ca), {}, "", "")
    monkeypatch.setattr(sources, "running", lambda: stack)
    assert report.main([]) == 2
    error = capsys.readouterr().err
    assert "needs the role Storage Table Data Reader" in error
    assert len(error.splitlines()) == 1


def test_an_account_without_tables_has_nothing_and_says_so(
    service: TableServiceClient, storage: tuple[Azurite, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_tables(service, "here", None).alerts == []
    azurite, ca = storage
    stack = stack_state.StackState(1, azurite.connection_string, str(ca), {}, "", "")
    monkeypatch.setattr(sources, "running", lambda: stack)
    with pytest.raises(NothingToShow, match="there are no alerts of the last 7 days in the local stack"):
        read(parse([]))
