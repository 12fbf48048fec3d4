"""The rows are those that the app would publish: look-ups, memory of earlier alerts, keys."""

from pathlib import Path

from local.score.hunting import Asked, batches, findings
from local.score.publishing import Published, Publisher
from local.score.recording import load
from local.score.run import production
from shared.core.row.definition import COLUMNS, EVENT_COLUMNS
from tests.local.score import small

HASH = "cd" * 20


def published(folder: Path) -> list[Published]:
    """The rows of the recording's alerts, group by group."""
    recording, policy = load(folder), production()
    publisher, done = Publisher(recording, policy), list[Published]()
    for cases, now in batches(recording.alerts, policy):
        found = findings(recording.engine, cases, now, policy.hunt, Asked())
        done += publisher.published(cases, found, now)
    return done


def test_rows_have_every_column_and_events_stand_with_their_alert(tmp_path: Path) -> None:
    for one in published(small.write(tmp_path / "recording")):
        assert one.alert.keys() == {"PartitionKey", "RowKey", *(column.name for column in COLUMNS)}
        for event in one.events:
            assert event.keys() == {"PartitionKey", "RowKey", *(column.name for column in EVENT_COLUMNS)}
            assert (event["PartitionKey"], event["AlertId"]) == (one.alert["RowKey"], one.alert["AlertId"])


def test_entities_and_earlier_alerts_are_in_the_row(tmp_path: Path) -> None:
    file = {"entityType": "File", "fileName": "dumper.exe", "sha1": HASH}
    folder = small.write(
        tmp_path / "recording",
        # the later one first: what counts is when they were created
        alerts=[small.alert("later", small.at(9), file), small.alert("earlier", small.at(8), file)],
        machines=[{"id": small.DEVICE, "computerDnsName": "pc1", "osPlatform": "Windows11"}],
        files=[{"sha1": HASH, "signer": "Contoso"}],
    )
    rows = {str(one.alert["AlertId"]): one.alert for one in published(folder)}
    assert {(row["DvcOs"], row["FileSigner"]) for row in rows.values()} == {("Windows11", "Contoso")}
    assert rows["earlier"]["SeenBefore"] == ""
    assert "1 earlier alert on 1 device" in str(rows["later"]["SeenBefore"])
