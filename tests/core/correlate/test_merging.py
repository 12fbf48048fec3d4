from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from shared.core.correlate.finding import (
    Event,
    Finding,
    Method,
    ProcessKey,
    ProcessNode,
    Reason,
    Status,
    TiedEvent,
)
from shared.core.correlate.merging import merge
from tests.core.hunting.builders import DEVICE, START

TRUST = list(Method)


def event(number: int) -> Event:
    return Event("DeviceEvents", DEVICE, START.plus(number), str(number), "Something")


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    numbers = draw(st.sets(st.integers(0, 6)))
    tie = draw(st.sampled_from(("own", "evidence-hash")))
    pids = draw(st.sets(st.integers(1, 4)))
    keys = tuple(ProcessKey(DEVICE, pid, START) for pid in sorted(pids))
    if not numbers:
        return Finding(
            "a", Status.NO_MATCH, reason=draw(st.sampled_from((Reason.NOT_IN_YET, Reason.THROTTLED)))
        )
    more = draw(st.integers(0, 3))
    return Finding(
        "a",
        Status.CORRELATED,
        method=draw(st.sampled_from(TRUST[:-1])),
        confidence=draw(st.integers(1, 100)),
        anchors=keys[:1],
        nodes=tuple(ProcessNode(key, 0, is_inferred=draw(st.booleans())) for key in keys),
        events=tuple(TiedEvent(event(number), tie) for number in sorted(numbers)),
        event_count=len(numbers) + more,
        truncated=more > 0,
        query="q",
    )


def keys_of(finding: Finding) -> set[object]:
    return {tied.event.key for tied in finding.events}


@given(findings(), findings())
def test_within_a_version_nothing_that_was_proven_is_lost(known: Finding, new: Finding) -> None:
    merged = merge(known, new)
    assert keys_of(merged) == keys_of(known) | keys_of(new)
    assert {node.key for node in merged.nodes} >= {node.key for node in known.nodes}
    assert set(merged.anchors) >= set(known.anchors)
    assert merged.event_count >= max(known.event_count, new.event_count, len(merged.events))
    assert merged.truncated == (merged.event_count > len(merged.events))


@given(findings(), findings())
def test_a_better_tie_replaces_a_weaker_one_and_never_the_other_way(known: Finding, new: Finding) -> None:
    merged = merge(known, new)
    tied = [one for one in (known, new) if one.status is Status.CORRELATED]
    if tied:
        assert merged.method == min((one.method for one in tied), key=TRUST.index)
        assert merged.confidence == max(one.confidence for one in tied)
        assert merged.status is Status.CORRELATED


@given(findings())
def test_the_same_again_changes_nothing_but_the_query(finding: Finding) -> None:
    once = merge(finding, finding)
    assert replace(once, query="") == replace(finding, query="")


def test_a_first_finding_stands_as_it_is() -> None:
    first = Finding("a", Status.NO_MATCH, reason=Reason.NOT_IN_YET)
    assert merge(None, first) is first


def test_a_process_seen_by_itself_replaces_the_one_known_by_hearsay() -> None:
    key = ProcessKey(DEVICE, 1, START)
    seen = ProcessNode(key, 0, command_line="x")
    heard = ProcessNode(key, 0, is_inferred=True)
    tied = (TiedEvent(event(1), "own"),)

    def with_node(node: ProcessNode, method: Method) -> Finding:
        return Finding("a", Status.CORRELATED, method=method, nodes=(node,), events=tied)

    for known, new in ((seen, heard), (heard, seen)):
        for methods in ((Method.EXACT_PROCESS, Method.FILE_HASH), (Method.FILE_HASH, Method.EXACT_PROCESS)):
            merged = merge(with_node(known, methods[0]), with_node(new, methods[1]))
            assert merged.nodes == (seen,)
