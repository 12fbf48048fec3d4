import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from local.simulator.gate import Gate
from shared.core.correlate.finding import Cell
from shared.core.hunting import bulk_queries
from shared.core.lookups.entities import File, Lookup, Outcome
from shared.errors import Unavailable
from shared.pipeline.enrich.bulk_directory import MANY, TOO_MANY, BulkDirectory
from shared.pipeline.fetch.fetch_alerts import fetch_alerts
from shared.pipeline.policy import Policy
from tests.pipeline.fakes import FakeDirectory, FakeHunter
from tests.pipeline.raw import raw_alert
from tests.pipeline.recorded import CONTOSO, hunt
from tests.pipeline.world import World

HASHES = [f"{n:040x}" for n in range(MANY)]
DEVICES = [f"d{n}" for n in range(MANY)]


@dataclass
class Statistics:
    """Statistics of every file but those it does not know."""

    unknown: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def file_statistics(self, hashes: Iterable[str]) -> dict[str, Lookup[File]]:
        keys = list(hashes)
        self.asked += keys
        return {
            key: Lookup(Outcome.NOT_FOUND)
            if key in self.unknown
            else Lookup(Outcome.FOUND, File(key, org_prevalence=3))
            for key in keys
        }


def _profiles(known: Iterable[str]) -> list[Mapping[str, Cell]]:
    return [
        {"SHA1": key, "GlobalPrevalence": 7, "Signer": "Contoso", "IsCertificateValid": 1} for key in known
    ]


def _made(
    rows: Sequence[Mapping[str, Cell]] | None, *, budget: bool = True
) -> tuple[World, Statistics, BulkDirectory]:
    world = World(hunt=lambda _name, _kql: rows or [])
    if rows is None:
        world.failures["hunting api"] = [Unavailable("no answer")]
    statistics = Statistics()
    directory = BulkDirectory(FakeDirectory(world), statistics, FakeHunter(world), lambda: budget)
    return world, statistics, directory


def test_many_files_cost_one_hunt_and_one_call_each() -> None:
    world, statistics, directory = _made(_profiles(HASHES))
    found = directory.files([*HASHES, *HASHES])
    assert world.calls == ["hunt"]
    assert statistics.asked == HASHES
    file = found[HASHES[0]].value
    assert file is not None
    assert (file.global_prevalence, file.org_prevalence, file.signer, file.is_valid_certificate) == (
        7,
        3,
        "Contoso",
        True,
    )


def test_what_hunting_does_not_know_is_asked_of_defender() -> None:
    world, _, directory = _made(_profiles(HASHES[1:]))
    found = directory.files([*HASHES, "f" * 64])
    assert set(found) == {*HASHES, "f" * 64}
    assert world.calls == ["hunt", "file", "file"]


def test_few_keys_no_budget_or_no_answer_mean_no_hunt() -> None:
    world, _, directory = _made(_profiles(HASHES))
    directory.files(HASHES[:-1])
    directory.users(DEVICES[:-1])
    assert "hunt" not in world.calls
    world, _, directory = _made(_profiles(HASHES), budget=False)
    assert set(directory.files(HASHES)) == set(HASHES)
    assert "hunt" not in world.calls
    world, _, directory = _made(None)
    assert set(directory.users(DEVICES)) == set(DEVICES)
    assert world.calls == ["hunt", *["users"] * MANY]


def test_a_file_without_statistics_was_met_nowhere() -> None:
    _, statistics, directory = _made(_profiles(HASHES))
    statistics.unknown = {HASHES[0]}
    file = directory.files(HASHES)[HASHES[0]].value
    assert file is not None
    assert file.org_prevalence == 0


def _many(kind: str) -> list[str]:
    """One key more than Defender is asked for one by one, of files or of addresses."""
    count = range(TOO_MANY + 1)
    return [f"{n:040x}" for n in count] if kind == "file" else [f"203.0.113.{n}" for n in count]


def _met(keys: Iterable[str]) -> list[Mapping[str, Cell]]:
    first, last = "2026-11-01T08:00:00.0000000Z", "2026-11-24T09:00:00.0000000Z"
    return [{"Key": key.upper(), "Devices": 4, "First": first, "Last": last} for key in keys]


def test_on_how_many_devices_hundreds_of_addresses_were_met_costs_one_hunt() -> None:
    keys = _many("address")
    world, _, directory = _made(_met(keys[1:]))
    found = directory.addresses([*keys, *keys])
    assert (world.calls, list(found)) == (["hunt"], keys)
    assert found[keys[0]].outcome is Outcome.NOT_FOUND, "met nowhere"
    known = found[keys[1]].value
    assert known is not None and known.org_first_seen is not None and known.org_last_seen is not None
    assert (known.key, known.org_prevalence) == (keys[1], 4)
    assert known.org_first_seen < known.org_last_seen


