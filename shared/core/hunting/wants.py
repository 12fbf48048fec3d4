"""The single things a hunt can ask for; queries are made of many of one kind."""

from dataclasses import dataclass, replace

from shared.core.correlate import Indicator, ProcessKey
from shared.core.values import Instant


@dataclass(frozen=True, slots=True)
class ProcessCreation:
    """The creation row of one process; with `up` those of its parent and its parent's parent as well."""

    key: ProcessKey
    up: bool = True


@dataclass(frozen=True, slots=True)
class ProcessActivity:
    """What one process did and started; with `down` also what its children did and started."""

    key: ProcessKey
    first: Instant
    last: Instant
    down: bool = True


@dataclass(frozen=True, slots=True)
class ActivityOverflow:
    """The rows of one table by one process, which are too many: those nearest to `near`."""

    key: ProcessKey
    first: Instant
    last: Instant
    table: str
    near: Instant


@dataclass(frozen=True, slots=True)
class IndicatorMentions:
    """Rows of one device (of any where it is "") that name these things."""

    device_id: str
    first: Instant
    last: Instant
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class MentionOverflow:
    """The rows of one table and device that name `match`, which are too many: those nearest to `near`. Where
    `match` is "", all rows of that time."""

    device_id: str
    first: Instant
    last: Instant
    table: str
    match: str
    near: Instant


@dataclass(frozen=True, slots=True)
class DeviceActivity:
    """The most telling things one device did."""

    device_id: str
    first: Instant
    last: Instant


@dataclass(frozen=True, slots=True)
class MomentActivity:
    """Everything that one device did within moments."""

    device_id: str
    first: Instant
    last: Instant


@dataclass(frozen=True, slots=True)
class AlertEvidence:
    """What hunting's own AlertEvidence table says of one alert."""

    alert_id: str
    first: Instant
    last: Instant


@dataclass(frozen=True, slots=True)
class DeviceKnown:
    """Whether hunting knows the device at all."""

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


def without_around(want: Want) -> Want:
    """The same of the one process alone, without those above or below it."""
    if isinstance(want, ProcessCreation):
        return replace(want, up=False)
    return replace(want, down=False) if isinstance(want, ProcessActivity) else want
