"""Rows judged by every rule: what hits, what was excused, and what could not be looked at whole."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.core.correlate import Cell
from shared.core.detections.agents import PARENT_FOLDER
from shared.core.detections.fields import READERS
from shared.core.detections.rules import Rule, Ruleset
from shared.core.detections.value import Values
from shared.core.detections.view import View

TIME_LIMIT = 0.05  # seconds for the rows of one alert
POSIX = "posix"  # the product of rules for Linux and macOS alike
_MOST_ROWS = 4_000  # rows whose result is remembered …
_MOST_TEXT = 16_384  # … unless their text is longer than this

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


# A row's result: (ruleset, ordinal, agent or None) of each rule met, and the fields that were cut.
_Result = tuple[tuple[tuple[Ruleset, int, tuple[str, str] | None], ...], tuple[str, ...]]


class Detections:
    """The rules of all compiled files, ready to judge. Not for use by two threads at once."""

    def __init__(self, rulesets: Sequence[Ruleset]) -> None:
        self._rulesets = tuple(rulesets)
        self._agents = tuple(agent for rules in rulesets for agent in rules.agents)
        self._values = Values()
        self._results: dict[object, _Result] = {}
        self._columns = {table: (*columns, PARENT_FOLDER) for table, columns in self.columns.items()}

    @property
    def version(self) -> str:
        """The digest of all rules, DetectionsVersion; an added file's stands behind a plus sign."""
        return "+".join(rules.version for rules in self._rulesets)

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """The columns of each hunting table that the rules and the list of agents read."""
        merged: dict[str, dict[str, None]] = {}
        for rules in self._rulesets:
            for table, columns in rules.columns.items():
                merged.setdefault(table, {}).update(dict.fromkeys(columns))
        return {table: tuple(sorted(columns)) for table, columns in sorted(merged.items())}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule."""
        return tuple(rule for rules in self._rulesets for rule in rules.rules)

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
        id is in `off` are passed over. After `limit` seconds by the clock no further row is looked at."""
        found = _Found()
        end = clock() + limit if clock is not None else 0.0
        seen = 0
        given = list(rows)
        for place, (table, action, cells) in enumerate(given):
            if clock is not None and clock() > end:
                found.capped[f"{len(given) - place} rows: the time did not suffice"] = None
                break
            seen += 1
            met, cut = self._result(table, action, cells, system)
            for name in cut:
                found.capped[f"{table}.{name}"] = None
            for rules, ordinal, agent in met:
                rule = rules.rules[ordinal]
                if rule.id in off:
                    continue
                if agent is None:
                    found.hits.append(Hit(rule, place))
                else:
                    found.excused.append(Excused(rule, place, *agent))
        return Judged(tuple(found.hits), tuple(found.excused), tuple(found.capped), seen)

    def _result(self, table: str, action: str, cells: Mapping[str, Cell], system: str | None) -> _Result:
        columns = self._columns.get(table)
        if columns is None:
            return (), ()
        key = (table, action, system, *map(cells.get, columns))
        result = self._results.get(key)
        if result is None:
            result = self._look(table, action, cells, system)
            if sum(len(part) for part in key if isinstance(part, str)) <= _MOST_TEXT:
                if len(self._results) >= _MOST_ROWS:
                    self._results.clear()
                self._results[key] = result
        return result

    def _look(self, table: str, action: str, cells: Mapping[str, Cell], system: str | None) -> _Result:
        view = self.view(table, action, cells)
        if view is None:
            return (), ()
        met: list[tuple[Ruleset, int, tuple[str, str] | None]] = []
        for rules in self._rulesets:
            index = rules.index(table)
            for ordinal in index.rules(view) if index is not None else ():
                rule = rules.rules[ordinal]
                if applies(rule, view, table, system) and rules.test(ordinal)(view):
                    met.append((rules, ordinal, self._excuse(rule, view)))
        return tuple(met), tuple(view.capped)

    def view(self, table: str, action: str, cells: Mapping[str, Cell]) -> View | None:
        """The row by Sigma's names; None for a table that no rule can judge."""
        readers = READERS.get(table)
        return View(readers, action, cells, self._values) if readers is not None else None

    def _excuse(self, rule: Rule, view: View) -> tuple[str, str] | None:
        for agent in self._agents:
            if (rule.id in agent.excuses or rule.room in agent.excuses) and agent.covers(view):
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
