"""Write-back rules set what people left empty: over every kill point, refusals, and what people did first."""

from dataclasses import replace

import pytest

from shared.core.known_benign import State
from shared.core.write_back import Mode, WriteRule
from shared.errors import UnexpectedResponse
from tests.pipeline.platform import Platform
from tests.pipeline.undisturbed import Undisturbed
from tests.pipeline.world import World, row_of
from tests.pipeline.written_back import ALERTS, POLICY, ours, outcome, settled, written_world
from tests.same import steady

RULES = replace(POLICY, write_back=Mode.RULES)
EXPECTED = WriteRule(
    id="expected",
    state=State.ACTIVE,
    title="Anomaly*",
    detector="d",
    set_classification="InformationalExpectedActivity",
    set_determination="LineOfBusinessApplication",
    set_assigned_to="soc@contoso.example",
    owner="soc",
    reason="known",
)


def _ruled() -> World:
    """One alert that a rule is for, whose validation is Likely."""
    world = written_world(ALERTS[1])
    world.alerts[0]["detectorId"] = "d"
    world.write_rules = [EXPECTED]
    return world


def _set(world: World) -> tuple[object, ...]:
    return tuple(world.alerts[0].get(name) for name in ("classification", "determination", "assignedTo"))


def test_a_rule_fills_what_people_have_left_empty_and_is_nobodys_verdict() -> None:
    world = _ruled()
    platform = settled(world, RULES)
    assert _set(world) == (
        "InformationalExpectedActivity",
        "LineOfBusinessApplication",
        "soc@contoso.example",
    )
    world.pass_time(minutes=5)
    platform.settle()
    row = row_of(world, str(world.alerts[0]["id"]))
    assert (row["AlertVerdict"], row["ClassifiedBy"]) == ("Benign Positive", "write-back")
    assert str(row["WriteBackFields"]).startswith("classification InformationalExpectedActivity, ")
    assert [len(found) for found in ours(world).values()] == [1]
    assert [trait for trait in world.seen if trait.startswith("detector-")] == []
    # A person's other word is theirs.
    moment = f"{world.now:%Y-%m-%dT%H:%M:%S.%fZ}"
    world.alerts[0] |= {"classification": "TruePositive", "lastUpdateTime": moment}
    world.pass_time(minutes=1)
    platform.settle()
    assert row_of(world, str(world.alerts[0]["id"]))["ClassifiedBy"] == "analyst"


@pytest.mark.parametrize("mode", [Mode.COMMENT, Mode.DRY_RUN])
def test_no_field_is_set_unless_the_mode_is_rules(mode: Mode) -> None:
    world = _ruled()
    settled(world, replace(POLICY, write_back=mode))
    assert "fields api" not in world.effects
    assert row_of(world, str(world.alerts[0]["id"]))["WriteBackFields"] == ""


def test_what_a_person_set_before_our_look_is_never_overwritten() -> None:
    world = _ruled()
    theirs = {"classification": "TruePositive", "determination": "Malware", "assignedTo": "ann"}
    world.before_effect["alert api"] = [lambda: world.alerts[0].update(theirs)]
    settled(world, RULES)
    assert _set(world) == tuple(theirs.values())
    assert "fields api" not in world.effects
    assert [len(found) for found in ours(world).values()] == [1]


def test_a_refusal_takes_back_what_the_row_had_claimed() -> None:
    world = _ruled()
    world.failures["fields api"] = [UnexpectedResponse("refused", status=400)]
    settled(world, RULES)
    row = row_of(world, str(world.alerts[0]["id"]))
    assert (row["WriteBackFields"], row["WriteBackState"]) == ("", "refused")


def _told(platform: Platform) -> dict[str, object]:
    """The outcome, but for what says when Defender took the fields and the comment; and the fields."""
    when = ("AlertUpdated", "CommentCount", "CommentsJson", "DetectionFinding")
    rows = {
        key: {name: value for name, value in steady(row.columns).items() if name not in when}
        for key, row in platform.world.rows.items()
    }
    return {**outcome(platform), "rows": rows, "set": _set(platform.world)}


@pytest.mark.parametrize("side", ["before", "after"])
def test_dying_at_any_effect_of_a_rules_write_ends_alike(side: str) -> None:
    undisturbed = Undisturbed(Platform(_ruled(), RULES), _told)
    effects = undisturbed.effects
    first, last = effects.index("alert api"), len(effects) - effects[::-1].index("delete write")
    assert {"fields api", "comment api"} <= set(effects[first:last])
    for at in range(first, last):
        killed = undisturbed.killed(at, side)
        killed.settle_on()
        assert _told(killed) == undisturbed.wanted, (at, effects[at])
