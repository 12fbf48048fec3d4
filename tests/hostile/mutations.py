"""Every place of an alert of either API, with what does not belong there."""

import functools
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.core.samples import REMOVED, Json, Place, changed, places, raw

# Stands for a text that Python's own writer would not write; `Case.text` puts it in.
_AS_WRITTEN = "\x02written\x02"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One thing put in the place of another. `written` is the JSON itself, where it is not that of `value`;
    `is_beside` leaves the place alone and adds an unknown field next to it."""

    name: str
    value: object = None
    written: str = ""
    is_beside: bool = False


GONE = (Mutation("missing", REMOVED), Mutation("null"), Mutation("unknown field", is_beside=True))
TYPES = (
    Mutation("true", True),
    Mutation("zero", 0),
    Mutation("negative", -1),
    Mutation("beyond 64 bits", 2**63),
    Mutation("5,000 digits", written="9" * 5_000),
    Mutation("fraction", 1.5),
    Mutation("whole float", 12.0),
    Mutation("NaN", written="NaN"),
    Mutation("-Infinity", written="-Infinity"),
    Mutation("float beyond all", written="1e400"),
    Mutation("empty text", ""),
    Mutation("empty list", []),
    Mutation("list", [None, 1, "x", ["y", ["z"]], {"a": "b"}]),
    Mutation("nested list", written="[" * 60 + "1" + "]" * 60),
    Mutation("empty object", {}),
    Mutation("object", {"value": 3, "": None, "a\x00": [{"b": -0.0}], "a,b": "c"}),
)
TEXTS = (
    Mutation("word", "text"),
    Mutation("digits", " 12 "),
    Mutation("number beyond 64 bits as text", "9" * 25),
    Mutation("NUL", "a\x00b\x00"),
    Mutation("control characters", "".join(map(chr, [*range(1, 32), *range(127, 160)]))),
    Mutation("ANSI", "\x1b[2J\x1b]0;owned\x07\x1b[31mred\x9b1m"),
    Mutation("lone surrogates", "\ud800a\udfff\ud83d"),
    Mutation("right to left", "\u202egpj.exe\u202c\u2066x\u2069\u200f\u200b\ufeff"),
    Mutation("quotes", "\"'`\\\"\\\\'''"),
    Mutation("OData", "x' or 1 eq 1 or 'a' eq 'b"),
    Mutation("KQL", '" or true // \n| union * ; .drop table Alerts ``` h@"x" [\'y\'] {0} %s $left'),
    Mutation("key characters", "/\\#?%2F|~..;+&='"),
    Mutation("line ends", 'a\r\nb\u2028c\u2029d\u0085e\n{"event":"forged"}'),
    Mutation("markup", "<script>alert(1)</script><!-- ]]> &amp; {{7*7}} =cmd|'/c calc'!A1"),
    Mutation("address", "javascript:alert(1)//https://203.0.113.10:99999/[::1]"),
    Mutation("first time", "0001-01-01T00:00:00.0000001Z"),
    Mutation("last time", "9999-12-31T23:59:59.9999999Z"),
    Mutation("time before time", "0001-01-01T00:00:00+23:59"),
    Mutation("usual time", "2026-10-05T09:00:00.1234567Z"),
    Mutation("digest", "AB" * 20),
    Mutation("40 KB", 'ab\\"é😀' * 6_000),
)
HUGE = (Mutation("300,000 characters", "x,\u202e" * 100_000),)
SOURCES = ("defender", "graph")
FAMILIES = (GONE, TYPES, TEXTS, HUGE)
TOGETHER = 4  # mutations in one alert


type Change = tuple[Place, Mutation]


@dataclass(frozen=True, slots=True)
class Case:
    """One answer of `source`, made from ground number `at`, and what is odd in it.

    A place without steps is the alert as a whole.
    """

    source: str
    at: int
    changes: tuple[Change, ...]
    text: str

    def __str__(self) -> str:
        odd = (f"{mutation.name} at {dotted(place)}" for place, mutation in self.changes)
        return f"{self.source}: {', '.join(odd)}"


def dotted(place: Place) -> str:
    """The place as an alert's row names it: `evidence[0].sha1`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return "".join(steps).removeprefix(".")


@functools.cache
def ground(source: str) -> list[tuple[Json, list[Place]]]:
    """(body, its places to change): the alert with its first process, then a small one for each evidence."""
    whole = raw(source)
    items = whole.pop("evidence")
    process = next(item for item in items if "process" in str(item).lower()[:200])
    lists = ("comments", "loggedOnUsers", "relatedUser", "additionalData", "description")
    small = {name: value for name, value in whole.items() if name not in lists}
    grounds = [(whole | {"evidence": [process]}, [(), *places(whole), ("evidence",), ("evidence", 0)])]
    for item in items:
        body = small | {"evidence": [item]}
        grounds.append((body, [place for place in places(body) if place[0] == "evidence" and len(place) > 2]))
    return grounds


