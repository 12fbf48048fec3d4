"""What analysts said of what we had said, counted by detector and by rule."""

import pytest

from local.precision import precision
from shared.core.values.records import Column
from shared.core.verdicts import Tally


def rows(count: int, verdict: str, **changes: Column) -> list[dict[str, Column]]:
    row: dict[str, Column] = {
        "DetectorId": "d",
        "AlertName": "A title",
        "DetectionIds": "r-1, r-2",
        "ValidationAtVerdict": "Confirmed",
        "AlertVerdict": verdict,
        "ClassifiedBy": "analyst",
        **changes,
    }
    return [row] * count


def test_precision_is_counted_by_detector_and_by_rule_and_by_validation() -> None:
    lines = precision(
        [
            *rows(9, "True Positive"),
            *rows(1, "False Positive"),
            *rows(2, "Benign Positive", ValidationAtVerdict="Unproven", DetectionIds=""),
        ]
    )
    assert [(one.kind, one.name, one.validation, one.tally, one.share) for one in lines] == [
        ("detector", "d", "Confirmed", Tally(9, 0, 1), "90 %"),
        ("detector", "d", "Unproven", Tally(0, 2, 0), ""),
        ("detection", "r-1", "Confirmed", Tally(9, 0, 1), "90 %"),
        ("detection", "r-2", "Confirmed", Tally(9, 0, 1), "90 %"),
    ]
    assert lines[0].title == "A title"


@pytest.mark.parametrize(
    "changes",
    [
        {"ClassifiedBy": "write-back"},
        {"ClassifiedBy": ""},
        {"ValidationAtVerdict": "NoTelemetry"},
        {"AlertVerdict": "Unknown"},
    ],
)
def test_what_no_analyst_said_of_a_validation_does_not_count(changes: dict[str, Column]) -> None:
    assert precision(rows(3, "True Positive", **changes)) == []


def test_no_share_is_told_of_fewer_than_ten() -> None:
    [line, *_] = precision(rows(9, "True Positive"))
    assert (line.tally.total, line.share) == (9, "")
