"""A view over rows, and the subject of an alert, for tests of one module of correlation at a time."""

from shared.core.alert.model import Evidence
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.subject import Subject, subject_of
from shared.core.correlate.telemetry import Telemetry, View
from tests.core.hunting.builders import NOW, POLICY, Row, alert


def subject(*evidence: Evidence, policy: HuntPolicy = POLICY, **fields: object) -> Subject:
    """The subject of an alert with this evidence, old enough that its telemetry is all in."""
    return subject_of(alert(*evidence, **fields), (), NOW, policy)


def view(rows: list[Row], of: Subject | None = None, policy: HuntPolicy = POLICY) -> View:
    """The rows by process; the alert's own processes are known to it."""
    return View(Telemetry().plus(rows), of.processes if of else (), policy)


def counted(table: str, rows: int, **cells: object) -> Row:
    """A row that says how many there are, in place of them."""
    return {"Table": table, "DeviceId": "a" * 40, "Rows": rows, **cells}  # type: ignore[dict-item]
