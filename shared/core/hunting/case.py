"""What a hunt is given, what it asks, and what it is answered."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.core.alert import Alert
from shared.core.correlate import Cell, Finding, Reason
from shared.core.hunting.gaps import Gap
from shared.core.hunting.wants import Want


@dataclass(frozen=True, slots=True)
class Case:
    """An alert to hunt for. `known` is an earlier finding of this same version: its events are kept."""

    alert: Alert
    known: Finding | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """One question to advanced hunting. `name` is its kind, `timespan` ISO 8601, `alert_ids` are those it
    serves; `halvings` is how often a larger one was made smaller for it."""

    name: str
    kql: str
    timespan: str
    alert_ids: tuple[str, ...]
    wants: tuple[Want, ...] = ()
    halvings: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of one query, or why there are none. `too_large`: asking for less at once may succeed; with
    `may_be_down` the service may as well answer nobody.
    `lacking` is what the tenant's hunting has not of what the query names."""

    query: Query
    rows: tuple[Mapping[str, Cell], ...] = ()
    failure: Reason | None = None
    detail: str = ""
    too_large: bool = False
    may_be_down: bool = False
    lacking: tuple[Gap, ...] = ()
