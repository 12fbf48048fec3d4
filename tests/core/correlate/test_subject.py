"""What is looked for on behalf of an alert: where, when, and how much."""

from dataclasses import replace

import pytest

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Evidence
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import Ref
from shared.core.correlate.span import Span
from shared.core.correlate.subject import Subject, subject_of
from shared.core.values.instant import Instant
from tests.core.hunting.builders import DEVICE, OTHER_DEVICE, START, alert, process

POLICY = HuntPolicy(
    lookback_s=1_000, lookahead_s=2_000, mention_window_s=30, settled_after_s=600, retention_s=9_000
)
ADDRESS = Evidence(kind=EvidenceKind.IP, ip_address="203.0.113.9")
ACCOUNT = Evidence(kind=EvidenceKind.USER, account=Account(name="alice"))


def _of(
    *evidence: Evidence, more: tuple[Evidence, ...] = (), now: Instant = START, policy: HuntPolicy = POLICY,
    **fields: object,
) -> Subject:  # fmt: skip
    return subject_of(alert(*evidence, **fields), more, now, policy)


def test_telemetry_is_looked_for_around_the_first_and_the_last_event() -> None:
    found = _of(last_event=START.plus(50))
    assert found.near == START
    assert found.span == Span(START.plus(-1_000), START.plus(2_050))
    assert found.mention_span == Span(START.plus(-30), START.plus(80))


@pytest.mark.parametrize("device", [DEVICE.upper(), "Straße", "İ"])
def test_a_process_is_looked_for_on_the_device_of_the_alert_as_it_is_spelled_there(device: str) -> None:
    found = _of(process(), process(5, device_id=OTHER_DEVICE.upper()), device_id=device)
    assert found.device_id == device.lower()
    assert {ref.pid: ref.device_id for ref in found.processes} == {4711: device.lower(), 5: OTHER_DEVICE}


def test_an_alert_without_event_times_is_looked_for_around_its_creation() -> None:
    found = _of(first_event=None, last_event=None)
    assert (found.near, found.mention_span) == (START.plus(120), Span(START.plus(90), START.plus(150)))
    assert _of(last_event=None).mention_span == Span(START.plus(-30), START.plus(150))
    assert _of(last_event=START.plus(-500)).mention_span == Span(START.plus(-30), START.plus(30))


def test_both_ends_of_a_span_are_inside() -> None:
    span = Span(START, START.plus(5))
    inside = [START.plus(at) in span for at in (-0.0000001, 0, 5, 5.0000001)]
    assert inside == [False, True, True, False]


@pytest.mark.parametrize(("age_s", "settled"), [(599.9, False), (600, True), (601, True)])
def test_an_alert_settles_with_its_age(age_s: float, settled: bool) -> None:
    found = _of(process(), now=START.plus(120 + age_s))
    assert found.is_settled is settled
    assert found.may_come_by_process is not settled
    assert not _of(now=START.plus(120 + age_s)).may_come_by_process, "it has no process that could come"


@pytest.mark.parametrize(("age_s", "too_old"), [(9_000, False), (9_000.1, True)])
def test_an_alert_is_too_old_by_its_last_event(age_s: float, too_old: bool) -> None:
    assert _of(now=START.plus(5 + age_s)).is_too_old is too_old


def test_the_device_is_the_alerts_else_the_first_that_the_evidence_names() -> None:
    there = replace(ADDRESS, device_id=OTHER_DEVICE.upper())
    assert _of(there, device_id=DEVICE.upper()).device_id == DEVICE
    assert _of(ADDRESS, there, replace(there, device_id="c"), device_id=None).device_id == OTHER_DEVICE
    assert _of(more=(there,), device_id=None).device_id == OTHER_DEVICE
    assert _of(ADDRESS, device_id=None).device_id == ""


def test_processes_are_looked_for_on_their_own_device_before_the_alerts() -> None:
    there = process(7, name="A.EXE", device_id=OTHER_DEVICE.upper())
    found = _of(process(), there, process(), process(8, name=None), device_id=DEVICE.upper())
    assert found.processes == (
        Ref(DEVICE, 4711, START, "powershell.exe"),
        Ref(OTHER_DEVICE, 7, START, "a.exe"),
        Ref(DEVICE, 8, START, ""),
    )


def test_evidence_that_only_hunting_names_counts_too() -> None:
    found = _of(more=(process(), ADDRESS))
    assert [ref.pid for ref in found.processes] == [4711]
    assert [each.value for each in found.indicators] == ["203.0.113.9"]


def test_a_process_needs_device_pid_and_creation_time() -> None:
    assert _of(replace(process(), process_id=None)).processes == ()
    assert _of(replace(process(), process_created=None)).processes == ()
    assert _of(process(), device_id=None).processes == ()


def test_what_is_too_much_is_cut_and_counted() -> None:
    few = replace(POLICY, max_processes=2, max_indicators=3)
    items = [process(pid) for pid in range(5)]
    addresses = [replace(ADDRESS, ip_address=f"203.0.113.{n}") for n in range(1, 8)]
    found = _of(*items, *addresses, policy=few)
    assert [ref.pid for ref in found.processes] == [0, 1]
    assert found.left_out == ("3 processes of the evidence",)
    assert [each.value for each in found.indicators] == ["203.0.113.1", "203.0.113.2", "203.0.113.3"]
    assert found.indicators_left_out == 4
    full = _of(*items[:2], *addresses[:3], policy=few)
    assert (full.left_out, full.indicators_left_out) == ((), 0)


def test_what_an_alert_has_to_look_for() -> None:
    assert _of().has_only_a_device
    assert _of(ACCOUNT).has_only_a_device
    assert not _of(ACCOUNT, ADDRESS).has_only_a_device
    assert not _of(process()).has_only_a_device
    assert not _of(process(), ACCOUNT).has_only_a_device
    assert _of(device_id=None).is_hopeless
    assert not any(
        _of(*items, device_id=None).is_hopeless for items in ([ADDRESS], [process(device_id=DEVICE)])
    )
    assert not _of().is_hopeless
