"""Compiled rules: what one is called and when it is met. The file is made by `dev.py detections build`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.core.detections.agents import Agent, agent_of
from shared.core.detections.condition import Expression, Test, function_of
from shared.core.detections.index import TableIndex
from shared.errors import ConfigError

FORMAT = 1
STRONG = frozenset({"high", "critical"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `room` is its tactic's folder, "" for an added rule; `product` "" where it fits any system.
    `tables` are the tables it judges with the actions it takes, None for all of them."""

    id: str
    title: str
    level: str
    techniques: tuple[str, ...]
    room: str
    product: str
    tables: Mapping[str, frozenset[str] | None]
    condition: Expression = field(repr=False, compare=False)

    @property
    def strong(self) -> bool:
        """True where one such hit bears an alert out by itself."""
        return self.level in STRONG


class Ruleset:
    """The rules of one compiled file. A rule's condition is made ready when it is first tried."""

    __slots__ = ("_indexes", "_tests", "agents", "columns", "rules", "sources", "version")

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.version: str = document["version"]
        self.sources: list[Mapping[str, Any]] = document["sources"]
        self.columns: Mapping[str, list[str]] = document["columns"]
        self.rules = [_rule(kept) for kept in document["rules"]]
        self.agents: tuple[Agent, ...] = tuple(agent_of(kept) for kept in document["agents"])
        self._indexes: dict[str, TableIndex | Mapping[str, Any]] = dict(document["index"])
        self._tests: list[Test | None] = [None] * len(self.rules)

    def index(self, table: str) -> TableIndex | None:
        """The table's index; None where no rule judges the table."""
        kept = self._indexes.get(table)
        if kept is None or isinstance(kept, TableIndex):
            return kept
        index = self._indexes[table] = TableIndex((id(self), table), kept)
        return index

    def test(self, ordinal: int) -> Test:
        """The rule's condition as a function."""
        test = self._tests[ordinal]
        if test is None:
            test = self._tests[ordinal] = function_of(self.rules[ordinal].condition)
        return test


def read(compiled: bytes) -> Ruleset:
    """The rules of a compiled file. Raises ConfigError where it is none, or of another format."""
    try:
        document = json.loads(compiled)
        if document["format"] == FORMAT:
            return Ruleset(document)
    except (ValueError, KeyError, TypeError, IndexError) as err:
        raise ConfigError("the compiled detections cannot be read; make them again") from err
    raise ConfigError("the compiled detections are of another format; make them again")


def _rule(kept: list[Any]) -> Rule:
    identifier, title, level, techniques, room, product, tables, condition = kept
    actions = {table: None if only is None else frozenset(only) for table, only in tables.items()}
    return Rule(identifier, title, level, tuple(techniques), room, product, actions, condition)
