"""In which order to look at alerts: one number from 1 (now) to 5 (when there is time), by a written table.

Validation and severity give the number. The device's value, a domain administrator among its users and
further devices move it by one place at the most, together: on a busy domain controller all of them hold for
every alert, and would otherwise put each of them first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.core.conclude.conclusion import Validation

FIRST, LAST = 1, 5
SEVERITIES = ("High", "Medium", "Low", "Informational")
"""The columns of the table; a severity that is not said, or not known, counts as Medium."""
TABLE: Mapping[Validation, tuple[int, int, int, int]] = MappingProxyType(
    {
        Validation.CONFIRMED: (1, 2, 2, 3),
        Validation.LIKELY: (2, 3, 3, 4),
        Validation.NO_TELEMETRY: (2, 3, 4, 5),
        Validation.UNPROVEN: (3, 4, 4, 5),
        Validation.CONTAINED: (3, 3, 4, 5),
        Validation.BLOCKED: (4, 4, 5, 5),
    }
)
_BY_SEVERITY_ID = {4: 0, 3: 1, 2: 2, 1: 3}
_ORDINARY = 1  # the place of Medium
_WORDS = {
    Validation.CONFIRMED: "confirmed by telemetry",
    Validation.LIKELY: "likely by telemetry",
    Validation.NO_TELEMETRY: "not checked against telemetry",
    Validation.UNPROVEN: "not borne out by telemetry",
    Validation.CONTAINED: "ran and was stopped",
    Validation.BLOCKED: "stopped before it ran",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What the order stands on, for an alert as for an incident.

    `severity_id` is OCSF's number as the rows hold it (1 Informational to 4 High; 0 and 99 not known);
    `device_value` is what the organisation gave the device: High, Normal, Low, else not known.
    """

    validation: str
    severity_id: int
    device_value: str = ""
    has_domain_admin: bool = False
    devices: int = 1


@dataclass(frozen=True, slots=True, order=True)
class Priority:
    """`number` from 1 (now) to 5 (when there is time), `reason` in our own words alone; sorts first things
    first."""

    number: int
    reason: str


def priority_of(weighed: Weighed) -> Priority:
    """The place in the order, and why. What is not known counts as ordinary."""
    known = weighed.validation in tuple(Validation)
    validation = Validation(weighed.validation) if known else Validation.NO_TELEMETRY
    column = _BY_SEVERITY_ID.get(weighed.severity_id)
    base = TABLE[validation][_ORDINARY if column is None else column]
    severity = f"severity {SEVERITIES[column]}" if column is not None else "severity not known, as Medium"
    raises, lowers = list(_raising(weighed)), list(_lowering(weighed))
    number = min(max(base - bool(raises) + bool(lowers), FIRST), LAST)
    moved = _moved(number - base, raises, lowers)
    return Priority(number, f"{_WORDS[validation]}, {severity}{moved}")


def _raising(weighed: Weighed) -> Iterable[str]:
    if weighed.device_value.strip().lower() == "high":
        yield "the device is of high value"
    if weighed.has_domain_admin:
        yield "a domain administrator uses the device"
    if weighed.devices > 1:
        yield f"{weighed.devices} devices"


def _lowering(weighed: Weighed) -> Iterable[str]:
    if weighed.device_value.strip().lower() == "low":
        yield "the device is of low value"


def _moved(by: int, raises: list[str], lowers: list[str]) -> str:
    """What moved the number, in words; what could not move it any further is told all the same."""
    said = ", ".join([*raises, *lowers])
    if not said:
        return ""
    return f"; {'raised: ' if by < 0 else 'lowered: ' if by > 0 else 'besides: '}{said}"
