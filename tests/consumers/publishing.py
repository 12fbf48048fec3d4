"""Our side in the consumers' tests: rows decided by the core and written by the adapter, as a hunt does."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.adapters.storage.rows import TableAlertRows
from shared.core.alert.model import Alert
from shared.core.conclude import NO_RULES, conclude
from shared.core.correlate.finding import Finding, Reason, Status
from shared.core.row import Context, Decision, content, decide
from shared.core.values import table_keys
from shared.core.values.records import Column, RowWrite, StoredRow
from tests.builders import alert, finding, node
from tests.consumers.samples import NOW

TIED = finding(nodes=(node("powershell.exe"),))


def publish(rows: TableAlertRows, about: Alert, *, found: Finding | None = None, **context: Any) -> Decision:
    """Writes the alert's row as a hunt that ended with `found` would; tied where nothing is said."""
    day, row_key = table_keys.alert_keys(about)
    stored = rows.read([(day, row_key)]).get((day, row_key))
    decision = _decision(about, stored, found, context)
    if decision.columns is not None:
        write = RowWrite(day, row_key, decision.columns, stored.etag if stored else "")
        assert rows.write([write]) == [write], "lost a race"
    return decision


def publish_new(rows: TableAlertRows, many: Sequence[Alert]) -> None:
    """Writes the rows of alerts that have none yet, together."""
    writes = [
        RowWrite(*table_keys.alert_keys(about), columns, "")
        for about in many
        if (columns := _decision(about, None, None, {}).columns) is not None
    ]
    assert len(rows.write(writes)) == len(many)


def _decision(
    about: Alert, stored: StoredRow | None, found: Finding | None, context: Mapping[str, Any]
) -> Decision:
    known = Context(
        now=NOW,
        generation=1,
        first_seen=NOW,
        installed_at=datetime(2026, 1, 1, tzinfo=NOW.tzinfo),
        backfill=False,
        hunt_ended=True,
        notify_after=180.0,
    )
    shown = replace(TIED if found is None else found, alert_id=about.id)
    columns = content(about, None, shown, conclude(about, None, shown, NO_RULES), "")
    return decide(stored, columns, replace(known, **context))


def row(rows: TableAlertRows, about: Alert) -> Mapping[str, Column]:
    """The alert's row as it stands."""
    [stored] = rows.read([table_keys.alert_keys(about)]).values()
    return stored.columns


def waiting(about: Alert) -> Finding:
    """A hunt that has not ended."""
    return Finding(about.id, Status.PENDING, reason=Reason.WAITING)


def alerts(count: int, **changes: object) -> list[Alert]:
    """That many alerts of one day, alike but for their ids."""
    return [alert(id=f"da63900000000000{number:04}_1", **changes) for number in range(count)]
