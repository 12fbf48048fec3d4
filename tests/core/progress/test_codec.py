import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.alert.model import Account
from shared.core.correlate.finding import (
    Cell,
    Event,
    Finding,
    Method,
    ProcessKey,
    ProcessNode,
    Reason,
    Status,
    TiedEvent,
)
from shared.core.lookups.entities import Device, Enrichment, File, LoggedOnUser, Lookup, Outcome, Prevalence
from shared.core.progress import codec
from shared.core.progress.formats import STORED
from shared.core.values.instant import Instant
from shared.errors import BadDocument

TEXT = st.text(st.characters(codec=None), max_size=8)
INSTANTS = st.integers(-621_355_968_000_000_000, 2_534_023_007_999_999_999).map(Instant)
CELLS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
ROWS = st.dictionaries(TEXT, CELLS, max_size=3)


def tuples(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


ACCOUNTS = st.builds(Account, *[st.none() | TEXT] * 5)
KEYS = st.builds(ProcessKey, TEXT, st.integers(0, 2**40), INSTANTS)
EVENTS = st.builds(Event, TEXT, TEXT, INSTANTS, TEXT, TEXT, ROWS)
NODES = st.builds(
    ProcessNode,
    KEYS,
    st.integers(-3, 3),
    parent=st.none() | KEYS,
    file_name=st.none() | TEXT,
    account=st.none() | ACCOUNTS,
    is_anchor=st.booleans(),
    images=tuples(TEXT),
    children_left_out=st.integers(0, 9),
)
FINDINGS = st.builds(
    Finding,
    TEXT,
    st.sampled_from(Status),
    method=st.sampled_from(Method),
    confidence=st.integers(0, 100),
    reason=st.sampled_from(Reason),
    anchors=tuples(KEYS),
    nodes=tuples(NODES),
    events=tuples(st.builds(TiedEvent, EVENTS, TEXT, st.none() | st.integers(-3, 3), st.none() | KEYS)),
    truncated=st.booleans(),
    left_out=tuples(TEXT),
    query=TEXT,
)


def lookups(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, Lookup[object]]]:
    ends = st.builds(Lookup, st.sampled_from(Outcome), st.none() | strategy, TEXT)
    return st.dictionaries(TEXT, ends, max_size=2)


ENRICHMENTS = st.builds(
    Enrichment,
    lookups(st.builds(Device, TEXT, tags=tuples(TEXT), last_seen=st.none() | INSTANTS)),
    lookups(tuples(st.builds(LoggedOnUser, ACCOUNTS, first_seen=st.none() | INSTANTS))),
    lookups(st.builds(File, TEXT, size=st.none() | st.integers(), org_last_seen=st.none() | INSTANTS)),
    lookups(st.builds(Prevalence, TEXT, st.none() | st.integers(), st.none() | INSTANTS)),
    lookups(st.builds(Prevalence, TEXT, st.none() | st.integers(), st.none() | INSTANTS)),
)


@settings(deadline=None)
@given(FINDINGS)
def test_a_finding_comes_back_exactly(finding: Finding) -> None:
    found = codec.decode_finding(codec.encode(finding))
    assert found == finding
    assert [type(event.event.time) for event in found.events] == [Instant] * len(found.events)


@settings(deadline=None)
@given(ENRICHMENTS)
def test_an_enrichment_comes_back_exactly(enrichment: Enrichment) -> None:
    found = codec.decode_enrichment(codec.encode(enrichment))
    assert found == enrichment
    assert all(type(look.outcome) is Outcome for look in found.files.values())


def test_equal_values_have_equal_bytes() -> None:
    def finding(row: Mapping[str, Cell]) -> Finding:
        event = Event("DeviceEvents", "d", Instant(1), "7", "Logon", row)
        return Finding("a", Status.CORRELATED, events=(TiedEvent(event, "own"),))

    one: dict[str, Cell] = {"A": 1, "B": "x"}
    two: Mapping[str, Cell] = MappingProxyType({"B": "x", "A": 1})
    assert codec.encode(finding(one)) == codec.encode(finding(two))
    assert codec.decode_finding(codec.encode(finding(two))) == finding(one)


def test_the_format_is_as_described() -> None:
    finding = Finding("a", Status.CORRELATED, anchors=(ProcessKey("d", 4, Instant(1)),))
    assert json.loads(zlib.decompress(codec.encode(finding))) == {
        "v": 1,
        "type": "Finding",
        "body": {
            "alert_id": "a",
            "status": "Correlated",
            "method": "None",
            "confidence": 0,
            "reason": "",
            "detail": "",
            "anchors": [{"device_id": "d", "pid": 4, "created": "1970-01-01T00:00:00.0000001Z"}],
            "event_count": 0,
            "truncated": False,
            "query": "",
        },
    }


def packed(value: object) -> bytes:
    return zlib.compress(json.dumps(value).encode())


GOOD = {"alert_id": "a", "status": "Correlated"}


def finding_of(body: object, version: object = 1, kind: str = "Finding") -> bytes:
    return packed({"v": version, "type": kind, "body": body})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        zlib.compress(b"{"),
        packed(None),
        packed([]),
        packed({}),
        finding_of(GOOD, version=3),
        finding_of(GOOD, version=0),
        finding_of(GOOD, version="1"),
        finding_of(GOOD, kind="Alert"),
        finding_of(None),
        finding_of(GOOD | {"anchors": 5}),
        finding_of(GOOD | {"status": ["Correlated"]}),
        finding_of(GOOD | {"anchors": [{"device_id": "d", "pid": 1, "created": "x"}]}),
        finding_of(GOOD | {"anchors": [{"device_id": "d", "pid": 1}]}),
        codec.encode(Finding("a", Status.CORRELATED))[:-3],
    ],
)
def test_what_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(BadDocument):
        codec.decode_finding(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (finding_of(GOOD, version=2), Finding("a", Status.CORRELATED)),
        (finding_of(GOOD | {"mood": {"x": 1}}), Finding("a", Status.CORRELATED)),
        (finding_of(GOOD | {"status": "Sideways"}), Finding("a", Status.PENDING)),
        (finding_of(GOOD | {"method": "Telepathy"}), Finding("a", Status.CORRELATED, method=Method.NONE)),
        (finding_of({"status": "Failed"}), Finding("", Status.FAILED)),
        (finding_of({}), Finding("", Status.PENDING)),
    ],
)
def test_what_a_later_version_wrote_is_read_as_far_as_we_know_it(body: bytes, expected: Finding) -> None:
    assert codec.decode_finding(body) == expected


def test_parts_of_a_model_travel_as_text() -> None:
    users = (LoggedOnUser(Account("a"), first_seen=Instant(5)), LoggedOnUser(Account("b")))
    hint = tuple[LoggedOnUser, ...]
    assert codec.from_text(hint, codec.to_text(hint, users)) == users
    lookup = Lookup(Outcome.FOUND, File("k", size=3, org_last_seen=Instant(7)))
    assert codec.from_text(Lookup[File], codec.to_text(Lookup[File], lookup)) == lookup
    with pytest.raises(BadDocument):
        codec.from_text(File, "[]")


@dataclass(frozen=True, slots=True)
class Bare:
    """A class whose field may be None and says so to its maker."""

    needed: str | None
    loud: bool | None = True


def test_a_value_that_differs_from_its_default_is_written_even_where_it_is_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(STORED, Bare, {"needed": "needed", "loud": "loud"})
    assert codec.from_text(Bare, codec.to_text(Bare, Bare(None, None))) == Bare(None, None)
    assert codec.to_text(Bare, Bare("", False)) == '{"loud":false,"needed":""}'
