"""Two apps and one name, over real tables: the first binds it, the second refuses until it takes over."""

import json
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.tenants import TableTenants
from shared.core.tenants import TenantRow, standing, states
from shared.errors import ConfigError, Unavailable, UnexpectedResponse
from shared.pipeline.stored import tenants
from shared.pipeline.stored.tenancy import Tenancy


@dataclass
class Clock:
    """A clock that the test moves."""

    at: datetime = datetime(2026, 11, 24, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Counted:
    """The table, and how often it was asked."""

    rows: TableTenants
    asked: list[str] = field(default_factory=list)

    def read(self, name: str) -> TenantRow:
        self.asked.append("read")
        return self.rows.read(name)

    def all(self) -> list[TenantRow]:
        self.asked.append("all")
        return self.rows.all()

    def readable(self) -> list[TenantRow]:
        self.asked.append("readable")
        return self.rows.readable()

    def write(self, row: TenantRow) -> TenantRow:
        self.asked.append("write")
        return self.rows.write(row)

    def bind(self, tenant_id: str, name: str) -> str:
        self.asked.append("bind")
        return self.rows.bind(tenant_id, name)


def app(
    rows: Counted, clock: Clock, *, name: str = "home", me: str = "app-a", tenant: str = "id-1"
) -> Tenancy:
    return Tenancy(rows, clock, name, me, lambda: tenant)


def test_the_name_is_bound_at_the_first_start_and_refused_to_another(
    tables: StorageTables, caplog: pytest.LogCaptureFixture
) -> None:
    rows, clock = Counted(TableTenants(tables)), Clock()
    app(rows, clock).check(anew=True)
    row = rows.rows.read("home")
    assert (row.tenant_id, row.deployment, row.bound_at) == ("id-1", "app-a", clock.now())
    for other in (app(rows, clock, tenant="id-2"), app(rows, clock, me="app-b")):
        with pytest.raises(ConfigError):
            other.check(anew=True)
    with pytest.raises(ConfigError, match="is TENANT 'home'"):
        app(rows, clock, name="second", me="app-b").check(anew=True)
    assert rows.rows.read("second") == TenantRow()
    said = [json.loads(record.getMessage()) for record in caplog.records]
    assert [line["event"] for line in said if "tenant" in line["event"]].count("another has this tenant") == 3


def test_it_costs_one_read_a_fetch_and_one_a_minute_elsewhere(tables: StorageTables) -> None:
    rows, clock = Counted(TableTenants(tables)), Clock()
    mine = app(rows, clock)
    mine.check(anew=True)
    rows.asked.clear()
    mine.check(anew=True)
    assert rows.asked == ["read"]
    for _ in range(10):
        mine.check(anew=False)
        clock.sleep(5)
    assert rows.asked == ["read"]
    clock.sleep(60)
    mine.check(anew=False)
    assert rows.asked == ["read", "read"]


def test_the_second_app_works_after_it_was_named_and_the_first_stops(tables: StorageTables) -> None:
    rows, clock = Counted(TableTenants(tables)), Clock()
    first, second = app(rows, clock), app(rows, clock, me="app-b")
    first.check(anew=True)
    with pytest.raises(ConfigError):
        second.check(anew=False)
    row = rows.rows.read("home")
    rows.rows.write(standing.taken_over(row, "app-b"))
    second.check(anew=False)
    clock.sleep(61)
    with pytest.raises(ConfigError, match="'app-b' works on"):
        first.check(anew=False)


def test_a_pause_is_seen_with_the_next_look_and_costs_none_of_its_own(tables: StorageTables) -> None:
    rows, clock = Counted(TableTenants(tables)), Clock()
    mine = app(rows, clock)
    mine.check(anew=True)
    assert not mine.is_paused
    tenants.move(rows.rows, "home", states.paused, clock.now())
    rows.asked.clear()
    mine.check(anew=True)
    assert (mine.is_paused, rows.asked) == (True, ["read"])


def test_without_a_token_the_app_works_and_the_name_is_bound_later(tables: StorageTables) -> None:
    def refused() -> str:
        raise Unavailable("no token", service="identity")

    rows, clock = Counted(TableTenants(tables)), Clock()
    Tenancy(rows, clock, "home", "", refused).check(anew=True)
    assert rows.rows.read("home") == TenantRow()
    app(rows, clock, me="").check(anew=True)
    assert rows.rows.read("home").tenant_id == "id-1"


def test_two_that_start_at_once_do_not_both_work(tables: StorageTables) -> None:
    rows, clock = TableTenants(tables), Clock()

    @dataclass
    class Overtaken(Counted):
        def write(self, row: TenantRow) -> TenantRow:
            if "write" not in self.asked:
                self.rows.write(replace(row, deployment="app-b"))
            return super().write(row)

    with pytest.raises(ConfigError, match="'app-b' works on"):
        app(Overtaken(rows), clock).check(anew=True)


def test_a_row_that_cannot_be_read_stops_whoever_asks_and_what_others_keep_in_it_stays(
    tables: StorageTables,
) -> None:
    rows, clock = Counted(TableTenants(tables)), Clock()
    app(rows, clock).check(anew=True)
    keys = {"PartitionKey": "tenant", "RowKey": "home"}
    tables.apply("Tenants", [Operation(Verb.PUT, {**keys, "Name": "home", "TenantId": 5})])
    with pytest.raises(UnexpectedResponse, match="tenant_id cannot be read"):
        app(rows, clock).check(anew=True)
    tables.apply("Tenants", [Operation(Verb.PUT, {**keys, "Name": "home", "Settings": "{}"})])
    app(rows, clock).check(anew=True)
    row = tables.get("Tenants", "tenant", "home")
    assert row is not None
    assert (row["Settings"], row["TenantId"]) == ("{}", "id-1")


ID, OTHER = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"


def test_an_id_is_added_under_one_name_for_ever(tables: StorageTables) -> None:
    rows, now = TableTenants(tables), Clock().now()
    row, is_new = tenants.add(rows, "acme", ID, now)
    assert (row.name, row.tenant_id, row.state, is_new) == ("acme", ID, "pending", True)
    assert tenants.add(rows, "acme", ID, now) == (row, False)
    for name, tenant_id in (("acme", OTHER), ("beta", ID)):
        with pytest.raises(ConfigError):
            tenants.add(rows, name, tenant_id, now)
    assert rows.read("beta") == TenantRow()
    assert rows.all() == [row]


def test_of_two_that_add_one_id_at_once_the_second_is_refused(tables: StorageTables) -> None:
    """The list that the second read was older than the first one's row."""
    now = Clock().now()

    class Early(TableTenants):
        def all(self) -> list[TenantRow]:
            return []

    tenants.add(TableTenants(tables), "acme", ID, now)
    with pytest.raises(ConfigError, match="is 'acme'"):
        tenants.add(Early(tables), "beta", ID, now)


def test_whatever_a_row_held_before_it_holds_what_was_written_last(tables: StorageTables) -> None:
    """Rows are merged: what goes back to its default must not stay as it was."""
    rows, now = TableTenants(tables), Clock().now()
    full = TenantRow(
        "acme", ID, "paused", "app-a", now, True, now, "{}", now, 7, now, "error", now, now, ("a:b", "c:d")
    )
    assert all(getattr(full, each.name) != each.default for each in fields(full) if each.name != "etag")
    first = rows.write(full)
    assert rows.read("acme") == first
    empty = rows.write(TenantRow("acme", etag=first.etag))
    assert rows.read("acme") == empty
    assert replace(empty, etag="") == TenantRow("acme")


def test_one_row_that_cannot_be_read_hides_no_other_tenant(
    tables: StorageTables, caplog: pytest.LogCaptureFixture
) -> None:
    rows = TableTenants(tables)
    acme, _ = tenants.add(rows, "acme", ID, Clock().now())
    for key, columns in (("bad", {"Name": "bad", "Failures": "many"}), ("beta", {"Name": "acme"})):
        tables.apply("Tenants", [Operation(Verb.PUT, {"PartitionKey": "tenant", "RowKey": key, **columns})])
    assert rows.readable() == [acme]
    assert sum("tenant's row cannot be read" in record.getMessage() for record in caplog.records) == 2
    with pytest.raises(UnexpectedResponse, match="name cannot be read"):
        rows.read("beta")
    with pytest.raises(UnexpectedResponse):
        rows.all()