def case(source: str, at: int, *changes: Change) -> Case:
    """The body of a ground with these changes, in their order, where their places are still there."""
    body, _ = ground(source)[at]
    for place, mutation in changes:
        try:
            body = _with(body, place, mutation)
        except (KeyError, IndexError, TypeError):
            continue
    text = json.dumps(body)
    for _, mutation in changes:
        if mutation.written:
            text = text.replace(json.dumps(_AS_WRITTEN + mutation.name), mutation.written)
    return Case(source, at, changes, text)


def _with(body: Json, place: Place, mutation: Mutation) -> Json:
    value = _AS_WRITTEN + mutation.name if mutation.written else mutation.value
    if mutation.is_beside:
        place, value = (*place[:-1], "newField\x00, of tomorrow"), [{"deep": "value"}]
    if not place:
        return None if value is REMOVED else value
    inside = body
    for step in place[:-1]:
        inside = inside[step]
    if isinstance(inside, list) and isinstance(place[-1], str):
        return body  # a list has no fields to add
    return changed(body, place, value)


def _all_places() -> Iterator[tuple[str, int, Place]]:
    """(source, number of the ground, place)."""
    for source in SOURCES:
        for at, (_, where) in enumerate(ground(source)):
            yield from ((source, at, place) for place in where)


def usual() -> Iterator[Case]:
    """Every place with some of each family, by turns, so that each of them comes to places of every kind.

    What decides how the rest is read is an alert of its own, and so is a huge text. All others stand several
    to an alert, at places that do not hide each other: values missing or of a wrong type with their like,
    nulls, texts and fields more with theirs.
    """
    alone: list[tuple[str, int, Change]] = []
    together: defaultdict[tuple[str, int, bool], list[Change]] = defaultdict(list)
    beside: set[tuple[str, int, Place]] = set()  # a field more there is the same case
    for number, (source, at, place) in enumerate(_all_places(), 1):
        some = (*GONE, *_some(TYPES, number, 2), *_some(TEXTS, number, 3))
        for mutation in (*some, *(HUGE if number % 9 == 0 else ())):
            if mutation.is_beside and (source, at, place[:-1]) in beside:
                continue
            if _decides(place) or mutation in HUGE:
                alone.append((source, at, (place, mutation)))
            else:
                together[source, at, _is_read(mutation)].append((place, mutation))
        beside.add((source, at, place[:-1]))
    yield from (case(source, at, change) for source, at, change in alone)
    for (source, at, _), changes in together.items():
        yield from (case(source, at, *some) for some in packed(changes))


def _decides(place: Place) -> bool:
    return not place or place[-1] in ("id", "severity", "evidence", "entityType", "@odata.type", "comment")


def _is_read(mutation: Mutation) -> bool:
    """Unlike a value that is missing or of a wrong type, in whose place others may be read."""
    return mutation.name == "null" or mutation.is_beside or mutation in TEXTS


def packed(changes: Iterable[Change]) -> list[list[Change]]:
    """Each change in one of the groups; the places of a group are at most TOGETHER, none inside another."""
    groups: list[list[Change]] = []
    for change in changes:
        for group in groups:
            if len(group) < TOGETHER and not any(_share(change[0], other) for other, _ in group):
                group.append(change)
                break
        else:
            groups.append([change])
    return groups


def _share(one: Place, other: Place) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _some(family: tuple[Mutation, ...], at: int, count: int) -> list[Mutation]:
    """`count` of the family, other ones for each `at`; a stride that shares no factor meets all of them."""
    first = at * count
    return [family[(first + step) % len(family)] for step in range(count)]


def every() -> Iterator[Case]:
    """Every place with everything."""
    for source, at, place in _all_places():
        for family in FAMILIES:
            yield from (case(source, at, (place, mutation)) for mutation in family)


def in_pairs(count: int) -> Iterator[Case]:
    """Two mutations at once, at places and of kinds that a fixed seed picks."""
    choice = random.Random(count)  # noqa: S311 - the same cases each time, that is all
    grounds = [(source, at) for source in SOURCES for at in range(len(ground(source)))]
    kinds = [mutation for family in FAMILIES for mutation in family]
    for _ in range(count):
        source, at = choice.choice(grounds)
        _, where = ground(source)[at]
        yield case(source, at, *((choice.choice(where), choice.choice(kinds)) for _ in range(2)))
