"""Which steps of two instances are independent: whichever comes first, both do the same and leave the same.

Two are where they touch no table in common, or only read what they have in common. So an instance that comes
in between need not be tried both before and after an effect that is independent of all that it does: these
are one order (partial-order reduction, Godefroid 1996).
"""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import cache

from tests.pipeline.turns import Turns

# What an effect touches, by the end of its name. The look-ups remember what they were asked, and the engine's
# answers depend on nothing; a call under a lease that another holds by then is counted, so that it reads who
# holds it.
_TOUCHED = (
    ("open rows?(?: by id)?", "ledger"),
    ("due index", "due index"),
    ("history", "history"),
    ("places", "places"),
    ("checkpoint", "checkpoint"),
    ("lease", "lease"),
    ("documents?", "documents"),
    ("alert rows?", "alert rows"),
    ("events?|event keys", "events"),
    ("sightings", "sightings"),
    ("incident rows?", "incident rows"),
    ("incident days?", "incident days"),
    ("incident alerts", "incident alerts"),
    ("incident marks?|mark incident", "incident marks"),
    ("alerts? api", "alerts"),
    ("hunting api", "holder"),
    ("(?:device|users|file|address|domain) api", "look-ups"),
)
_READS = re.compile(r"read |alerts? api|hunting api")
_A_TICK = timedelta(seconds=1)  # less passes by looks at the clock

type Touched = frozenset[tuple[str, bool]]  # (what, whether it is changed)


def are_independent(one: Touched, other: Touched) -> bool:
    """Whether the two may change places."""
    return not any(a == b and (writes or changes) for a, writes in one for b, changes in other)


def touched(turns: Turns, do: Callable[[], object]) -> Touched:
    """What `do` touches as it is done: by effects, by the clock, and what tests change past both."""
    world = turns.world
    before, effects, now = _past_effects(turns), len(world.effects), world.now
    do()
    after = _past_effects(turns)
    found = {_of_effect(name) for name in world.effects[effects:]}
    found |= {(name, True) for name in before if before[name] != after[name]}
    if world.now > now:
        found.add(("clock", world.now - now >= _A_TICK))
    return frozenset(found)


def _past_effects(turns: Turns) -> dict[str, object]:
    """What changes without an effect; a consumer looks at the rows whenever an instance ends."""
    world = turns.world
    return {
        "alerts": list(map(id, world.alerts)),
        "holder": world.lease.holder,
        "cache": dict(world.cache.rows),
        "alert rows": turns.consumed,
    }


@cache
def _of_effect(name: str) -> tuple[str, bool]:
    found = {what for ends, what in _TOUCHED if re.search(f"(?:^| )(?:{ends})$", name)}
    assert len(found) == 1, f"{name} touches {found}"
    return found.pop(), not _READS.match(name)
