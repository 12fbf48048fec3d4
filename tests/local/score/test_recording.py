"""How a recording is read: late rows, updates, entities, and what cannot be used."""

from pathlib import Path

import pytest

from local.score.looking_up import RecordedDirectory
from local.score.recording import load
from local.simulator.bodies import RecordingError
from shared.core.lookups.entities import Outcome
from tests.local.score import small

HASH = "ab" * 20


def counted(folder: Path, *, without_late: bool = False) -> int:
    return int(
        load(folder, without_late=without_late).engine.run("DeviceProcessEvents | count").rows[0]["Count"]
    )


def test_late_rows_are_in_unless_they_are_left_out(tmp_path: Path) -> None:
    early, late = small.ROWS["DeviceProcessEvents"][:2]
    rows = {"DeviceProcessEvents": [early, {**late, "_arrives_after_s": 600}]}
    folder = small.write(tmp_path / "recording", rows=rows)
    assert counted(folder) == 2
    assert counted(folder, without_late=True) == 1


def test_telemetry_is_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.score.recording._ROWS_AT_ONCE", 2)
    said: list[str] = []
    recording = load(small.write(tmp_path / "recording"), say=said.append)
    assert recording.engine.run("DeviceProcessEvents | count").rows[0]["Count"] == 5
    assert [text for text in said if "DeviceProcessEvents" in text] == [
        f"reading DeviceProcessEvents: {rows} rows" for rows in (0, 2, 4)
    ]


def test_an_alert_is_read_as_its_last_update_left_it(tmp_path: Path) -> None:
    changed = {**small.ALERTS[0], "_updates": [{"after_s": 60, "changes": {"severity": "High"}}]}
    (alert,) = load(small.write(tmp_path / "recording", alerts=[changed])).alerts
    assert alert.severity_text == "High"


def test_alerts_of_graph_are_read_where_there_are_no_others(tmp_path: Path) -> None:
    folder = small.write(tmp_path / "recording")
    (folder / "alerts.json").unlink()
    (folder / "graph_alerts.json").write_text(
        '{"value": [{"id": "da1", "title": "t", "createdDateTime": "2026-11-01T10:00:00Z"}]}', "utf-8"
    )
    recording = load(folder)
    assert recording.source == "graph"
    assert [alert.id for alert in recording.alerts] == ["da1"]


def test_what_the_schema_does_not_know_is_named(tmp_path: Path) -> None:
    row = {**small.ROWS["DeviceEvents"][0], "Novel": 1}
    folder = small.write(tmp_path / "recording", rows={"DeviceEvents": [row], "NovelTable": [row]})
    recording = load(folder)
    assert len(recording.warnings) == 2
    assert "no column Novel" in recording.warnings[0]
    assert "no table NovelTable" in recording.warnings[1]
    assert recording.engine.run("DeviceEvents | count").rows[0]["Count"] == 1


def test_an_alert_without_an_id_is_left_out_and_said(tmp_path: Path) -> None:
    nameless = {**small.ALERTS[0], "id": None}
    recording = load(small.write(tmp_path / "recording", alerts=[nameless, small.ALERTS[1]]))
    assert [alert.id for alert in recording.alerts] == [small.BENIGN]
    assert len(recording.warnings) == 1


@pytest.mark.parametrize("broken", ["no folder", "no alerts", "no id", "no json"])
def test_what_cannot_be_used_is_refused(tmp_path: Path, broken: str) -> None:
    folder = tmp_path / "recording"
    if broken != "no folder":
        small.write(folder, alerts=[{}] if broken == "no id" else None)
    if broken == "no alerts":
        (folder / "alerts.json").unlink()
    if broken == "no json":
        (folder / "hunting" / "DeviceEvents.ndjson").write_text("{]\n", "utf-8")
    with pytest.raises(RecordingError):
        load(folder)


def test_recorded_entities_are_looked_up_as_the_app_reads_them(tmp_path: Path) -> None:
    folder = small.write(
        tmp_path / "recording",
        machines=[{"id": small.DEVICE, "computerDnsName": "pc1", "osPlatform": "Windows11"}],
        files=[{"sha1": HASH, "signer": "Contoso", "isValidCertificate": True, "organizationPrevalence": 7}],
        users=[{"accountName": "bob", "accountDomain": "corp", "_machineIds": [small.DEVICE]}],
        ips=[{"ipAddress": "203.0.113.5", "organizationPrevalence": 3}],
        domains=[{"host": "example.org", "organizationPrevalence": 4}],
    )
    directory = RecordedDirectory(load(folder).directory)
    device = directory.devices([small.DEVICE])[small.DEVICE].value
    assert device is not None
    assert device.os == "Windows11"
    file = directory.files([HASH])[HASH].value
    assert file is not None
    assert (file.signer, file.is_valid_certificate, file.org_prevalence) == ("Contoso", True, 7)
    users = directory.users([small.DEVICE])[small.DEVICE].value
    assert users is not None
    assert [user.account.name for user in users] == ["bob"]
    address = directory.addresses(["203.0.113.5"])["203.0.113.5"].value
    domain = directory.domains(["example.org"])["example.org"].value
    assert address is not None
    assert domain is not None
    assert (address.org_prevalence, domain.org_prevalence) == (3, 4)


def test_what_was_not_recorded_is_not_found(tmp_path: Path) -> None:
    directory = RecordedDirectory(load(small.write(tmp_path / "recording")).directory)
    asked = (
        directory.devices(["x"])["x"].outcome,
        directory.users(["x"])["x"].outcome,
        directory.files([HASH])[HASH].outcome,
        directory.files(["no hash"])["no hash"].outcome,
        directory.addresses(["::1"])["::1"].outcome,
    )
    assert set(asked) == {Outcome.NOT_FOUND}


def test_a_value_of_the_wrong_type_costs_that_value_alone(tmp_path: Path) -> None:
    rows = [{**small.ROWS["DeviceEvents"][0], "FileSize": "large"}]
    recording = load(small.write(tmp_path / "recording", rows={"DeviceEvents": rows}))
    assert len(recording.warnings) == 1
    assert "line 1: FileSize is no whole number of 64 bits" in recording.warnings[0]
    [row] = recording.engine.run("DeviceEvents").rows
    assert (row["FileSize"], row["ReportId"]) == (None, rows[0]["ReportId"])
