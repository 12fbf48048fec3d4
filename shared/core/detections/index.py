"""Which rules may hit a row at all: every rule has a set of keys of which one must be there for it to fire.

Keys are a program's file name, an exact value, four characters of a literal (its rarest), a short literal,
or one of characters that disguise. Rules that have none are always tried. The index may name too many rules
and never too few.
"""

from collections.abc import Mapping, Sequence
from sys import byteorder
from typing import Any

from shared.core.detections.value import Value
from shared.core.detections.view import View, leaf

GRAM = 4  # characters of a literal that make a key
_FEW = 100  # keys that are quicker looked for one by one


class FieldIndex:
    """The keys that are looked for in one field."""

    __slots__ = ("_exact", "_few", "_grams", "_leaves", "_raw", "_rules_by_gram", "_short")

    def __init__(self, kept: Mapping[str, Any]) -> None:
        self._leaves: Mapping[str, Sequence[int]] = kept.get("leaf", {})
        self._exact: Mapping[str, Sequence[int]] = kept.get("exact", {})
        self._raw: Mapping[str, Sequence[int]] = kept.get("raw", {})
        self._short: list[tuple[bytes, Sequence[int]]] = [
            (text.encode("latin-1"), rules) for text, rules in kept.get("short", {}).items()
        ]
        keys = memoryview(kept.get("grams", "").encode("latin-1")).cast("I").tolist()
        self._rules_by_gram: dict[int, Sequence[int]] = dict(zip(keys, kept.get("rules", ()), strict=True))
        self._grams = frozenset(keys)
        few = len(keys) <= _FEW
        self._few = [(key.to_bytes(GRAM, byteorder), self._rules_by_gram[key]) for key in keys] if few else []

    def rules(self, value: Value) -> frozenset[int]:
        """The rules that one of the field's readings may meet."""
        found: set[int] = set()
        for text in value.low:
            if self._exact:
                found.update(self._exact.get(text, ()))
            if self._leaves:
                found.update(self._leaves.get(leaf(text), ()))
            for literal, rules in self._raw.items():
                if literal in text:
                    found.update(rules)
        if self._grams or self._short:
            for canonical in value.canonicals():
                self._look(canonical, found)
        return frozenset(found)

    def _look(self, text: bytes, found: set[int]) -> None:
        if len(self._few) == len(self._grams):
            for gram, rules in self._few:
                if gram in text:
                    found.update(rules)
        else:
            self._look_for_grams(text, found)
        for literal, rules in self._short:
            if literal in text:
                found.update(rules)

    def _look_for_grams(self, text: bytes, found: set[int]) -> None:
        """Every four characters of the text as a number, so that all of them are looked up at once."""
        for start in range(min(GRAM, max(0, len(text) - GRAM + 1))):
            whole = (len(text) - start) // GRAM * GRAM
            for gram in self._grams.intersection(memoryview(text[start : start + whole]).cast("I")):
                found.update(self._rules_by_gram[gram])


class TableIndex:
    """The keys of one table's rules."""

    __slots__ = ("_always", "_fields", "_place")

    def __init__(self, place: object, kept: Mapping[str, Any]) -> None:
        self._place = place
        self._fields = [(name, FieldIndex(index)) for name, index in kept["fields"].items()]
        self._always = frozenset(kept["always"])

    def rules(self, view: View) -> list[int]:
        """The rules to try on the row, in their order."""
        found = set(self._always)
        for name, index in self._fields:
            value = view.field(name)
            if value is None:
                continue
            place = (self._place, name)
            rules = value.found.get(place)
            if rules is None:
                rules = value.found[place] = index.rules(value)
            found |= rules
        return sorted(found)
