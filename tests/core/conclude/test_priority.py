"""The order in which alerts are to be looked at, and its reason."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.conclude import Validation, Weighed, priority_of
from shared.core.conclude.priority import FIRST, LAST, TABLE

PLAIN = Weighed(validation="Likely", severity_id=3)

weighed = st.builds(
    Weighed,
    validation=st.sampled_from(Validation) | st.text(max_size=5),
    severity_id=st.sampled_from((0, 1, 2, 3, 4, 99)) | st.integers(),
    device_value=st.sampled_from(("High", "Normal", "Low", "", "high", "LOW", "Gold")),
    has_domain_admin=st.booleans(),
    devices=st.integers(0, 500),
)


@pytest.mark.parametrize(
    ("validation", "severity_id", "number"),
    [
        ("Confirmed", 4, 1),
        ("Confirmed", 2, 2),
        ("Likely", 4, 2),
        ("Likely", 3, 3),
        ("Unproven", 4, 3),
        ("Unproven", 1, 5),
        ("Contained", 4, 3),
        ("Blocked", 4, 4),
        ("NoTelemetry", 4, 2),
        ("NoTelemetry", 3, 3),
    ],
)
def test_validation_and_severity_give_the_number(validation: str, severity_id: int, number: int) -> None:
    assert priority_of(Weighed(validation=validation, severity_id=severity_id)).number == number


@pytest.mark.parametrize(
    "more", [{"device_value": "High"}, {"has_domain_admin": True}, {"devices": 2}], ids=str
)
def test_each_further_fact_raises_by_one_and_all_together_by_no_more(more: dict[str, str]) -> None:
    raised = priority_of(replace(PLAIN, **more))  # type: ignore[arg-type]  # the fields' own names
    assert raised.number == priority_of(PLAIN).number - 1
    assert "; raised: " in raised.reason
    every = replace(PLAIN, device_value="High", has_domain_admin=True, devices=9)
    assert priority_of(every).number == raised.number
    assert "high value, a domain administrator uses the device, 9 devices" in priority_of(every).reason


def test_a_device_of_low_value_lowers_by_one_and_is_balanced_by_what_raises() -> None:
    low = replace(PLAIN, device_value="Low")
    assert priority_of(low).number == priority_of(PLAIN).number + 1
    both = priority_of(replace(low, has_domain_admin=True))
    assert both.number == priority_of(PLAIN).number
    assert both.reason.endswith("besides: a domain administrator uses the device, the device is of low value")


@pytest.mark.parametrize("unknown", [0, 99, 7, -1])
def test_what_is_unknown_counts_as_ordinary(unknown: int) -> None:
    for validation in Validation:
        ordinary = Weighed(validation=validation, severity_id=3, device_value="Normal")
        odd = Weighed(validation=validation, severity_id=unknown, device_value="Gold")
        assert priority_of(odd).number == priority_of(ordinary).number
        assert "severity not known, as Medium" in priority_of(odd).reason
    strange = Weighed(validation="Sideways", severity_id=4)
    assert priority_of(strange).number == TABLE[Validation.NO_TELEMETRY][0]


@given(weighed)
def test_the_number_is_one_of_five_and_the_reason_is_of_our_own_words(one: Weighed) -> None:
    found = priority_of(one)
    assert FIRST <= found.number <= LAST
    assert found.reason.isascii() and len(found.reason) < 300
    assert "Gold" not in found.reason


def test_no_graver_fact_ever_puts_an_alert_further_back() -> None:
    for validation, value, admin, devices in product(Validation, ("Low", "", "High"), (False, True), (1, 3)):
        one = Weighed(
            validation=validation, severity_id=4, device_value=value, has_domain_admin=admin, devices=devices
        )
        by_severity = [priority_of(replace(one, severity_id=each)).number for each in (4, 3, 2, 1)]
        assert by_severity == sorted(by_severity)
        by_value = [priority_of(replace(one, device_value=each)).number for each in ("High", "", "Low")]
        assert by_value == sorted(by_value)
        by_users = [priority_of(replace(one, has_domain_admin=each)).number for each in (True, False)]
        assert by_users == sorted(by_users)
    for column in range(4):
        confirmed = TABLE[Validation.CONFIRMED][column]
        assert all(numbers[column] >= confirmed for numbers in TABLE.values())
