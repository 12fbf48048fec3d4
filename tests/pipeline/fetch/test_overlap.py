"""The overlap in a storm: asked for without evidence, and only what is news is fetched."""

from dataclasses import replace

import pytest

from shared.core.progress.messages import Pointer
from shared.errors import Unavailable
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.policy import Policy
from tests.pipeline import fakes
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import World

POLICY = replace(Policy(), prefetch_from=1_000_000)  # each alert has its pointer
SIZE = 40  # alerts of a full page


def _in_a_storm(new: int = SIZE) -> World:
    """A minute after a fetch that brought 60 alerts of two minutes; so many more have come since."""
    world = World(alerts=[raw_alert(f"old{n}", minutes_ago=2 - n / 40) for n in range(60)], page_size=SIZE)
    world.now += POLICY.poll.overlap / 100
    fetch_alerts(world.ports(), POLICY)
    assert len(world.open) == 60
    world.pass_time(minutes=1)
    world.alerts += [raw_alert(f"new{n}", minutes_ago=-0.2 - n / 60) for n in range(new)]
    world.effects.clear()
    return world


def _downloaded(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the alerts that are downloaded with evidence from now on."""
    ids: list[str] = []
    right = fakes.FakeSource.updated_in

    def noted(source: fakes.FakeSource, window: object) -> object:
        page = right(source, window)  # type: ignore[arg-type]
        ids.extend(str(raw["id"]) for raw in page.items if isinstance(raw, dict))
        return page

    monkeypatch.setattr(fakes.FakeSource, "updated_in", noted)
    return ids


def _news(world: World) -> set[str]:
    return {Pointer.parse(text).alert_id for text in fetch_alerts(world.ports(), POLICY).pointers}


def test_what_is_known_is_not_downloaded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = _in_a_storm()
    downloaded = _downloaded(world, monkeypatch)
    assert _news(world) == {f"new{n}" for n in range(SIZE)}
    # The page that showed that it is a storm is one of them; with the overlap it would be all, twice.
    assert sum(name.startswith("old") for name in downloaded) <= SIZE
    assert world.checkpoints["defender"].overlapped_at == world.now


def test_an_alert_listed_late_and_one_that_changed_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    world = _in_a_storm()
    world.alerts.append(raw_alert("late", minutes_ago=1.51))
    changed = raw_alert("old7", minutes_ago=2 - 7 / 40, updated_minutes_ago=0.4, title="more")
    world.alerts = [changed if raw["id"] == "old7" else raw for raw in world.alerts]
    downloaded = _downloaded(world, monkeypatch)
    assert _news(world) == {"late", "old7"} | {f"new{n}" for n in range(SIZE)}
    assert world.effects.count("alert api") == 2
    assert "late" not in downloaded[SIZE:]


@pytest.mark.parametrize("late", [21, 45])
def test_many_that_were_listed_late_are_downloaded_together(late: int) -> None:
    world = _in_a_storm()
    world.alerts += [raw_alert(f"late{n}", minutes_ago=1.5 - n / 1_000) for n in range(late)]
    assert len(_news(world)) == late + SIZE
    assert world.effects.count("alert api") == 0


def test_a_list_without_evidence_that_is_not_to_be_had_costs_a_download() -> None:
    world = _in_a_storm()
    world.alerts.append(raw_alert("late", minutes_ago=1.51))
    world.before_effect["alerts api"] = [
        lambda: world.failures.update({"alerts api": []}),
        lambda: world.failures.update({"alerts api": [Unavailable("no answer")]}),
    ]
    assert "late" in _news(world)


def test_in_quiet_times_the_overlap_is_part_of_the_one_call() -> None:
    world = _in_a_storm(new=0)
    world.page_size = 1_000
    assert _news(world) == set()
    assert world.effects.count("alerts api") == 1
