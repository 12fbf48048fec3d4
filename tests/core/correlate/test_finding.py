"""For how many events a row of a finding stands."""

import json

import pytest

from shared.core.correlate.finding import Event
from tests.core.hunting.builders import DEVICE, START

MOST = 10_000_000  # more are not believed


def _stands_for(count: object, action: str = "LogonFailedAggregatedReport") -> int:
    fields = json.dumps({"uniqueeventsaggregated": 5, "uniqueEventsAggregated": count})
    return Event("DeviceLogonEvents", DEVICE, START, "1", action, {"AdditionalFields": fields}).stands_for


@pytest.mark.parametrize(
    ("said", "stands_for"),
    [
        *((1, 1), (2, 2), (1_200, 1_200), (MOST, MOST), (MOST + 1, MOST), (0, 1), (-2, 1)),
        *(("1", 1), ("1200", 1_200), ("999999999", MOST), ("1000000000", 1), ("0", 1), ("-2", 1), ("²", 1)),
    ],
)
def test_a_report_stands_for_as_many_events_as_it_says_up_to_the_most(said: object, stands_for: int) -> None:
    assert _stands_for(said) == stands_for


def test_any_other_row_stands_for_one_whatever_it_says() -> None:
    assert _stands_for(1_200, "LogonFailed") == 1


@pytest.mark.parametrize("fields", [None, 1_200, "", "1200", "[1200]", "{", '{"other": 1200}'])
def test_a_report_without_its_number_stands_for_one(fields: str | int | None) -> None:
    cells = {"AdditionalFields": fields}
    assert (
        Event("DeviceLogonEvents", DEVICE, START, "1", "LogonFailedAggregatedReport", cells).stands_for == 1
    )
