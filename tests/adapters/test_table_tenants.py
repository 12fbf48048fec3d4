"""Two apps and one name, over real tables: the first binds it, the second refuses until it takes over."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.storage.client import StorageTables
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.state import TableTenants
from shared.core.progress import TenantRow, tenancy
from shared.errors import ConfigError, Unavailable, UnexpectedResponse
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

    def write(self, row: TenantRow) -> TenantRow:
        self.asked.append("write")
        return self.rows.write(row)


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
    rows.rows.write(tenancy.taken_over(row, "app-b"))
    second.check(anew=False)
    clock.sleep(61)
    with pytest.raises(ConfigError, match="'app-b' works on"):
        first.check(anew=False)


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