def test_on_how_many_devices_hundreds_of_files_were_met_costs_one_hunt_beside_their_profiles() -> None:
    keys = _many("file")
    world, statistics, directory = _made([])
    world.hunt = lambda name, _: _met(keys[1:]) if name == "met" else _profiles(keys)
    found = directory.files(keys)
    assert (world.calls, statistics.asked) == (["hunt", "hunt"], [])
    files = [found[key].value for key in keys]
    assert {(file.global_prevalence, file.org_prevalence) for file in files if file} == {(7, 0), (7, 4)}
    assert files[0] is not None and files[0].org_prevalence == 0, "met nowhere"


def test_fewer_keys_or_no_answer_are_asked_of_defender() -> None:
    keys = _many("address")
    world, _, directory = _made(_met(keys))
    directory.addresses(keys[: TOO_MANY - 1])
    assert world.calls == ["address"] * (TOO_MANY - 1)
    world, _, directory = _made(None)
    assert set(directory.addresses(keys)) == set(keys)
    assert world.calls == ["hunt", *["address"] * len(keys)]


def test_the_query_for_where_things_were_met_finds_the_recorded_ones() -> None:
    for column, table in (("SHA1", "DeviceProcessEvents"), ("RemoteIP", "DeviceNetworkEvents")):
        rows = hunt("any", f"{table} | where isnotempty({column}) | project DeviceId, Key = {column}")
        by_key: dict[str, set[str]] = {}
        for row in rows:
            by_key.setdefault(str(row["Key"]), set()).add(str(row["DeviceId"]))
        key = max(by_key, key=lambda each: len(by_key[each]))
        found = bulk_queries.met_in(hunt("met", bulk_queries.met_query(column, [key])))
        devices = found[key.lower()].org_prevalence
        assert devices is not None and devices >= len(by_key[key]) > 0


def test_users_of_many_devices_come_from_one_hunt() -> None:
    listed = json.dumps([{"UserName": "alice", "DomainName": "CONTOSO", "Sid": "S-1"}, {"odd": 1}, 5])
    rows: list[Mapping[str, Cell]] = [
        {"DeviceId": key, "Timestamp": "2026-11-24T10:00:00.1234567Z", "LoggedOnUsers": listed}
        for key in DEVICES
    ]
    rows[0] = {**rows[0], "LoggedOnUsers": "{broken"}
    world, _, directory = _made(rows)
    users = directory.users(DEVICES)
    assert world.calls == ["hunt", "users"]
    known = users[DEVICES[1]].value
    assert known is not None
    assert [user.account.name for user in known] == ["alice"]


def test_the_users_query_finds_the_recorded_users() -> None:
    machines = json.loads((CONTOSO / "machines.json").read_text("utf-8"))["value"]
    found = bulk_queries.users_in(hunt("users", bulk_queries.users_query([m["id"] for m in machines])))
    assert len(found) >= 5
    assert all(user.account.name for users in found.values() for user in users)


@settings(deadline=None)
@given(keys=st.lists(st.text(max_size=40), min_size=1, max_size=4, unique=True))
def test_no_key_changes_the_shape_of_a_query(gate: Gate, keys: list[str]) -> None:
    with_texts = _queries(keys)
    names = [f"x{n}" for n in range(len(keys))]
    plain = _queries(names)
    read = gate.tokens_all([*with_texts, *plain])
    shapes = [[kind for kind, _ in tokens] for tokens in read]
    assert shapes[: len(plain)] == shapes[len(plain) :]


def _queries(keys: Sequence[str]) -> list[str]:
    met = [bulk_queries.met_query(column, keys) for column in ("SHA1", "RemoteIP")]
    return [bulk_queries.users_query(keys), bulk_queries.profiles_query(keys), *met]


def test_all_queries_pass_microsofts_parser(gate: Gate) -> None:
    assert all(gate.judge(text).ok for text in _queries(["a"]))


def test_a_storms_entities_are_looked_up_together_and_none_of_its_alerts_is_queued() -> None:
    world = World(alerts=[raw_alert(f"a{n}", minutes_ago=5) for n in range(32)])
    assert fetch_alerts(world.ports(), Policy()).pointers == ()
    assert sorted(world.calls) == ["address", "alerts", "device", "domain", "file", "users"]
    lone = World(alerts=[raw_alert("a1", minutes_ago=5)])
    fetch_alerts(lone.ports(), Policy())
    assert lone.calls == ["alerts"]


def test_look_ups_that_fail_hold_up_no_pointer() -> None:
    world = World(alerts=[raw_alert(f"a{n}", minutes_ago=5) for n in range(32)])
    world.failures = {
        f"{kind} api": [Unavailable("no")] for kind in ("device", "users", "file", "address", "domain")
    }
    assert len(fetch_alerts(world.ports(), Policy()).pointers) == 32


def test_users_nested_without_end_cost_the_look_up_of_one_device() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    rows: list[Mapping[str, Cell]] = [
        {"DeviceId": key, "LoggedOnUsers": deep if key == "d0" else '[{"UserName":"alice"}]'}
        for key in DEVICES
    ]
    _, _, directory = _made(rows)
    found = directory.users(DEVICES)
    assert {key for key, look in found.items() if look.outcome is not Outcome.FOUND} == {"d0"}
