"""Every place of an alert, each with everything that does not belong there."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.alert.model import Alert
from shared.core.progress.versions import digests
from shared.errors import AppError, BadAlert
from tests.core.samples import REMOVED, Json, Place, changed, one_evidence_each, places, read

MUTATIONS: tuple[object, ...] = (
    REMOVED,
    None,
    "",
    "text",
    "a\x00b\ud800\udc00\ud800",
    "\u202e' or 1=1 //\"\\\n\x1b[2J/\\#?|%",
    "2026-11-24T10:00:00.1234567Z",
    "0001-01-01T00:00:00+23:59",
    0,
    -1,
    2**63,
    2**70_000,
    1.5,
    float("nan"),
    True,
    [],
    [None, 1, ["x"], {"a": "b"}],
    {},
    {"": None, "a\x00": [{"b": float("-inf")}], "value": 3},
)
DEEPEST = 5  # what lies deeper is read by the same code as the items that stand for themselves
COUNTED = [(source, at) for source in ("defender", "graph") for at in range(len(one_evidence_each(source)))]


def mutated(body: Json, wanted: Callable[[Place], bool]) -> list[Place]:
    """The places to change, each with every mutation."""
    return [place for place in places(body) if wanted(place) and len(place) <= DEEPEST]


def outcome(body: object, source: str) -> Alert | str:
    """The alert, after what every later step does to it; or the field for which it was refused."""
    try:
        alert = read(body, source)
        assert len(digests(alert).hunt) == 32
    except BadAlert as err:
        return err.field
    except AppError as err:
        raise AssertionError("no other error of ours belongs here") from err
    return alert


@pytest.mark.parametrize(("source", "at"), COUNTED)
def test_no_mutation_stops_an_alert_or_vanishes(source: str, at: int) -> None:
    body, wanted = one_evidence_each(source)[at]
    for place in mutated(body, wanted):
        without = outcome(changed(body, place, REMOVED), source)
        for value in MUTATIONS:
            found = without if value is REMOVED else outcome(changed(body, place, value), source)
            if place == ("id",):
                assert (found == "id") is not (isinstance(value, str) and value != ""), value
                continue
            assert isinstance(found, Alert)
            is_new = found != without
            assert is_new or _says_nothing(value), (place, value)
            if not is_new and value is not REMOVED:
                continue  # what was written of it has been looked at
            written = json.dumps(found, default=_fields, ensure_ascii=False)
            assert "\\u0000" not in written and written.encode("utf-8")  # fails on a lone surrogate


def _fields(record: Any) -> dict[str, object]:
    """What a record of the model holds, but for the JSON that it was read from."""
    return {each.name: getattr(record, each.name) for each in fields(record) if each.name != "raw"}


def _says_nothing(value: object) -> bool:
    """Also the year 1, which is how the platform writes that there is no time."""
    return value is REMOVED or value is None or value in ("", [], {}, "0001-01-01T00:00:00+23:59")


def test_the_usual_run_makes_at_least_five_thousand_mutations() -> None:
    count: Counter[str] = Counter()
    for source in ("defender", "graph"):
        for body, wanted in one_evidence_each(source):
            count[source] += len(MUTATIONS) * len(mutated(body, wanted))
    print(f"mutations: {dict(count)}")
    assert count.total() >= 5_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("source", ["defender", "graph"])
@settings(deadline=None)
@given(changes=st.data())
def test_any_json_at_several_places_at_once_is_read_or_named(source: str, changes: st.DataObject) -> None:
    at = changes.draw(st.integers(0, len(one_evidence_each(source)) - 1))
    body, wanted = one_evidence_each(source)[at]
    shallow = [place for place in filter(wanted, places(body)) if place != ("id",)]
    for place in changes.draw(st.lists(st.sampled_from(shallow), max_size=4, unique=True)):
        try:
            body = changed(body, place, changes.draw(JSON))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    assert isinstance(outcome(body, source), Alert)
