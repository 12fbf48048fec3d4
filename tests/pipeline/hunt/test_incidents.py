"""`Incidents` follows `Alerts`: whatever order alerts come in and move, whoever dies or builds beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.incidents import content
from shared.core.progress.ledger_row import LedgerPolicy
from shared.core.row import incidents_before
from shared.core.values.instant import Instant
from shared.core.values.records import Checkpoint, Column
from shared.pipeline.hunt import building
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.policy import Policy
from shared.pipeline.stored import lease
from tests.pipeline.platform import Platform
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import START, Crash, World
from tests.same import steady_incident

POLICY = Policy(hunts_at_once=1, ledger=LedgerPolicy(late_hunts=(), settle_after=0), purge_every=1e9)
INSTALLED = {"defender": Checkpoint(installed_at=START - timedelta(days=1), last_audit=START)}
_SEVERITIES = ("Low", "Medium", "High")
_OURS = {"Ticket"}


def wanted(world: World) -> dict[str, dict[str, Column]]:
    """Each incident's content as the function of the final rows of alerts."""
    members: dict[str, dict[tuple[str, str], Mapping[str, Column]]] = {}
    for key, stored in world.rows.items():
        for each in (str(stored.columns["IncidentId"]), *incidents_before(stored.columns)):
            if each:
                members.setdefault(each, {})[key] = stored.columns
    return {each: content(each, rows) for each, rows in members.items()}


def standing(world: World) -> dict[str, dict[str, Column]]:
    """The rows as they stand, each in the day that its alerts name."""
    assert all(day == world.incident_days[key] for day, key in world.incidents)
    rows = {key: steady_incident(stored.columns) for (_, key), stored in world.incidents.items()}
    return {key: {n: v for n, v in row.items() if n not in _OURS} for key, row in rows.items()}


@dataclass
class Story:
    """Alerts of a few incidents, and what happens to them."""

    platform: Platform = field(default_factory=lambda: Platform(World(checkpoints=dict(INSTALLED)), POLICY))

    @property
    def world(self) -> World:
        return self.platform.world

    def come(self, number: int, incident: int, severity: int) -> None:
        """An alert is raised, or changes: by an update that moves its time."""
        known = [raw for raw in self.world.alerts if raw["id"] == f"a{number}"]
        now = Instant.of(self.world.now).plus(-1).text()
        changes = {"incidentId": incident, "severity": _SEVERITIES[severity], "lastUpdateTime": now}
        if known:
            known[0].update(changes)
            return
        device = {"machineId": f"{number % 3:040x}", "computerDnsName": f"ws-{number % 3}"}
        raw = raw_alert(f"a{number}", minutes_ago=0)
        self.world.alerts.append(raw | changes | device | {"alertCreationTime": now})

    def close(self, number: int) -> None:
        """Somebody resolves it."""
        for raw in self.world.alerts:
            if raw["id"] == f"a{number}":
                raw |= {"status": "Resolved", "lastUpdateTime": Instant.of(self.world.now).plus(-1).text()}

    def slip(self, number: int, incident: int) -> None:
        """It moves, and its update time says nothing of it."""
        for raw in self.world.alerts:
            if raw["id"] == f"a{number}":
                raw["incidentId"] = incident

    def pass_time(self, minutes: int) -> None:
        """So many minutes of the timer."""
        for _ in range(minutes):
            self.platform.tick()
            self.platform.deliver_all()
            self.world.pass_time(minutes=1)

    def die(self, after: int, side: str) -> None:
        """The run that makes the effect so far ahead dies there."""
        self.world.crash_at = (len(self.world.effects) + after, side)

    def build_beside(self, effect: str) -> None:
        """When the effect comes next, the lease has run out and another takes all work over, to the end."""

        def other() -> None:
            self.world.pass_time(seconds=POLICY.lease_for + 1)
            wake_up = lease.wake_up(self.world.ports(), POLICY, "a test")
            for text in wake_up:
                hunt_correlate(self.world.ports(), POLICY, text, f"beside {len(self.world.effects)}")

        self.world.before_effect.setdefault(effect, []).append(other)

    def end(self) -> None:
        """Time enough for an audit, and for all that is due then."""
        self.world.before_effect.clear()
        self.world.crash_at = None
        self.pass_time(3)
        self.world.pass_time(minutes=61)
        self.pass_time(12)
        self.platform.settle_on()


