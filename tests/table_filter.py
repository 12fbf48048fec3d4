"""The filters of the table service, as far as the product writes them; any other is an error."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(datetime)?'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)L?\b|([A-Za-z_]\w*)|([()]))", re.ASCII
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")
}
_LAST = "\U0010ffff"
_AFTER = "\x00"  # the least that can follow a key's value


@dataclass(frozen=True)
class _Term:
    column: str
    comparison: str
    value: object


@dataclass(frozen=True)
class _Join:
    kind: str
    parts: list["_Term | _Join"]


type _Tree = _Term | _Join


class Filter:
    """A filter, read. Raises ValueError for one that cannot be."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._tree = self._any() if self._tokens else None
        if self._tokens:
            raise ValueError(f"left over: {self._tokens[0]}")

    def takes(self, row: Mapping[str, object]) -> bool:
        """Whether the filter selects the row."""
        return self._tree is None or _holds(self._tree, row)

    def bounds(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """From which key on, and up to which one, that excluded, the service must look."""
        tree = self._tree
        joined = tree.parts if isinstance(tree, _Join) and tree.kind == "and" else [tree]
        terms = [term for term in joined if isinstance(term, _Term)]
        first, end = _range([term for term in terms if term.column == "PartitionKey"])
        if end != first + _AFTER:  # more than one partition
            return (first, ""), (end, "")
        row, row_end = _range([term for term in terms if term.column == "RowKey"])
        return (first, row), (first, row_end)

    def _any(self) -> _Tree:
        found = [self._all()]
        while self._tokens and self._tokens[0] == ("name", "or"):
            self._tokens.pop(0)
            found.append(self._all())
        return found[0] if len(found) == 1 else _Join("or", found)

    def _all(self) -> _Tree:
        found = [self._one()]
        while self._tokens and self._tokens[0] == ("name", "and"):
            self._tokens.pop(0)
            found.append(self._one())
        return found[0] if len(found) == 1 else _Join("and", found)

    def _one(self) -> _Tree:
        kind, name = self._tokens.pop(0)
        if (kind, name) == ("name", "not"):
            return _Join("not", [self._one()])
        if (kind, name) == ("sign", "("):
            inner = self._any()
            if self._tokens.pop(0) != ("sign", ")"):
                raise ValueError("no closing bracket")
            return inner
        comparison, (_, value) = self._tokens.pop(0)[1], self._tokens.pop(0)
        if kind != "name" or comparison not in _COMPARE:
            raise ValueError(f"{name} {comparison}")
        return _Term(str(name), str(comparison), {"true": True, "false": False}.get(str(value), value))


def _tokens(text: str) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"cannot be read: {text[at:]}")
        at = match.end()
        moment, quoted, number, name, sign = match.groups()
        if quoted is not None:
            said = quoted.replace("''", "'")
            found.append(("value", datetime.fromisoformat(said) if moment else said))
        elif number is not None:
            found.append(("value", float(number)))
        else:
            found.append(("name", name) if name else ("sign", sign))
    return found


def _range(terms: list[_Term]) -> tuple[str, str]:
    """(first, end) of a key's values, the end excluded."""
    first, end = "", _LAST
    for term in terms:
        value = str(term.value)
        if term.comparison in ("eq", "ge", "gt"):
            first = max(first, value)
        if term.comparison in ("eq", "le"):
            end = min(end, value + _AFTER)
        if term.comparison == "lt":
            end = min(end, value)
    return first, end


def _holds(tree: _Tree, row: Mapping[str, object]) -> bool:
    if isinstance(tree, _Join):
        if tree.kind == "not":
            return not _holds(tree.parts[0], row)
        return (all if tree.kind == "and" else any)(_holds(part, row) for part in tree.parts)
    held, value = _typed(row, tree.column), tree.value
    if isinstance(held, int) and not isinstance(held, bool):
        held = float(held)
    return type(held) is type(value) and _COMPARE[tree.comparison](held, value)


def _typed(row: Mapping[str, object], column: str) -> object:
    held = row.get(column)
    kind = "Edm.DateTime" if column == "Timestamp" else row.get(f"{column}@odata.type")
    if kind == "Edm.DateTime":
        return datetime.fromisoformat(str(held))
    return float(str(held)) if kind in ("Edm.Int64", "Edm.Double") else held
