"""Who is looked up beside others, alone, later or no more, and what each of it changes of a ledger row."""

import json
from pathlib import Path

import pytest

from shared.core.progress import LedgerPolicy, looking_up
from shared.core.progress.looking_up import LookUp, next_look_up
from tests.core.progress.rows import NOW, at, changed, row

POLICY = LedgerPolicy(look_up_again=30.0)


@pytest.mark.parametrize(
    ("attempts", "deliveries", "what"),
    [
        (0, 1, LookUp.BESIDE_OTHERS),
        (3, 1, LookUp.BESIDE_OTHERS),  # of being sent again, beside others
        (0, 2, LookUp.ALONE),
        (3, 4, LookUp.ALONE),
        (0, 5, LookUp.LATER),  # one death more of whomever, and it is poison
        (4, 1, LookUp.ALONE),
        (5, 1, LookUp.ALONE),
        (4, 2, LookUp.LATER),
        (5, 4, LookUp.LATER),
        (6, 1, LookUp.NEVER),
        (6, 2, LookUp.NEVER),
        (9, 5, LookUp.NEVER),
    ],
)
def test_what_came_again_goes_alone_and_what_died_alone_later_and_in_the_end_no_more(
    attempts: int, deliveries: int, what: LookUp
) -> None:
    assert next_look_up(row(look_up_attempts=attempts), deliveries, LedgerPolicy()) is what


def test_the_last_delivery_is_that_of_the_host() -> None:
    host = json.loads((Path(__file__).parents[3] / "host.json").read_text("utf-8"))
    assert LedgerPolicy().max_deliveries == host["extensions"]["queues"]["maxDequeueCount"]


@pytest.mark.parametrize(("before", "after"), [(0, 4), (2, 4), (3, 4), (4, 5), (5, 6)])
def test_an_attempt_alone_has_those_behind_it_that_others_may_have_ended(before: int, after: int) -> None:
    one = row(look_up_attempts=before, enrich_due=NOW)
    assert changed(one, looking_up.begun_alone(one, POLICY)) == {"look_up_attempts": after}
    assert changed(one, looking_up.sending(one, NOW, POLICY, alone=True)) == {"look_up_attempts": after}
    assert looking_up.begun_alone(row(enrich_due=None), POLICY) is None


def test_a_pointer_that_is_about_to_leave_again_beside_others_is_counted_if_it_is_still_due() -> None:
    late = row(enrich_due=NOW)
    assert changed(late, looking_up.sending(late, NOW, POLICY, alone=False)) == {"look_up_attempts": 3}
    assert looking_up.sending(row(), NOW, POLICY, alone=False) is None
    assert looking_up.sending(row(), NOW, POLICY, alone=True) is None
    assert looking_up.sending(row(enrich_due=None), NOW, POLICY, alone=True) is None


def test_what_a_service_refused_is_no_attempt_unless_another_was_counted_since() -> None:
    before, begun = row(look_up_attempts=0), row(look_up_attempts=4)
    assert changed(begun, looking_up.refused(begun, begun, before)) == {"look_up_attempts": 0}
    assert looking_up.refused(row(look_up_attempts=5), begun, before) is None
    assert looking_up.refused(row(look_up_attempts=4, enrich_due=None), begun, before) is None


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 0), (3, 0), (4, 30), (5, 60)])
def test_a_pointer_that_is_given_back_leaves_at_once_and_after_deaths_alone_ever_later(
    attempts: int, seconds: float
) -> None:
    one = row(look_up_attempts=attempts)
    assert changed(one, looking_up.given_back(one, NOW, POLICY)) == {"enrich_due": at(seconds)}
    assert looking_up.given_back(row(enrich_due=None), NOW, POLICY) is None