NUMBERS, INCIDENTS = st.integers(0, 5), st.integers(1, 3)
_EFFECTS = (
    "write incident row", "read incident rows", "write incident mark", "read alert rows", "write alert row",
    "mark incident", "write incident alerts", "read incident marks", "write incident day",
)  # fmt: skip
STEPS = st.lists(
    st.one_of(
        st.builds(lambda n, i, s: partial(Story.come, number=n, incident=i, severity=s), NUMBERS, INCIDENTS,
                  st.integers(0, 2)),
        st.builds(lambda n: partial(Story.close, number=n), NUMBERS),
        st.builds(lambda n, i: partial(Story.slip, number=n, incident=i), NUMBERS, INCIDENTS),
        st.builds(lambda m: partial(Story.pass_time, minutes=m), st.integers(1, 6)),
        st.builds(lambda a, s: partial(Story.die, after=a, side=s), st.integers(0, 80),
                  st.sampled_from(["before", "after"])),
        st.builds(lambda e: partial(Story.build_beside, effect=e), st.sampled_from(_EFFECTS)),
    ),
    min_size=4,
    max_size=14,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_in_the_end_every_row_is_the_function_of_the_alerts_rows(steps: Sequence[partial[None]]) -> None:
    story = Story()
    story.come(0, 1, 0)
    story.pass_time(1)
    for step in steps:
        step(story)
    story.end()
    assert standing(story.world) == wanted(story.world)
    assert {raw["id"]: str(raw["incidentId"]) for raw in story.world.alerts} == {
        row.columns["AlertId"]: row.columns["IncidentId"] for row in story.world.rows.values()
    }
    for row in story.world.rows.values():
        assert row.columns["IncidentDay"] == story.world.incident_days[str(row.columns["IncidentId"])]
    assert not any(mark.is_marked for mark in story.world.marks.values())
    assert all(row.columns["Ticket"] == "kept" for row in story.world.incidents.values())


def _settled(*alerts: tuple[int, int, int]) -> Story:
    story = Story()
    for alert in alerts:
        story.come(*alert)
    story.pass_time(8)
    return story


def test_a_lone_alerts_incident_is_there_with_the_alert() -> None:
    story = Story()
    story.come(0, 1, 2)
    story.platform.tick()
    story.platform.deliver_all()
    assert len(story.world.rows) == len(story.world.incidents) == 1
    assert story.platform.told_incidents == [("1", 1)]


def test_a_move_is_right_at_once_and_both_incidents_say_so() -> None:
    story = _settled((0, 1, 0), (1, 1, 0), (2, 2, 0))
    story.come(1, 2, 0)
    story.pass_time(2)
    left, joined = (story.world.incidents["2026-11-24", each].columns for each in "12")
    assert (left["AlertCount"], left["MovedTo"], left["State"]) == (1, '["2"]', "open")
    assert (joined["AlertCount"], joined["MovedFrom"]) == (2, '["1"]')
    assert joined["NotifyReason"] == "device ws-1; alerts came from incident 1"


def test_a_merge_empties_one_incident_which_says_where_and_is_told_once() -> None:
    story = _settled((0, 1, 0), (1, 1, 0), (2, 2, 0))
    story.come(0, 2, 0)
    story.come(1, 2, 0)
    story.pass_time(20)
    emptied = story.world.incidents["2026-11-24", "1"].columns
    assert (emptied["State"], emptied["MergedInto"], emptied["AlertCount"]) == ("emptied", "2", 0)
    assert [each for each in story.platform.told_incidents if each[0] == "1"] == [("1", 1), ("1", 2)]
    assert story.world.incidents["2026-11-24", "2"].columns["AlertCount"] == 3


def test_a_silent_move_is_right_within_one_audit() -> None:
    story = _settled((0, 1, 0), (1, 1, 0))
    story.pass_time(12)  # until no window of update times holds it any more
    story.slip(1, 7)
    story.pass_time(20)
    assert ("2026-11-24", "7") not in story.world.incidents, "nothing tells of it before the audit"
    story.world.pass_time(minutes=29)
    story.pass_time(2)
    assert story.world.incidents["2026-11-24", "7"].columns["AlertCount"] == 1
    assert story.world.incidents["2026-11-24", "1"].columns["MovedTo"] == '["7"]'
    assert story.world.checkpoints["defender"].audit_result.startswith("0 missing of 2")
    assert "1 moved to another incident" in story.world.checkpoints["defender"].audit_result
    asked = story.world.effects.count("alert api")
    story.world.pass_time(hours=1)
    story.pass_time(2)
    assert story.world.effects.count("alert api") == asked, "what is right is not asked for again"


def test_many_alerts_of_one_incident_are_told_of_seldom() -> None:
    """500 alerts within ten minutes; the first of each minute is graver or on a device of its own."""
    story = Story()
    for minute in range(10):
        for number in range(50):
            story.come(minute * 50 + number, 1, min(minute, 2))
        story.platform.tick()
        story.platform.deliver_all()
        story.world.pass_time(minutes=1)
    assert len(story.world.rows) == 500
    assert 1 <= len(story.platform.told_incidents) <= 3
    story.end()
    assert story.world.incidents["2026-11-24", "1"].columns["AlertCount"] == 500
    assert standing(story.world) == wanted(story.world)


def test_an_incident_that_ends_the_worker_each_time_comes_ever_more_seldom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right, tried = content, list[object]()

    def deadly(incident_id: str, *rest: object) -> object:
        if incident_id == "13":
            tried.append(story.world.now)
            raise Crash("os._exit")
        return right(incident_id, *rest)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(building, "content", deadly)
    story = _settled((0, 13, 0), (1, 1, 0), (2, 2, 0))
    story.pass_time(30)
    assert {"1", "2"} <= {key for _, key in story.world.incidents}
    assert 2 <= len(tried) <= 7
    assert len(story.world.history) == 3, "no alert waits for it"


def test_an_incident_that_cannot_be_built_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    right, fails = content, True

    def odd(incident_id: str, *rest: object) -> object:
        if incident_id == "2" and fails:
            raise ValueError("a bug")
        return right(incident_id, *rest)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(building, "content", odd)
    story = _settled((0, 1, 0), (1, 2, 0), (2, 3, 0))
    assert {key for _, key in story.world.incidents} == {"1", "3"}
    fails = False
    story.pass_time(10)
    assert standing(story.world) == wanted(story.world)


def test_an_alert_without_an_incident_has_its_row_and_no_incident() -> None:
    story = Story()
    story.come(0, 1, 0)
    story.world.alerts[0]["incidentId"] = None
    story.pass_time(3)
    [row] = story.world.rows.values()
    assert (row.columns["IncidentId"], row.columns["IncidentDay"]) == ("", "")
    assert not story.world.incidents and not story.world.marks


def test_what_waits_is_pending_and_told_once_it_was_hunted() -> None:
    story = Story()
    story.come(0, 1, 0)
    story.world.pass_time(seconds=1)
    story.world.failures = {}
    story.platform.tick()
    story.platform.to_enrich.clear()  # its look-ups never come
    story.world.pass_time(minutes=4)
    story.platform.tick()
    story.platform.deliver_all()
    [row] = story.world.incidents.values()
    assert row.columns["AlertCount"] == 1
    story.world.pass_time(minutes=11)
    story.pass_time(3)
    assert [each for each, _ in story.platform.told_incidents] == ["1"]


def test_an_older_row_than_what_stands_is_never_written() -> None:
    """A builder that stands still right before its write, while an alert changes and another builds."""
    story = _settled((0, 1, 0))
    story.world.pass_time(minutes=6)
    story.come(0, 1, 2)
    held_up = story.world.now + timedelta(minutes=20)

    def meanwhile() -> None:
        story.world.now = max(story.world.now, held_up)
        story.come(0, 1, 1)
        story.pass_time(2)

    story.world.before_effect["write incident row"] = [meanwhile]
    story.pass_time(3)
    story.end()
    assert standing(story.world) == wanted(story.world)
