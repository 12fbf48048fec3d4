"""The owner of incidents' marks and days: races that a whole run meets too seldom to be sure of."""

from dataclasses import replace

from shared.core.incidents import Mark
from shared.pipeline.policy import Policy
from shared.pipeline.stored import incidents
from tests.pipeline.world import World

POLICY = Policy()
DAY = "2026-11-24"


def marked(*incident_ids: str) -> World:
    """A world in which these are to be built."""
    world = World()
    incidents.joined(world.ports(), {(DAY, f"a{each}"): {"IncidentId": each} for each in incident_ids})
    return world


def test_two_builders_do_not_begin_the_same_incident() -> None:
    world = marked("1", "2")
    assert {one.incident_id for one in incidents.begin(world.ports(), POLICY, 10)} == {"1", "2"}
    assert incidents.begin(world.ports(), POLICY, 10) == []
    world.pass_time(seconds=61)
    assert len(incidents.begin(world.ports(), POLICY, 10)) == 2, "the first one may have died"


def test_of_two_that_see_the_same_mark_one_begins() -> None:
    world = marked("1")
    others: list[list[Mark]] = []
    world.before_effect["write incident mark"] = [
        lambda: others.append(incidents.begin(world.ports(), POLICY, 10))
    ]
    assert incidents.begin(world.ports(), POLICY, 10) == []
    assert [len(one) for one in others] == [1]


def test_whoever_waits_longest_comes_first() -> None:
    world = marked(*(f"{number}" for number in range(9)))
    first = incidents.begin(world.ports(), POLICY, 4)
    incidents.end(world.ports(), first, (), world.now)
    assert len(incidents.begin(world.ports(), POLICY, 99)) == 5
    again = {(DAY, f"a{one.incident_id}"): {"IncidentId": one.incident_id} for one in first}
    incidents.joined(world.ports(), again)
    world.pass_time(seconds=POLICY.incident_every)
    assert incidents.is_due(world.ports(), POLICY)


def test_an_incident_that_was_marked_while_it_was_built_stays_marked_and_waits() -> None:
    world = marked("1")
    begun = incidents.begin(world.ports(), POLICY, 10)
    incidents.joined(world.ports(), {(DAY, "late"): {"IncidentId": "1"}})
    incidents.end(world.ports(), begun, (), world.now)
    mark = world.marks["1"]
    assert (mark.is_marked, mark.built, mark.tries) == (True, world.now, 0)


def test_what_another_built_meanwhile_is_built_once_more() -> None:
    """This one may have read before that one did, and written after it."""
    world = marked("1")
    begun = incidents.begin(world.ports(), POLICY, 10)
    world.pass_time(seconds=61)
    incidents.end(world.ports(), incidents.begin(world.ports(), POLICY, 10), (), world.now)
    assert not world.marks["1"].is_marked
    incidents.end(world.ports(), begun, (), world.now)
    assert world.marks["1"].is_marked


def test_of_what_is_pending_nothing_is_remembered() -> None:
    world = marked("1", "2")
    incidents.end(world.ports(), incidents.begin(world.ports(), POLICY, 10), {"1"}, world.now)
    assert world.marks.keys() == {"2"}
    world.pass_time(seconds=POLICY.incident_every)
    incidents.begin(world.ports(), POLICY, 10)
    assert world.marks == {}


def test_a_day_that_another_kept_meanwhile_is_taken_over() -> None:
    world = World()
    world.before_effect["write incident day"] = [lambda: world.incident_days.update({"1": "2026-11-20"})]
    assert incidents.days(world.ports(), {"1": DAY, "2": DAY}) == {"1": "2026-11-20", "2": DAY}


def test_incidents_before_are_built_with_the_one_of_now() -> None:
    world = World()
    row = {"IncidentId": "3", "IncidentMovedFrom": '["2","1"]'}
    incidents.joined(world.ports(), {(DAY, "a"): row, (DAY, "b"): {"IncidentId": ""}})
    assert {each for each, mark in world.marks.items() if mark.is_marked} == {"1", "2", "3"}
    assert all((each, DAY, "a") in world.incident_alerts for each in "123")


def test_what_lost_its_etag_is_not_taken_for_ours() -> None:
    world = marked("1")
    [mark] = world.ports().memberships.marks()
    assert world.ports().memberships.write_marks([replace(mark, etag="other")]) == []
