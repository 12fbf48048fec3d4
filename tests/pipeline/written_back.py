"""Worlds in which comments go back to alerts, and what must be the same of two such runs."""

from shared.core.alert import is_marked
from shared.core.write_back import Mode
from shared.pipeline.policy import Policy
from tests.pipeline.platform import Platform
from tests.pipeline.recorded import world_of
from tests.pipeline.world import World
from tests.same import steady

ALERTS = ("Sensitive credential memory read", "Anomaly detected in ASEP registry")
POLICY = Policy(hunts_at_once=1, write_back=Mode.COMMENT)


def written_world(*titles: str) -> World:
    world = world_of(*(titles or ALERTS))
    world.writes_back = True
    return world


def ours(world: World) -> dict[str, list[str]]:
    """Our comments on each alert."""
    return {
        alert_id: [str(one["comment"]) for one in comments if is_marked(str(one["comment"]))]  # type: ignore[index]
        for alert_id, comments in world.comments().items()
    }


def settled(world: World, policy: Policy = POLICY) -> Platform:
    platform = Platform(world, policy)
    platform.settle()
    return platform


def outcome(platform: Platform) -> dict[str, object]:
    """What must be the same: rows, our comments, and what is left to write."""
    world = platform.world
    return {
        "rows": {key: steady(stored.columns) for key, stored in world.rows.items()},
        "comments": ours(world),
        "writes": dict(world.writes),
    }
