"""A death at any call of a deployment with two tenants: each comes to what it comes to undisturbed, and
nothing of one is with the other."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pytest

from tests.same import steady, steady_incident
from tests.twins import network
from tests.twins.deployments import IDS, KINDS, Runs, in_defender, outcome, row_texts
from tests.twins.recording import NAMES
from tests.twins.stage import Stage

TENANTS = ("home", "acme")
MINUTES = 24  # an incident's row is built anew every five, and the dead hold their lease as long
SAMPLED = 2
# Not `LateHunts`: an alert that a death makes wait is hunted late the first time, and then no more.
_STANDING = ("State", "Generation", "HuntDigest", "StatusDigest")


def ends(stage: Stage) -> dict[str, dict[str, Any]]:
    """What must be the same of each tenant: its rows but for a few columns, where its alerts stand, and what
    was written to them."""
    return {name: _ends(stage, name) for name in TENANTS}


def _ends(stage: Stage, name: str) -> dict[str, Any]:
    rows = outcome(stage, name)
    work = rows.get("AlertWork", {})
    return {
        "alerts": {key: _untimed(steady(row)) for key, row in rows["Alerts"].items()},
        "incidents": {key: steady_incident(row) for key, row in rows["Incidents"].items()},
        # An alert that waits over a minute for its hunt has a row before it, and its events the number 2.
        "events": {key: _without(("Revision",), row) for key, row in rows["AlertEvents"].items()},
        "history": {
            key: [row.get(column) for column in _STANDING]
            for key, row in work.items()
            if key[0].startswith("history|")
        },
        "unfinished": [key for key in work if key[0].startswith(("open|", "write|", "due|"))],
        "in Defender": in_defender(stage, name),
    }


def _untimed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Without what shows our own comment, which after a death comes later, or into the row with the alert's
    next version; `in_defender` says that it was made, and once."""
    return _without(("AlertUpdated", "DetectionFinding", "CommentsJson", "CommentCount"), row)


def _without(columns: Collection[str], row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in columns}


def mixed_up(stage: Stage) -> list[tuple[str, str]]:
    """(tenant, word of another) for each word of another's truth that stands in a tenant's rows."""
    found = []
    for name in TENANTS:
        said = row_texts(stage, name)
        for other in TENANTS:
            words = (*NAMES[KINDS[other]], IDS[other]) if other != name else ()
            found += [(name, word) for word in words if word in said]
    return found


class Recorded:
    """The run that nothing disturbs, as it stood before each step; each step is a new instance's."""

    def __init__(self, stage: Stage) -> None:
        stage.minutes = MINUTES
        self.stage = stage
        self.before: list[dict[str, Any]] = []
        self.calls: list[list[network.Called]] = []
        while True:
            before = stage.kept()
            stage.network.calls.clear()
            stage.new_instance()
            if not stage.step():
                break
            self.before.append(before)
            self.calls.append(list(stage.network.calls))
        self.wanted = ends(stage)
        self._known: list[tuple[object, dict[str, dict[str, Any]], list[tuple[str, str]]]] = []

    def points(self) -> list[tuple[int, int]]:
        """(step, call in it) of every call but those of the first run, whose death makes the installation
        later and what came before it history, and of minutes in which nothing more happens."""
        busy = max(step for step, calls in enumerate(self.calls) if any(_changes(one) for one in calls))
        return [(step, at) for step in range(1, busy + 1) for at in range(len(self.calls[step]))]

    def killed(
        self, step: int, at: int, side: str
    ) -> tuple[dict[str, dict[str, Any]], list[tuple[str, str]]]:
        """How the run ends if the instance dies there, and what is then mixed up. Two that stand alike end
        alike, since nothing outlives an instance but what is compared."""
        self.stage.restore(self.before[step])
        self.stage.network.calls.clear()
        self.stage.network.die_at = (at, side)
        self.stage.step()
        assert self.stage.network.deaths.pop() == f"{side} {self.calls[step][at].what}"
        self.stage.network.die_at = None
        standing = self.stage.standing()
        for known, end, mixed in self._known:
            if known == standing:
                return end, mixed
        self.stage.settle()
        self._known.append((standing, ends(self.stage), mixed_up(self.stage)))
        return self._known[-1][1:]


def _changes(call: network.Called) -> bool:
    """Whether the call changes what outlives the instance."""
    return (call.host == network.TABLES and call.what.startswith("POST")) or call.what.startswith("PATCH")


@pytest.fixture(scope="module")
def recorded(runs: Runs) -> Iterator[Recorded]:
    with runs.of(*TENANTS) as stage:
        yield Recorded(stage)


def _different(recorded: Recorded, step: int, at: int, side: str) -> list[object]:
    end, mixed = recorded.killed(step, at, side)
    parts = [
        (name, part)
        for name in TENANTS
        for part, said in end[name].items()
        if said != recorded.wanted[name][part]
    ]
    return [*parts, *mixed]


def test_a_death_at_some_writes_mixes_nothing_up(recorded: Recorded) -> None:
    assert mixed_up(recorded.stage) == []
    points = [(step, at) for step, at in recorded.points() if _changes(recorded.calls[step][at])]
    assert len(points) > 100
    for step, at in points[len(points) // (2 * SAMPLED) :: len(points) // SAMPLED]:
        assert _different(recorded, step, at, "after") == [], recorded.calls[step][at].what


@pytest.mark.slow
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_death_at_any_call_mixes_nothing_up(recorded: Recorded, side: str) -> None:
    points, wrong = recorded.points(), []
    for step, at in points:
        if found := _different(recorded, step, at, side):
            wrong.append((step, at, recorded.calls[step][at].what, json.dumps(found)))
    print(f"{len(points)} calls, died {side} each, {len(recorded._known)} states met, {len(wrong)} otherwise")
    assert wrong == []
