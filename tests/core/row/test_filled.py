"""A column is defined once and filled, in `Alerts` as in `AlertEvents`; that either is missing is seen."""

from collections.abc import Callable

import pytest

from shared.core.correlate.finding import Finding, Reason, Status
from shared.core.row import build, events
from shared.core.row.column import Source
from shared.core.row.text import filled
from tests.builders import alert, concluded, finding, tied
from tests.core.row.test_build import row_of

OURS = Source("ours")
NEW = OURS.text("NewColumn", "Defined, and filled by nobody.")


def alert_row() -> None:
    row_of(alert(), None, Finding(alert().id, Status.PENDING, reason=Reason.WAITING))


def event_row() -> None:
    events.event_rows("key", alert(), finding(events=(tied("DeviceEvents", "X"),)), concluded(), 1)


@pytest.mark.parametrize(
    ("module", "columns", "make"),
    [(build, "CONTENT", alert_row), (events, "EVENT_COLUMNS", event_row)],
)
def test_a_column_that_nobody_fills_is_our_error(
    module: object, columns: str, make: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    make()
    defined = getattr(module, columns)
    monkeypatch.setattr(module, columns, (*defined, NEW))
    with pytest.raises(KeyError, match="NewColumn"):
        make()
    monkeypatch.setattr(module, columns, defined[1:])
    with pytest.raises(TypeError, match=defined[0].name):
        make()


def test_what_is_cut_is_named_after_what_was_cut_before() -> None:
    short, number, cut = (
        OURS.text("Short", "A word.", limit=10),
        OURS.count("Number", "A number.", 1),
        OURS.text("ValuesTruncated", "What was cut."),
    )
    values: dict[str, object] = {"Short": "x" * 11, "Number": 7, "ValuesTruncated": ""}
    made = filled((short, number, cut), values, ["Before"])
    assert made == {"Short": "xxxx…[cut]", "Number": 7, "ValuesTruncated": "Before, Short"}
