"""What cannot be read is told from what is absent, and the other documents of the alert are read."""

import zlib
from dataclasses import replace

import pytest

from shared.core.correlate.finding import Finding, Status
from shared.core.lookups.entities import Device, Enrichment, Lookup, Outcome
from shared.core.progress import admission
from shared.core.progress.ledger_row import LedgerRow
from shared.core.progress.versions import digests
from shared.core.values.records import DocumentKey
from shared.pipeline.policy import Policy
from shared.pipeline.stored import documents
from tests.builders import alert
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import START

FOUND = Enrichment(devices={"d": Lookup(Outcome.FOUND, Device("d"))})
FINDING = Finding("a", Status.NO_MATCH)
DAMAGES = [b"", b"x" * 50, zlib.compress(b"[1]"), zlib.compress(b"{"), None]


def kept() -> tuple[LedgerRow, dict[DocumentKey, bytes]]:
    about = alert(id="a")
    body = documents.packed(raw_alert("a", minutes_ago=5))
    _, row = admission.admit(None, about, digests(about), documents.ref_of(body), START, Policy().ledger)
    assert row is not None
    written = {documents.key(row, documents.ALERT, row.body_ref): body}
    for value in (FOUND, FINDING):
        key, body = documents.document(row, value)
        written[key] = body
        row = replace(row, **{f"{key.kind}_ref": key.ref})  # type: ignore[arg-type]
    return row, written


def test_an_alert_comes_back_with_all_that_is_kept_of_it() -> None:
    row, written = kept()
    loaded = documents.read(row, written)
    assert loaded.alert is not None and loaded.alert.id == "a"
    assert (loaded.enrichment, loaded.finding, loaded.unreadable) == (FOUND, FINDING, ())
    assert documents.keys_of(row) == list(written)


@pytest.mark.parametrize("kind", [documents.ALERT, documents.ENRICHMENT, documents.FINDING])
@pytest.mark.parametrize("damage", DAMAGES, ids=repr)
def test_a_document_that_cannot_be_read_is_named_and_one_that_is_gone_is_not(
    kind: str, damage: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    row, written = kept()
    [key] = [key for key in written if key.kind == kind]
    if damage is None:
        del written[key]
    else:
        written[key] = damage
    loaded = documents.read(row, written)
    assert loaded.unreadable == (() if damage is None else (kind,))
    assert ("document cannot be read" in caplog.text) is (damage is not None)
    whole = {"alert": loaded.alert, "enrichment": loaded.enrichment, "finding": loaded.finding}
    assert [name for name, value in whole.items() if value is None] == [kind]


def test_a_body_of_a_source_that_we_do_not_know_is_not_read_as_anothers() -> None:
    row, written = kept()
    assert documents.read(replace(row, source="of a later version"), written).unreadable == (documents.ALERT,)
