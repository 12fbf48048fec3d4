"""Rows of alerts for tests, as the app makes them but for what no test looks at."""

from shared.core.alert.model import Alert
from shared.core.conclude import NO_RULES, conclude
from shared.core.correlate.finding import Finding, Reason, Status
from shared.core.lookups.entities import Enrichment
from shared.core.row import content
from shared.core.values.records import Column
from tests.core.bodies import alert_body, device
from tests.core.samples import Json, read


def row_of(
    about: Alert, looked_up: Enrichment | None = None, found: Finding | None = None
) -> dict[str, Column]:
    """The content of one alert's row; not hunted yet where no finding is given."""
    shown = found or Finding(about.id, Status.PENDING, reason=Reason.WAITING)
    return content(about, looked_up, shown, conclude(about, looked_up, shown, NO_RULES), "")


def row_from(source: str, *items: Json, **fields: Json) -> dict[str, Column]:
    """The row of an alert with these pieces of evidence, whose device Graph names by a piece of its own."""
    own = (device(),) if source == "graph" else ()
    return row_of(read(alert_body(source, *own, *items, **fields), source))


def shown(row: dict[str, Column], names: str) -> tuple[Column, ...]:
    """The columns of these names."""
    return tuple(row[name] for name in names.split())
