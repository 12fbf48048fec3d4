"""Which of two findings each field of the merged one comes from."""

from dataclasses import fields, replace

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


def _key(pid: int, after: float = 0) -> ProcessKey:
    return ProcessKey(DEVICE, pid, START.plus(after))


def _tied(number: int, after: float, tie: str = "own") -> TiedEvent:
    return TiedEvent(Event("DeviceEvents", DEVICE, START.plus(after), str(number), "Did"), tie)


STRONG = Finding(
    alert_id="strong",
    status=Status.CORRELATED,
    method=Method.EXACT_PROCESS,
    confidence=70,
    reason=Reason.THROTTLED,
    detail="strong's",
    anchors=(_key(1), _key(2)),
    nodes=(ProcessNode(_key(2, 5), 0, file_name="strong"), ProcessNode(_key(1), -1)),
    events=(_tied(3, 3), _tied(1, 1)),
    event_count=2,
    left_out=("strong",),
    query="strong",
)
WEAK = Finding(
    alert_id="weak",
    status=Status.CORRELATED,
    method=Method.ADDRESS,
    confidence=75,
    reason=Reason.UNAVAILABLE,
    detail="weak's",
    anchors=(_key(3), _key(1)),
    nodes=(ProcessNode(_key(2, 5), 0, file_name="weak"), ProcessNode(_key(9), 0), ProcessNode(_key(8), 0)),
    events=(_tied(2, 2), _tied(1, 1, "evidence-address")),
    event_count=9,
    truncated=True,
    left_out=("weak",),
    query="weak",
)


def _merged(known: Finding, new: Finding) -> Finding:
    return Finding(
        alert_id=new.alert_id,
        status=Status.CORRELATED,
        method=Method.EXACT_PROCESS,
        confidence=75,
        reason=new.reason,
        detail=new.detail,
        anchors=(_key(1), _key(2), _key(3)),
        nodes=(
            ProcessNode(_key(1), -1),
            ProcessNode(_key(8), 0),
            ProcessNode(_key(9), 0),
            ProcessNode(_key(2, 5), 0, file_name="strong"),
        ),
        events=(_tied(1, 1), _tied(2, 2), _tied(3, 3)),
        event_count=9,
        truncated=True,
        left_out=new.left_out,
        query="",
    )


def test_the_better_tie_gives_the_method_and_the_newer_finding_the_reason() -> None:
    assert merge(WEAK, STRONG) == _merged(WEAK, STRONG)
    assert merge(STRONG, WEAK) == _merged(STRONG, WEAK)


def test_every_field_of_a_finding_is_decided_here() -> None:
    plain = Finding("x", Status.NO_MATCH)
    same = [each.name for each in fields(Finding) if getattr(STRONG, each.name) == getattr(plain, each.name)]
    assert same == ["truncated"], "the weak one has it; a new field needs a value in both and in the result"


def test_of_two_equal_ties_the_newer_tells_the_process() -> None:
    older = replace(WEAK, method=Method.EXACT_PROCESS)
    (node,) = [each for each in merge(older, STRONG).nodes if each.key == _key(2, 5)]
    assert node.file_name == "strong"
    (node,) = [each for each in merge(STRONG, older).nodes if each.key == _key(2, 5)]
    assert node.file_name == "weak"


def test_all_that_was_counted_is_there_once_nothing_is_cut() -> None:
    whole = replace(WEAK, event_count=1, truncated=False)
    merged = merge(whole, replace(STRONG, event_count=2))
    assert (merged.event_count, merged.truncated) == (3, False)


def test_what_is_not_correlated_takes_and_gives_nothing() -> None:
    nothing = Finding("x", Status.NO_MATCH, reason=Reason.NOT_SEEN)
    assert merge(STRONG, nothing) is STRONG
    assert merge(nothing, STRONG) is STRONG
    assert merge(nothing, WEAK) is WEAK
