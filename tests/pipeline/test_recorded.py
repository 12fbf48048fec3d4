"""Recorded telemetry is asked once for all windows that find the same, and for no others."""

from tests.pipeline import recorded


def _found(end: str) -> list[object]:
    window = f"Timestamp between (datetime(2026-11-24T09:00:00Z) .. datetime({end}))"
    return [row["AlertId"] for row in recorded.hunt("", f"AlertInfo | where {window} | project AlertId")]


def test_a_window_that_ends_within_the_telemetry_finds_less_than_one_that_ends_after_it() -> None:
    last = recorded.last_recorded()
    just_before = last.plus(-1).text()
    assert 0 < len(_found(just_before)) < len(_found(last.text())) == len(_found(recorded.AFTER_ALL))


def test_windows_that_end_after_all_telemetry_are_one_question() -> None:
    later = recorded.last_recorded().plus(3_600)
    assert _found(later.text()) == _found(later.plus(30).text())
