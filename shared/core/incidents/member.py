"""One alert of an incident, as its published row tells it; which of several is the gravest.

A row may be of an earlier version, or a consumer may have written into it: what cannot be read counts as not
said, and no row can end the building of an incident.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.core.conclude import Validation
from shared.core.row import column, incidents_before
from shared.core.values import Column, Columns, number_of, objects_of, text_of

# What of a row of `Alerts` is needed: reading no more keeps an incident of hundreds of alerts small.
NEEDED = (
    *("AlertName", "AlertStatus", "AttackTactics", "AttackTechniques", "Behaviours", "CreatedTime"),
    *("DvcHostname", "DvcId", "DvcOs", "DvcValue", "EventSeverity", "FirstEventTime", "IncidentId"),
    *("IncidentMovedFrom", "IncidentUrl", "LastEventTime", "NextSteps", "NotifyState", "Priority"),
    *("PriorityReason", "ProcessTree", "SeverityId", "StorySteps", "TechniquesShown", "TenantId"),
    *("UserSid", "UserUpn", "Username", "Validation", "ValidationReason"),
)
# Gravest first: what runs unstopped before what was stopped, and both before what is not borne out.
VALIDATIONS: tuple[Validation, ...] = (
    Validation.CONFIRMED,
    Validation.LIKELY,
    Validation.CONTAINED,
    Validation.BLOCKED,
    Validation.UNPROVEN,
    Validation.NO_TELEMETRY,
)
_SEVERITY_RANK = {0: 4, 1: 3, 2: 2, 3: 1, 4: 0, 99: 0}  # by SeverityId; an unknown word counts as High

type Key = tuple[str, str]  # day, row key
type Row = Columns


@dataclass(frozen=True, slots=True)
class Member:
    """An alert's row under its key, and how grave it is among others (smaller is graver)."""

    key: Key
    row: Row
    gravity: tuple[int, int, datetime, Key]

    def text(self, name: str) -> str:
        """A text column; "" where there is none."""
        return text_of(self.row, name)

    def number(self, name: str) -> int:
        """A number; 0 where there is none."""
        return number_of(self.row, name)

    def moment(self, name: str) -> datetime | None:
        """A time; None where there is none."""
        return moment_of(self.row.get(name))

    def listed(self, name: str) -> list[dict[str, object]]:
        """The objects of a JSON list, without the one that counts what was left out."""
        return objects_of(self.row, name)

    @property
    def is_open(self) -> bool:
        """True unless somebody has closed it."""
        return self.text("AlertStatus") != "Closed"

    @property
    def came_from(self) -> list[str]:
        """Incidents that it was in before, the last one first."""
        return incidents_before(self.row)


def members_of(rows: Mapping[Key, Row]) -> list[Member]:
    """The alerts, gravest first: by validation, severity, age."""
    return sorted((_member(key, row) for key, row in rows.items()), key=lambda one: one.gravity)


def _member(key: Key, row: Row) -> Member:
    created = moment_of(row.get("CreatedTime")) or column.LAST_TIME
    return Member(key, row, (validation_rank(row), severity_rank(row), created, key))


def validation_rank(row: Row) -> int:
    """0 for the gravest; a word that is not ours counts as not checked."""
    word = row.get("Validation")
    return next((rank for rank, known in enumerate(VALIDATIONS) if known == word), len(VALIDATIONS) - 1)


def severity_rank(row: Row) -> int:
    """0 for the gravest."""
    number = row.get("SeverityId")
    return _SEVERITY_RANK.get(number, 0) if isinstance(number, int) else 4


def moment_of(value: Column | None) -> datetime | None:
    """A time that is one; None for none, and for the one that stands for none."""
    if not isinstance(value, datetime):
        return None
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    return moment if moment > column.FIRST_TIME else None


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """The first of those that are known."""
    return min((each for each in moments if each is not None), default=None)


def latest(moments: Iterable[datetime | None]) -> datetime | None:
    """The last of those that are known."""
    return max((each for each in moments if each is not None), default=None)
