"""Every value of an alert's JSON, and where a row says it: looked for from outside, by the row alone."""

import contextlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from shared.core.row.definition import BY_NAME
from shared.core.values.instant import Instant
from shared.core.values.records import Column
from tests.core.samples import Json

TYPED, JSON, CUT, LOST = "in typed columns", "in JSON columns", "named as cut", "lost"
_HEAD = 200  # characters by which a long text that was cut is known again
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")


def leaves(body: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """(path, value) of all but null, blanks and OData's notes; `@odata.type` of an item is its kind."""
    if isinstance(body, dict):
        for key, inner in body.items():
            if "@odata." not in key or key == "@odata.type":
                yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(body, list):
        for at, inner in enumerate(body):
            yield from leaves(inner, f"{path}[{at}]")
    elif body is not None and not (isinstance(body, str) and body.strip() == ""):
        yield path, body


class Row:
    """A row, asked for single values."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._unreadable = set(str(columns["UnreadableFields"]).split(", "))
        self._cut = set(str(columns["ValuesTruncated"]).split(", ")) - {""}
        self._typed: set[Json] = set()
        self._json: set[Json] = set()
        self._facts: dict[str, Json] = {}
        for name, value in columns.items():
            if isinstance(value, str) and BY_NAME[name].is_json:
                whole = json.loads(value)
                if name == "OtherFacts":
                    self._facts = {fact["path"]: fact["value"] for fact in whole if "path" in fact}
                else:
                    self._json |= {spelt for _, leaf in leaves(whole) for spelt in _spelt(leaf)}
            elif isinstance(value, datetime):
                self._typed.add(Instant.of(value).text())
            else:
                self._typed |= set(_spelt(value))

    def says(self, path: str, value: Json) -> str:
        """Where the value stands; LOST where it stands nowhere and nothing was cut."""
        sought = _sought(value)
        if path in self._facts and _sought(self._facts[path]) == sought:
            return JSON
        if sought in self._typed or f"{path}: {value}" in self._unreadable:
            return TYPED
        if sought in self._json:
            return JSON
        if "OtherFacts" in self._cut:
            return CUT  # what it has no room for is counted there
        head = str(sought)[:_HEAD]
        is_long = isinstance(value, str) and len(value) > _HEAD and bool(self._cut)
        return (
            CUT if is_long and any(str(text).startswith(head) for text in self._typed | self._json) else LOST
        )


def counted(row: Row, body: Json) -> tuple[Counter[str], list[tuple[str, Json]]]:
    """(how many values stand where, those that are lost)."""
    counts: Counter[str] = Counter()
    lost = []
    for path, value in leaves(body):
        where = row.says(path, value)
        counts[where] += 1
        if where == LOST:
            lost.append((path, value))
    return counts, lost


def _sought(value: Json) -> Json:
    """A value as a row may spell it: a word in any case, a time in UTC, an evidence type by its kind."""
    if not isinstance(value, str):
        return value if isinstance(value, bool) else str(value)
    if _TIME.fullmatch(value):
        with contextlib.suppress(ValueError):  # what looks like a time and is none stays as it is
            return Instant.parse(value).text()
    low = value.strip(" \t\u00a0\u200b").lower()
    return low.removeprefix("#microsoft.graph.security.").removesuffix("evidence") if "#" in low[:1] else low


def _spelt(shown: Json) -> Iterator[Json]:
    """All that one shown value says: itself, the items of a list, name and domain, hive and key."""
    if isinstance(shown, bool):
        return
    text = str(_sought(shown))
    yield text
    yield from text.split(", ")
    yield from (text[:at] for at in (text.find("\\"), text.rfind("\\")) if at > 0)
    yield from (text[at + 1 :] for at in (text.find("\\"), text.rfind("\\")) if at >= 0)
    if _TIME.fullmatch(text) is None and _TIME.fullmatch(str(shown)):
        yield Instant.parse(str(shown)).text()
