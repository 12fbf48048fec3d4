"""The cache of look-ups, against Azurite."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.storage.cache import CacheFront, TableEntityCache
from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.operations import Operation, Verb
from shared.core.values import table_keys
from shared.core.values.records import CachedAnswer
from tests.adapters.service import FakeClock

NOW = datetime(2026, 11, 24, 10, 0, 0, 123456, tzinfo=UTC)


def test_answers_are_shared_by_instances_and_kept_in_front(
    tables: StorageTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    here, there = (TableEntityCache(tables, "home", clock) for _ in range(2))
    answers = {f"key {n}": CachedAnswer("found", f'{{"n":{n}}}', NOW) for n in range(20)}
    here.put("device", answers)
    assert there.get("device", [*answers, "unknown"]) == answers
    assert there.get("file", answers) == {}
    here.put("device", {"key 1": CachedAnswer("not found", "", NOW)})
    assert there.get("device", ["key 1"])["key 1"].outcome == "found"
    clock.at += 121
    assert there.get("device", ["key 1"])["key 1"].outcome == "not found"


def test_the_front_is_bounded_and_spares_the_table(
    tables: StorageTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    cache = TableEntityCache(tables, "home", clock, CacheFront(clock, most=3))
    cache.put("device", {f"{n}": CachedAnswer("found", "{}", NOW) for n in range(5)})
    monkeypatch.setattr(StorageTables, "get_many", lambda *args, **kwargs: {})
    assert set(cache.get("device", [f"{n}" for n in range(5)])) == {"2", "3", "4"}


@pytest.mark.parametrize("length", [0, 10_000, 10_001, 300_000])
def test_large_answers_are_packed(tables: StorageTables, length: int) -> None:
    answer = CachedAnswer("found", "\u00fc" * length, NOW)
    TableEntityCache(tables, "home", FakeClock()).put("users", {"k": answer})
    assert TableEntityCache(tables, "home", FakeClock()).get("users", ["k"]) == {"k": answer}


def test_an_answer_over_every_limit_is_left_out_and_said(
    tables: StorageTables, caplog: pytest.LogCaptureFixture
) -> None:
    noise = "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(100_000))
    cache = TableEntityCache(tables, "home", FakeClock())
    cache.put("users", {"big": CachedAnswer("found", noise, NOW), "k": CachedAnswer("found", "", NOW)})
    assert set(TableEntityCache(tables, "home", FakeClock()).get("users", ["big", "k"])) == {"k"}
    assert "answer too large" in caplog.text


def test_a_cached_row_of_another_make_is_looked_up_anew(tables: StorageTables) -> None:
    cache = TableEntityCache(tables, "home", FakeClock())
    cache.put("device", {"good": CachedAnswer("found", "{}", NOW)})
    for key, columns in (
        ("no body", {"Outcome": "found", "At": NOW}),
        ("no time", {"Outcome": "x", "Body": ""}),
    ):
        odd = {
            "PartitionKey": table_keys.cache_partition("home", "device"),
            "RowKey": table_keys.cache_row(key),
            **columns,
        }
        tables.apply("EntityCache", [Operation(Verb.PUT, odd)])
    fresh = TableEntityCache(tables, "home", FakeClock())
    assert set(fresh.get("device", ["good", "no body", "no time"])) == {"good"}


def test_one_front_for_all_tenants_gives_each_its_own_answers_alone(tables: StorageTables) -> None:
    """Both ask for the same key, and only one of them has an answer."""
    clock = FakeClock()
    front = CacheFront(clock, most=3)
    acme, beta = (TableEntityCache(tables, name, clock, front) for name in ("acme", "beta"))
    answer = CachedAnswer("found", "of acme", NOW)
    acme.put("device", {"d1": answer})
    assert acme.get("device", ["d1"]) == {"d1": answer}
    assert beta.get("device", ["d1"]) == {}
    other = CachedAnswer("found", "of beta", NOW)
    beta.put("device", {"d1": other})
    assert (acme.get("device", ["d1"]), beta.get("device", ["d1"])) == ({"d1": answer}, {"d1": other})
    beta.put("device", {f"d{n}": other for n in range(2, 9)})
    assert acme.get("device", ["d1"]) == {"d1": answer}, "from the table, since the front is full"


PLACES = st.tuples(
    st.sampled_from(["acme", "acme2", "home", "a|b"]),
    st.sampled_from(["file", "device"]),
    st.text(max_size=2),
)


@given(st.lists(st.tuples(PLACES, st.booleans()), max_size=40))
def test_the_front_never_gives_what_another_tenant_put(done: list[tuple[tuple[str, str, str], bool]]) -> None:
    front, put = CacheFront(FakeClock(), most=5), dict[tuple[str, str, str], CachedAnswer]()
    for n, (place, is_put) in enumerate(done):
        tenant, kind, key = place
        if is_put:
            put[place] = CachedAnswer("found", f"{n} of {tenant}", NOW)
            front.put(tenant, kind, {key: put[place]})
        for answer in front.get(tenant, kind, [key]).values():
            assert answer == put[place]
