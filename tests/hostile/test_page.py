"""A page with broken alerts between good ones, through all three functions."""

import json
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from local.azurite import Azurite
from local.certs import make_certificates
from shared.adapters.http.answers import read_json
from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.documents import TableDocuments
from shared.adapters.storage.ledger import TableLedger
from shared.adapters.storage.memberships import TableMemberships
from shared.adapters.storage.rows import TableAlertRows, TableEventRows, TableIncidentRows
from shared.adapters.storage.sightings import TableSightings
from shared.core.progress.ledger_row import State
from shared.core.values import table_keys
from shared.pipeline.policy import Policy
from shared.pipeline.ports import Ports
from shared.pipeline.stored import documents
from tests.core.samples import Json
from tests.hostile.pages import GOOD, PageWorld, broken, page, unusable
from tests.pipeline.platform import Platform
from tests.pipeline.world import row_of

BROKEN = broken()


@pytest.fixture(scope="module")
def settled() -> PageWorld:
    """The world after every alert of the page came to its end."""
    world = PageWorld()
    Platform(world).settle()
    return world


def as_read(raw: Json) -> Json:
    """The raw alert as the service's text of it is read."""
    return read_json(json.dumps(raw).encode("ascii"))


def test_the_good_ones_are_tied_as_if_nothing_had_been_between_them(settled: PageWorld) -> None:
    for alert_id in GOOD:
        row = row_of(settled, alert_id)
        assert (row["CorrelationMethod"], row["UnreadableFields"]) == ("ExactProcess", "")


def test_every_broken_one_with_a_usable_id_has_its_row_and_names_what_was_not_read(
    settled: PageWorld,
) -> None:
    for alert_id, (_, named) in BROKEN.items():
        row = row_of(settled, alert_id)
        assert row["AlertId"] == alert_id
        assert str(row["UnreadableFields"]).split(", ")[0].split(":")[0] == named
        assert row["CorrelationStatus"] in ("Correlated", "NoMatch", "NotApplicable")
    assert {key for _, key in settled.rows} == {table_keys.safe_id(each) for each in (*GOOD, *BROKEN)}


def test_an_unknown_severity_is_worked_on_as_high(settled: PageWorld) -> None:
    for alert_id in ("no-severity", "new-severity"):  # one is no word, but something is said
        assert row_of(settled, alert_id)["SeverityId"] == 99
        assert [row.severity_rank for row in settled.history.values() if row.alert_id == alert_id] == [0]


def test_the_body_of_every_broken_one_is_kept_as_it_came(settled: PageWorld) -> None:
    for alert_id, (raw, _) in BROKEN.items():
        kept = [
            body
            for key, body in settled.documents.items()
            if (key.alert_id, key.kind) == (alert_id, documents.ALERT)
        ]
        assert [json.loads(zlib.decompress(body)) for body in kept] == [as_read(raw)]


def test_nothing_of_the_page_is_set_aside_or_left_open(settled: PageWorld) -> None:
    assert not settled.open
    assert {row.state for row in settled.history.values()} == {State.DONE}
    assert len(settled.history) == len(GOOD) + len(BROKEN)


def test_what_has_no_usable_id_is_logged_once_a_fetch_and_kept(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "alerts")
    world = PageWorld()
    Platform(world).tick()
    lines = [json.loads(record.getMessage()) for record in caplog.records if record.levelname == "ERROR"]
    told = [line for line in lines if line["event"] == "alert without a usable id"]
    assert len(told) == len(unusable())
    kept = {key.ref: body for key, body in world.documents.items() if key.alert_id == "unreadable"}
    assert [json.loads(zlib.decompress(kept[line["kept_as"]])) for line in told] == unusable()
    assert all("\n" not in record.getMessage() and record.getMessage().isascii() for record in caplog.records)


@dataclass
class StoredWorld(PageWorld):
    """The same outside, its tables in Azurite."""

    tables: StorageTables | None = None

    def ports(self) -> Ports:
        assert self.tables is not None
        return replace(
            super().ports(),
            ledger=TableLedger(self.tables, "home"),
            documents=TableDocuments(self.tables, "home"),
            alert_rows=TableAlertRows(self.tables),
            event_rows=TableEventRows(self.tables),
            incident_rows=TableIncidentRows(self.tables),
            memberships=TableMemberships(self.tables, "home"),
            sightings=TableSightings(self.tables, "home"),
        )


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StorageTables]:
    """Empty tables in an Azurite of the test's own."""
    certificates = make_certificates(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca))
    with Azurite(cert=certificates.cert, key=certificates.key) as running:
        yield StorageTables.by_connection(running.connection_string, prefix=f"T{uuid.uuid4().hex}")


def once(world: PageWorld) -> PageWorld:
    """The world after one fetch and every message it led to, one hunt after the other: which alert is
    published before which, and so what was seen before, is the same each time."""
    platform = Platform(world, Policy(hunts_at_once=1))
    platform.tick()
    while platform.to_enrich or platform.wake_ups:
        platform.deliver_one()
    return world


def test_real_storage_takes_every_row_and_gives_it_back_as_it_was(tables: StorageTables) -> None:
    remembered = once(PageWorld())
    stored = once(StoredWorld(tables=tables)).ports()
    assert stored.alert_rows.read(remembered.rows).keys() == remembered.rows.keys()
    for key, row in stored.alert_rows.read(remembered.rows).items():
        assert row.columns == remembered.rows[key].columns, key
    for partition, _ in remembered.events:
        keys = {key for where, key in remembered.events if where == partition}
        assert stored.event_rows.keys(partition) == keys
    open_rows = {row.alert_id: replace(row, etag="") for row in stored.ledger.open_rows()}
    assert open_rows == {row.alert_id: replace(row, etag="") for row in remembered.open.values()}
    assert stored.documents.get(remembered.documents) == remembered.documents


def test_the_page_is_as_broken_as_it_says() -> None:
    assert len(page()) == len(GOOD) + len(BROKEN) + len(unusable())
