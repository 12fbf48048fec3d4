"""The single things a hunt can ask for; queries are made of many of one kind."""

from dataclasses import dataclass

from shared.core.correlate.needles import Needle
from shared.core.finding import ProcessKey
from shared.core.instant import Instant


@dataclass(frozen=True, slots=True)
class Birth:
    """The creation row of one process."""

    key: ProcessKey


@dataclass(frozen=True, slots=True)
class Deeds:
    """What one process did and started, and what its children started."""

    key: ProcessKey
    first: Instant
    last: Instant


@dataclass(frozen=True, slots=True)
class CrowdedDeeds:
    """The rows of one table by one process, which are too many: those nearest to `near`."""

    key: ProcessKey
    first: Instant
    last: Instant
    table: str
    near: Instant


@dataclass(frozen=True, slots=True)
class Naming:
    """Rows of one device (of any where it is "") that name these things."""

    device_id: str
    first: Instant
    last: Instant
    needles: tuple[Needle, ...]


@dataclass(frozen=True, slots=True)
class CrowdedNaming:
    """The rows of one table and device that name `match`, which are too many: those nearest to `near`."""

    device_id: str
    first: Instant
    last: Instant
    table: str
    match: str
    near: Instant


@dataclass(frozen=True, slots=True)
class Activity:
    """The most telling things one device did."""

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


type Want = Birth | Deeds | CrowdedDeeds | Naming | CrowdedNaming | Activity | AlertEvidence | DeviceKnown
