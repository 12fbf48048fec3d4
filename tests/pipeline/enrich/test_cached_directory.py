from datetime import timedelta

import pytest

from shared.core.alert.model import Account
from shared.core.lookups.entities import Device, LoggedOnUser, Lookup, Outcome
from shared.core.values.instant import Instant
from shared.core.values.records import CachedAnswer
from shared.pipeline.enrich.cached_directory import CachedDirectory
from shared.pipeline.policy import CachePolicy
from tests.pipeline.fakes import FakeCache, FakeClock, FakeDirectory
from tests.pipeline.world import World

SEEN = Instant.parse("2026-11-20T08:00:00.1234567Z")
USERS = (LoggedOnUser(Account(name="alice"), "Interactive", SEEN, SEEN, is_domain_admin=False),)


def _answer(kind: str, key: str) -> Lookup[object]:
    known: dict[str, object] = {"device": Device(key, os="Windows11", tags=("prod",)), "users": USERS}
    if key == "forbidden":
        return Lookup(Outcome.FORBIDDEN, detail="role missing")
    if kind in known and key != "unknown":
        return Lookup(Outcome.FOUND, known[kind])
    return Lookup(Outcome.NOT_FOUND)


def _made(cache: FakeCache | None = None) -> tuple[World, CachedDirectory]:
    world = World(directory_answers=_answer)
    return world, CachedDirectory(FakeDirectory(world), cache or FakeCache(), FakeClock(world), CachePolicy())


def test_an_answer_is_asked_for_once_within_its_lifetime_by_all_instances() -> None:
    cache = FakeCache()
    world, directory = _made(cache)
    first = directory.devices(["d1", "d1", "unknown"])
    _, other_instance = world, CachedDirectory(FakeDirectory(world), cache, FakeClock(world), CachePolicy())
    assert other_instance.devices(["unknown", "d1"]) == first
    assert world.calls == ["device", "device"]
    assert first["d1"].value == Device("d1", os="Windows11", tags=("prod",))
    assert first["unknown"].outcome is Outcome.NOT_FOUND


def test_users_come_back_whole() -> None:
    _, directory = _made()
    assert directory.users(["d1"]) == directory.users(["d1"])
    assert directory.users(["d1"])["d1"].value == USERS


@pytest.mark.parametrize(("hours", "calls"), [(0.9, 1), (1.1, 2)])
def test_each_kind_has_its_own_lifetime(hours: float, calls: int) -> None:
    world, directory = _made()
    directory.devices(["d1"])
    directory.addresses(["8.8.8.8"])
    world.pass_time(hours=hours)
    directory.devices(["d1"])
    directory.addresses(["8.8.8.8"])
    assert (world.calls.count("device"), world.calls.count("address")) == (calls, 1)


def test_a_refusal_is_remembered_for_a_quarter_of_an_hour_only() -> None:
    world, directory = _made()
    for _ in range(3):
        assert directory.devices(["forbidden"])["forbidden"].outcome is Outcome.FORBIDDEN
    assert world.calls == ["device"]
    world.pass_time(minutes=16)
    directory.devices(["forbidden"])
    assert world.calls == ["device", "device"]


def test_while_the_service_throttles_a_past_answer_is_used_and_says_so() -> None:
    world, directory = _made()
    directory.devices(["d1"])
    world.pass_time(hours=5)
    world.directory_answers = lambda kind, key: Lookup(Outcome.THROTTLED, detail="429")
    look = directory.devices(["d1", "d2"])
    assert (look["d1"].outcome, look["d1"].detail) == (Outcome.FOUND, "answer of 5.0 h ago")
    assert look["d2"].outcome is Outcome.THROTTLED
    world.directory_answers = _answer
    assert directory.devices(["d2"])["d2"].outcome is Outcome.FOUND


def test_without_a_cache_every_key_is_asked_for() -> None:
    world, directory = _made(FakeCache(broken=True))
    assert directory.devices(["d1"])["d1"].outcome is Outcome.FOUND
    directory.devices(["d1"])
    assert world.calls == ["device", "device"]


def test_an_answer_that_cannot_be_read_any_more_is_asked_for_anew() -> None:
    cache = FakeCache()
    world, directory = _made(cache)
    cache.rows["domain", "x.example"] = CachedAnswer("found", "{not json", world.now)
    cache.rows["domain", "y.example"] = CachedAnswer("of another time", "", world.now - timedelta(hours=1))
    assert set(directory.domains(["x.example", "y.example"])) == {"x.example", "y.example"}
    assert world.calls == ["domain", "domain"]
