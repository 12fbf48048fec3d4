"""Alert bodies for tests, in the documented shape with invented values, and places to change in them."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from shared.core.alert.model import Alert
from shared.core.alert.normalize import normalize
from shared.core.values.instant import Instant

_FOLDER = Path(__file__).parent.parent / "data"
FALLBACK = Instant.parse("2026-11-24T12:00:00Z")
REMOVED = object()

type Json = Any  # a test body: any nesting of JSON's types
type Place = tuple[str | int, ...]


def load(name: str) -> Json:
    """A body of tests/data, fresh each time."""
    return json.loads((_FOLDER / name).read_text(encoding="utf-8"))


def raw(source: str) -> Json:
    """A whole alert as `source` sends it."""
    return load(f"{source}_alert.json")


def read(body: Json, source: str = "defender") -> Alert:
    """The body, normalised."""
    return normalize(body, source, fallback=FALLBACK)


def changed(body: Json, place: Place, value: object) -> Json:
    """The body with another value at `place`, or nothing there for REMOVED; `body` itself stays as it is."""
    step, rest = place[0], place[1:]
    fresh = copy.copy(body)
    if rest:
        fresh[step] = changed(body[step], rest, value)
    elif value is REMOVED:
        del fresh[step]
    else:
        fresh[step] = value
    return fresh


def places(body: Json, path: Place = ()) -> Iterator[Place]:
    """Every place inside the body: each key of each object, each item of each list."""
    steps = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from places(inner, (*path, step))


def one_evidence_each(source: str) -> list[tuple[Json, Callable[[Place], bool]]]:
    """(body, which of its places to change): the alert without evidence, then a small one for each item."""
    whole = raw(source)
    items = whole.pop("evidence")
    small = {name: whole[name] for name in ("id", "severity", "title", "status")}
    bodies: list[tuple[Json, Callable[[Place], bool]]] = [(whole | {"evidence": []}, lambda place: True)]
    return bodies + [(small | {"evidence": [item]}, lambda place: place[0] == "evidence") for item in items]
