"""What counts as final, and how moments become a curve."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from local.bench.flow import Events, curve, is_final
from local.host.records import LogEntry

_ZERO = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("correlation", "enrichment", "final"),
    [
        ("Correlated", "Complete", True),
        ("NoMatch", "None", True),
        ("Pending", "Complete", False),
        ("Correlated", "Partial", False),
        ("Correlated", "Pending", False),
    ],
)
def test_a_row_is_final_once_hunted_and_answered(correlation: str, enrichment: str, final: bool) -> None:
    assert is_final({"CorrelationStatus": correlation, "EnrichmentStatus": enrichment}) is final


def test_the_curve_counts_rows_by_the_second_in_which_they_were_done() -> None:
    moments = [_ZERO + timedelta(seconds=seconds) for seconds in (9.5, 2.2, 2.9, 3.0)]

    assert curve(moments, _ZERO) == [(0.0, 0), (3.0, 3), (10.0, 4)]


def _entry(message: str, level: str = "Information", *, is_user: bool = True) -> LogEntry:
    return LogEntry(level=level, category="alerts", message=message, is_user=is_user)


def test_events_are_counted_with_their_first_and_last_second() -> None:
    events = Events()
    for _ in range(3):
        events.heard(_entry(json.dumps({"event": "enriched"})))
    events.heard(_entry(json.dumps({"event": "enriched"}), is_user=False))
    events.heard(_entry("no JSON"))

    assert list(events.timeline()) == ["enriched"]
    assert events.timeline()["enriched"]["times"] == 3
    assert not events.problems


def test_what_is_logged_as_an_error_is_kept_by_its_event() -> None:
    events = Events()
    events.heard(_entry(json.dumps({"event": "fetch failed"}), level="Error"))
    events.heard(_entry("Traceback\n  more", level="Critical"))

    assert events.problems == {"fetch failed": 1, "Traceback": 1}
