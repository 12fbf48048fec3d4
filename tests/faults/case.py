"""One row of the table of faults, and short ways to write it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from local.simulator.faults import Fault


class Where(StrEnum):
    """Whose call it is, and to whom."""

    LIST = "FetchAlerts: list of alerts"
    LOOK_UP = "EnrichAlert: look-ups"
    HUNT = "HuntCorrelate: hunting"
    STORAGE = "Storage"
    IDENTITY = "Identity endpoint"
    TIME = "Time"


class End(StrEnum):
    """How the first minutes end, while the fault lasts."""

    UNFELT = "unfelt"  # every alert is whole in the first minute
    WAITS = "waits"  # no row yet; whole once the fault is over
    MARKED = "marked"  # a row that says what is missing; whole once the fault is over
    STAYS_MARKED = "stays marked"  # a row that says what is missing, until somebody does something
    MISSED = "missed"  # the run is green and an alert is missing, until it is found again


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One fault. `faults` go to the simulator; `by_hand` names a function of `by_hand.py` instead.

    `row` is what the alert's row shows while the fault lasts; `seen` the warnings and errors in the log, no
    others. `minutes` is how long the fault lasts, `healed_in` how many more until everything must be whole.
    """

    where: Where
    fault: str
    ends: End
    happens: str
    kept: str
    seen: tuple[str, ...] = ()
    row: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    by_hand: str = ""
    source: str = "defender"
    minutes: int = 2
    healed_in: int = 15

    @property
    def name(self) -> str:
        """What the test is called."""
        return f"{self.where}: {self.fault}"


ALL = "Everything."
STANDS = "The checkpoint stands still; what waits in the ledger goes on."
_FOREVER = 100_000
_PATHS = {
    Where.LIST: "/api/alerts",
    Where.LOOK_UP: "/api/(machines|files|ips|domains).*",
    Where.HUNT: "/v1.0/security/runHuntingQuery",
}
_ROWS: Mapping[Where, Mapping[str, str]] = {
    Where.LOOK_UP: {"EnrichmentStatus": "Partial"},
    Where.HUNT: {"CorrelationStatus": "Failed", "CorrelationReason": "HuntingUnavailable"},
}


def passing(
    where: Where, fault: str, happens: str, *seen: str, kind: str = "status", status: int = 0, wait: int = 0
) -> Case:
    """A fault of one call that nobody feels."""
    made = Fault(kind=kind, path=_PATHS[where], status=status or 503, retry_after=wait or None)
    return Case(
        where=where, fault=fault, ends=End.UNFELT, happens=happens, kept=ALL, seen=seen, faults=(made,)
    )


def lasting(
    where: Where,
    fault: str,
    happens: str,
    *seen: str,
    kind: str = "status",
    status: int = 0,
    wait: int = 0,
    ends: End | None = None,
    row: Mapping[str, str] | None = None,
) -> Case:
    """A fault of every call: FetchAlerts waits, the other two publish a row that says so."""
    path = _PATHS[where]
    made = Fault(kind=kind, path=path, status=status or 503, retry_after=wait or None, times=_FOREVER)
    return Case(
        where=where,
        fault=fault,
        ends=ends or (End.WAITS if where is Where.LIST else End.MARKED),
        happens=happens,
        kept=STANDS if where is Where.LIST else ALL,
        seen=seen,
        row=row or _ROWS.get(where, {}),
        faults=(made,),
    )


def wrong_page(fault: str, kind: str, happens: str) -> Case:
    """One page of the list that says less than there is, without a sign of it."""
    made = Fault(kind=kind, path=_PATHS[Where.LIST])
    return Case(
        where=Where.LIST,
        fault=fault,
        ends=End.MISSED,
        happens=happens,
        kept=ALL,
        faults=(made,),
        minutes=1,
    )


def by_hand(
    where: Where, fault: str, does: str, ends: End, happens: str, *seen: str, kept: str = ALL
) -> Case:
    """A fault that `by_hand.py` makes."""
    return Case(where=where, fault=fault, ends=ends, happens=happens, kept=kept, seen=seen, by_hand=does)
