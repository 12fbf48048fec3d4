"""The single things a hunt can ask for, each with the name of the queries that ask for many of them."""

from dataclasses import dataclass
from typing import ClassVar

from shared.core.correlate import Indicator, ProcessKey
from shared.core.values import Instant


@dataclass(frozen=True, slots=True)
class ProcessCreation:
    """The creation row of one process; with `up` those of its parent and its parent's parent as well."""

    query: ClassVar[str] = "chain"
    key: ProcessKey
    up: bool = True


@dataclass(frozen=True, slots=True)
class ProcessActivity:
    """What one process did and started; with `down` also what its children did and started."""

    query: ClassVar[str] = "chain"
    key: ProcessKey
    first: Instant
    last: Instant
    down: bool = True


@dataclass(frozen=True, slots=True)
class ActivityOverflow:
    """The rows of one table by one process, which are too many: those nearest to `near`."""

    query: ClassVar[str] = "chain-overflow"
    key: ProcessKey
    first: Instant
    last: Instant
    table: str
    near: Instant


@dataclass(frozen=True, slots=True)
class IndicatorMentions:
    """Rows of one device (of any where it is "") that name these things."""

    query: ClassVar[str] = "evidence"
    device_id: str
    first: Instant
    last: Instant
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class MentionOverflow:
    """The rows of one table and device that name `match`, which are too many: those nearest to `near`. Where
    `match` is "", all rows of that time."""

    query: ClassVar[str] = "evidence-overflow"
    device_id: str
    first: Instant
    last: Instant
    table: str
    match: str
    near: Instant


@dataclass(frozen=True, slots=True)
class DeviceActivity:
    """The most telling things one device did."""

    query: ClassVar[str] = "device-activity"
    device_id: str
    first: Instant
    last: Instant


@dataclass(frozen=True, slots=True)
class MomentActivity:
    """Everything that one device did within moments."""

    query: ClassVar[str] = "moment-activity"
    device_id: str
    first: Instant
    last: Instant


@dataclass(frozen=True, slots=True)
class AlertEvidence:
    """What hunting's own AlertEvidence table says of one alert."""

    query: ClassVar[str] = "alert-evidence"
    alert_id: str
    first: Instant
    last: Instant


@dataclass(frozen=True, slots=True)
class DeviceKnown:
    """Whether hunting knows the device at all."""

    query: ClassVar[str] = "device-known"
    device_id: str
    first: Instant
    last: Instant


type Want = (
    ProcessCreation
    | ProcessActivity
    | ActivityOverflow
    | IndicatorMentions
    | MentionOverflow
    | DeviceActivity
    | MomentActivity
    | AlertEvidence
    | DeviceKnown
)
