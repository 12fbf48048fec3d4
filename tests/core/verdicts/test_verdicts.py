"""Analysts' verdicts: kept with what we had said then, and counted."""

from dataclasses import replace

from shared.core.correlate.finding import Finding, Reason, Status
from shared.core.row import decide
from shared.core.values.records import Column, StoredRow
from shared.core.verdicts import detector_trait, record_text, sighting_of
from tests.builders import T0, alert, finding, tied
from tests.core.row.rows import row_of
from tests.docs.table_rows import CONTEXT

TIED = finding(events=(tied("DeviceNetworkEvents", "X"),))
WAITING = Finding(alert().id, Status.PENDING, reason=Reason.WAITING)


def published(before: dict[str, Column], found: Finding, verdict: str | None) -> dict[str, Column]:
    """The row after a publication."""
    columns = row_of(alert(detector_id="d", classification=verdict), None, found)
    stored = StoredRow(before, "etag") if before else None
    return {**before, **(decide(stored, columns, CONTEXT).columns or {})}


def said(row: dict[str, Column]) -> tuple[Column, Column]:
    return row["ClassifiedBy"], row["ValidationAtVerdict"]


def test_a_verdict_keeps_what_the_row_said_when_it_came() -> None:
    first = published({}, TIED, None)
    assert said(first) == ("", "")
    likely = {**first, "Validation": "Likely"}
    judged = published(likely, TIED, "TruePositive")
    assert said(judged) == ("analyst", "Likely")
    later = published({**judged, "Validation": "Confirmed"}, TIED, "TruePositive")
    assert said(later) == ("analyst", "Likely")


def test_another_verdict_is_one_on_what_the_row_says_by_then() -> None:
    judged = published({**published({}, TIED, None), "Validation": "Likely"}, TIED, "TruePositive")
    other = published({**judged, "Validation": "Confirmed"}, TIED, "FalsePositive")
    assert said(other) == ("analyst", "Confirmed")


def test_a_verdict_that_came_with_the_alert_waits_for_the_first_hunt() -> None:
    first = published({}, WAITING, "FalsePositive")
    assert said(first) == ("analyst", "")
    assert said(published(first, TIED, "FalsePositive")) == ("analyst", "Unproven")


def test_a_verdict_that_is_taken_back_is_none() -> None:
    judged = published(published({}, TIED, None), TIED, "TruePositive")
    assert said(published(judged, TIED, None)) == ("", "")


def test_deciding_again_over_a_judged_row_writes_nothing() -> None:
    judged = published(published({}, TIED, None), TIED, "TruePositive")
    assert published(judged, TIED, "TruePositive") == judged


def test_what_is_remembered_of_a_verdict() -> None:
    first = published({}, TIED, None)
    judged = published(first, TIED, "TruePositive")
    assert sighting_of({}, first, "da1", T0) is None
    seen = sighting_of(first, judged, "da1", T0)
    assert seen is not None
    assert (seen.trait, seen.classification, seen.validation) == (
        detector_trait("d"),
        "True Positive",
        "Unproven",
    )
    back = sighting_of(judged, published(judged, TIED, None), "da1", T0)
    assert back is not None and back.classification == ""
    assert sighting_of(first, {**judged, "ClassifiedBy": "write-back"}, "da1", T0) is None
    assert detector_trait("") == ""


def test_the_record_counts_others_and_leaves_out_what_was_taken_back() -> None:
    judged = published(published({}, TIED, None), TIED, "TruePositive")
    seen = sighting_of({}, judged, "da1", T0)
    assert seen is not None
    all_seen = [
        seen,
        replace(seen, alert_id="da2", classification="False Positive"),
        replace(seen, alert_id="da3", classification="Benign Positive", validation="Likely"),
        replace(seen, alert_id="da4", classification=""),
        replace(seen, alert_id="da5", validation="Blocked"),
    ]
    assert record_text(all_seen, "another") == (
        "Likely: 0 true, 1 benign, 0 false; Unproven: 1 true, 0 benign, 1 false"
    )
    assert record_text(all_seen[:1], "da1") == ""
