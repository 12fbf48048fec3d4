"""What telemetry proved about one alert: the tied events, the tree, and how sure the tie is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.core.alert import Account
from shared.core.values import Instant, json_from_outside

Cell = str | int | float | bool | None

# Rows of aggregated reporting: the ActionType of the events with this ending, their number in the additional
# fields (as public queries read it), one row for up to an hour.
# https://learn.microsoft.com/en-us/defender-endpoint/aggregated-reporting (read 2026-11)
REPORT = "AggregatedReport"
REPORT_SECONDS = 3_600.0
_MOST_REPORTED = 10_000_000


class Status(StrEnum):
    """CorrelationStatus."""

    CORRELATED = "Correlated"
    NO_MATCH = "NoMatch"
    PENDING = "Pending"
    FAILED = "Failed"
    NOT_APPLICABLE = "NotApplicable"


class Method(StrEnum):
    """CorrelationMethod, strongest first; the order is the order of trust."""

    EXACT_PROCESS = "ExactProcess"
    PROCESS_TOLERANCE = "ProcessWithinTolerance"
    FILE_HASH = "FileHash"
    FILE_NAME = "FileName"
    ADDRESS = "Address"
    URL = "Url"
    REGISTRY = "Registry"
    ACCOUNT = "Account"
    MOMENT = "Moment"
    DEVICE_ONLY = "DeviceOnly"
    NONE = "None"


class Reason(StrEnum):
    """CorrelationReason: why an alert is not (or not yet) tied to telemetry."""

    NONE = ""
    NOT_IN_YET = "TelemetryNotInYet"
    NOT_SEEN = "TelemetryNotSeen"
    TOO_OLD = "OlderThan30Days"
    DEVICE_UNKNOWN = "DeviceUnknownToHunting"
    NO_EVIDENCE = "NoUsableEvidence"
    THROTTLED = "Throttled"
    ROLE_MISSING = "RoleMissing"
    TOKEN_REFUSED = "TokenRefused"  # noqa: S105 - a word of the row, no secret
    LICENCE_MISSING = "LicenceMissing"
    QUERY_REJECTED = "QueryRejected"
    UNAVAILABLE = "HuntingUnavailable"
    GAVE_UP = "HandlingFailed"
    WAITING = "NotHuntedYet"


REFUSED = frozenset({Reason.ROLE_MISSING, Reason.TOKEN_REFUSED, Reason.LICENCE_MISSING})
"""Hunting was refused to the app, which somebody has to mend."""


@dataclass(frozen=True, slots=True)
class ProcessKey:
    """What identifies a process: a pid alone is never an identity."""

    device_id: str
    pid: int
    created: Instant

    def __hash__(self) -> int:
        # Looked up many times for each row: all in one call, where the class's own asks the moment for its.
        return hash((self.device_id, self.pid, self.created.ticks))


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a hunting table. An event is unique as table, device, time and ReportId."""

    table: str
    device_id: str
    time: Instant
    report_id: str
    action: str
    row: Mapping[str, Cell] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What happened, also where the row is a report of many such events."""
        return self.action.removesuffix(REPORT)

    @property
    def is_report(self) -> bool:
        """True where the row stands for events of up to an hour: its time proves no order."""
        return self.action.endswith(REPORT)

    @property
    def stands_for(self) -> int:
        """How many events the row stands for, 1 but for a report."""
        return _reported(self.row.get("AdditionalFields")) if self.is_report else 1

    @property
    def key(self) -> tuple[str, str, int, str]:
        """The event's identity."""
        return (self.table, self.device_id, self.time.ticks, self.report_id)

    @property
    def order(self) -> tuple[int, str, str, int, str]:
        """Sorts events by their time, and those of one moment by their identity."""
        return (self.time.ticks, *self.key)


def _reported(fields: Cell) -> int:
    try:
        read = json_from_outside(fields) if isinstance(fields, str) else None
    except ValueError:
        return 1
    count = read.get("uniqueEventsAggregated") if isinstance(read, dict) else None
    if isinstance(count, str) and count.isascii() and count.isdigit() and len(count) < 10:
        count = int(count)
    return min(count, _MOST_REPORTED) if isinstance(count, int) and count > 0 else 1


@dataclass(frozen=True, slots=True)
class TiedEvent:
    """An event of the alert: `tie` says in one word how, `depth` where in the tree (0 the alert's process,
    1 its children, -1 its parent), None where it hangs on no process."""

    event: Event
    tie: str
    depth: int | None = None
    owner: ProcessKey | None = None


@dataclass(frozen=True, slots=True)
class ProcessNode:
    """One process of the tree. `images` has one entry more for each exec that kept the pid."""

    key: ProcessKey
    depth: int
    parent: ProcessKey | None = None
    file_name: str | None = None
    folder_path: str | None = None
    command_line: str | None = None
    sha1: str | None = None
    sha256: str | None = None
    account: Account | None = None
    is_anchor: bool = False
    is_session_root: bool = False
    is_inferred: bool = False  # known only from another row's InitiatingProcess columns
    images: tuple[str, ...] = ()
    children_left_out: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of correlation for one alert.

    `event_count` is the true count, also where rows were cut: then `truncated`, and `left_out` says what.
    `query` is KQL for this one alert alone, as an analyst would run it, and returns every event shown.
    """

    alert_id: str
    status: Status
    method: Method = Method.NONE
    confidence: int = 0
    reason: Reason = Reason.NONE
    detail: str = ""
    anchors: tuple[ProcessKey, ...] = ()
    nodes: tuple[ProcessNode, ...] = ()
    events: tuple[TiedEvent, ...] = ()
    event_count: int = 0
    truncated: bool = False
    left_out: tuple[str, ...] = ()
    query: str = ""
