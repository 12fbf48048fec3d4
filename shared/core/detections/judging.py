"""Rows judged by every rule: what hits, what was excused, and what could not be looked at whole."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from shared.core.correlate import Cell
from shared.core.detections.agents import PARENT_FOLDER
from shared.core.detections.fields import READERS
from shared.core.detections.rules import Rule, Ruleset
from shared.core.detections.value import Values
from shared.core.detections.view import View

TIME_LIMIT = 0.05  # seconds for the rows of one alert
POSIX = "posix"  # the product of rules for Linux and macOS alike
_MOST_TEXT = 16_384  # characters of a row whose result is remembered …
_MOST_HELD = 2_000_000  # … and of all of them together

Row = tuple[str, str, Mapping[str, Cell]]
"""The hunting table, the ActionType, the cells by column."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule met by a row; `row` is its place among the rows given."""

    rule: Rule
    row: int


@dataclass(frozen=True, slots=True)
class Excused:
    """A hit that is a known agent's ordinary work, and why."""

    rule: Rule
    row: int
    agent: str
    why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of some rows, in the rows' order.

    `capped` says what was not looked at whole: fields whose text was cut, each once with its table, and
    rows that the time did not suffice for.
    """

    hits: tuple[Hit, ...] = ()
    excused: tuple[Excused, ...] = ()
    capped: tuple[str, ...] = ()
    rows: int = 0


@dataclass(slots=True)
class _Found:
    hits: list[Hit] = field(default_factory=list)
    excused: list[Excused] = field(default_factory=list)
    capped: dict[str, None] = field(default_factory=dict)

    def judged(self, rows: int) -> Judged:
        return Judged(tuple(self.hits), tuple(self.excused), tuple(self.capped), rows)


class _Patience:
    """How long is still to be looked; without a clock for ever."""

    __slots__ = ("_clock", "_end")

    def __init__(self, clock: Callable[[], float] | None, limit: float) -> None:
        self._clock = clock
        self._end = clock() + limit if clock is not None else 0.0

    def is_over(self) -> bool:
        return self._clock is not None and self._clock() > self._end


# A row's result: each rule met with the agent that excuses it and why, and what was cut.
_Result = tuple[tuple[tuple[Rule, tuple[str, str] | None], ...], tuple[str, ...]]


class Detections:
    """The rules of all compiled files, ready to judge.

    `version` is the digest of all rules, DetectionsVersion; an added file's stands behind a plus sign. `lock`
    is held while rows are judged, since what is remembered of rows is shared: threads need a real one.
    """

    def __init__(
        self, rulesets: Sequence[Ruleset], lock: AbstractContextManager[object] | None = None
    ) -> None:
        self._rulesets = tuple(rulesets)
        self._lock = lock or nullcontext()
        self.version = "+".join(rules.version for rules in rulesets)
        self.rules = tuple(rule for rules in rulesets for rule in rules.rules)
        self._agents = tuple(agent for rules in rulesets for agent in rules.agents)
        self._values = Values()
        self._results: dict[object, _Result] = {}
        self._held = 0
        self._columns = {table: (*columns, PARENT_FOLDER) for table, columns in self.columns.items()}

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """The columns of each hunting table that the rules and the list of agents read."""
        merged: dict[str, dict[str, None]] = {}
        for rules in self._rulesets:
            for table, columns in rules.columns.items():
                merged.setdefault(table, {}).update(dict.fromkeys(columns))
        return {table: tuple(sorted(columns)) for table, columns in sorted(merged.items())}

    def judge(
        self,
        rows: Iterable[Row],
        system: str | None = None,
        off: frozenset[str] = frozenset(),
        *,
        clock: Callable[[], float] | None = None,
        limit: float = TIME_LIMIT,
    ) -> Judged:
        """What hits these rows. `system` is windows, linux or macos, None where it is not known; rules whose
        id is in `off` are passed over. After `limit` seconds by the clock nothing more is looked at."""
        with self._lock:
            return self._judged(list(rows), system, off, _Patience(clock, limit))

    def _judged(
        self, given: Sequence[Row], system: str | None, off: frozenset[str], patience: _Patience
    ) -> Judged:
        found = _Found()
        for place, (table, action, cells) in enumerate(given):
            if patience.is_over():
                found.capped[f"{len(given) - place} rows: the time did not suffice"] = None
                return found.judged(place)
            met, cut = self._result(table, action, cells, system, patience)
            found.capped.update(dict.fromkeys(f"{table}.{name}" for name in cut))
            for rule, agent in met:
                if rule.id in off:
                    continue
                if agent is None:
                    found.hits.append(Hit(rule, place))
                else:
                    found.excused.append(Excused(rule, place, *agent))
        return found.judged(len(given))

    def _result(
        self, table: str, action: str, cells: Mapping[str, Cell], system: str | None, patience: _Patience
    ) -> _Result:
        columns = self._columns.get(table)
        if columns is None:
            return (), ()
        key = (table, action, system, *map(cells.get, columns))
        result = self._results.get(key)
        if result is not None:
            return result
        result, is_whole = self._look(table, action, cells, system, patience)
        size = sum(len(part) for part in key if isinstance(part, str))
        if is_whole and size <= _MOST_TEXT:
            self._held += size + 500
            if self._held > _MOST_HELD:
                self._results.clear()
                self._held = size + 500
            self._results[key] = result
        return result

    def _look(
        self, table: str, action: str, cells: Mapping[str, Cell], system: str | None, patience: _Patience
    ) -> tuple[_Result, bool]:
        """(what the row meets, whether every rule was tried)."""
        view = self.view(table, action, cells, system)
        if view is None:
            return ((), ()), True
        met: list[tuple[Rule, tuple[str, str] | None]] = []
        is_whole = True
        for rules in self._rulesets:
            index = rules.index(table)
            for ordinal in index.rules(view) if index is not None else ():
                rule = rules.rules[ordinal]
                if not applies(rule, view, table, system):
                    continue
                if patience.is_over():
                    view.capped.add("rules: the time did not suffice")
                    is_whole = False
                    break
                if rules.test(ordinal)(view):
                    met.append((rule, self._excuse(rule, view)))
        return (tuple(met), tuple(sorted(view.capped))), is_whole

    def view(
        self, table: str, action: str, cells: Mapping[str, Cell], system: str | None = None
    ) -> View | None:
        """The row by Sigma's names; None for a table that no rule can judge."""
        readers = READERS.get(table)
        return View(readers, action, cells, self._values, system) if readers is not None else None

    def _excuse(self, rule: Rule, view: View) -> tuple[str, str] | None:
        for agent in self._agents:
            named = not agent.excuses.isdisjoint((rule.id, rule.room, *rule.techniques))
            if named and agent.covers(view):
                return agent.name, agent.why
        return None


def applies(rule: Rule, view: View, table: str, system: str | None) -> bool:
    """Whether the rule judges such a row at all: its table, its action, its system."""
    if table not in rule.tables:
        return False
    actions = rule.tables[table]
    if actions is not None and view.action not in actions:
        return False
    if not rule.product:
        return True
    if rule.product == POSIX:
        return view.posix
    if view.posix:
        return rule.product != "windows" and (system not in ("linux", "macos") or rule.product == system)
    if system in ("linux", "macos"):
        return rule.product == system
    return rule.product == "windows"
