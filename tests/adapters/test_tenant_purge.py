"""Nothing is left of a tenant that was purged, whoever died meanwhile, and others' rows are as they were."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from local.ops.screen import Screen
from local.ops.tenant_purge import purge
from shared.adapters import storage
from shared.adapters.storage import StorageTables, TableTenants, TenantPurge, tenant_purge
from shared.adapters.storage.tenants import TABLE as TENANTS
from shared.core.tenants import states
from shared.core.tenants.row import GONE
from shared.core.values import table_keys
from shared.errors import ConfigError
from shared.pipeline.stored.tenants import add, move
from tests.table_service import Answer, Ended, Key, Row, TableService
from tests.tenant_rows import finished, published, unfinished

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
# The name's own beginning, a name that it begins, and what sorts just before and behind it.
NAMES = ("acme", "acme2", "acme-x", "acm", "acmf", "a")
FIRST_ID = "11111111-2222-3333-4444-{:012d}"


def filled(tables: StorageTables, *names: str, alerts: int = 2) -> None:
    """Alerts of the same ids in each tenant; "" is home."""
    for name in names:
        for n in range(alerts):
            at = NOW - timedelta(days=20 * n)
            finished(tables, name or "home", f"da{n}", at, row_tenant=name)
            published(tables, name, f"da{n}", at)
        unfinished(tables, name or "home", "da1", NOW)


def leaving(tables: StorageTables, *names: str) -> None:
    """The tenants are on the list, and the first of them was removed a while ago."""
    rows = TableTenants(tables)
    for n, name in enumerate(names):
        add(rows, name, FIRST_ID.format(n), NOW - timedelta(days=90))
    move(rows, names[0], states.leaving, NOW - timedelta(minutes=16))


@cache
def _filled_once(names: tuple[str, ...], alerts: int) -> TableService:
    service = TableService(now=NOW)
    filled(service.client(), "", *names, alerts=alerts)
    leaving(service.client(), *names)
    return service


def service_of(*names: str, alerts: int = 2) -> TableService:
    """These tenants and home, the first of them leaving."""
    return _filled_once(names, alerts).copied()


def service_of_all() -> TableService:
    """Names that are each other's beginnings."""
    return service_of(*NAMES)


def theirs(service: TableService, name: str) -> dict[tuple[str, Key], Row]:
    """Every row with the name as a whole part of a key, the list of tenants aside."""
    part = table_keys.safe_id(name)
    return {
        (table, key): row
        for (table, key), row in service.everything().items()
        if table != TENANTS and part in re.split(r"\|", "|".join(key))
    }


def run(service: TableService, name: str = "acme") -> tuple[int, str]:
    """(how the command ended, what it printed)."""
    out = io.StringIO()
    code = purge(name, service.client(), NOW, Screen(out, out), is_sure=True)
    return code, out.getvalue()


def test_nothing_is_left_and_others_are_untouched() -> None:
    service = service_of_all()
    before, mine = service.everything(), theirs(service, "acme")
    assert {table for table, _ in mine} == set(tenant_purge.TABLES), "a tenant has rows in every table"
    code, said = run(service)
    assert code == 0
    after = service.everything()
    assert [at for at in after if at in mine] == []
    others = {at: row for at, row in before.items() if at not in mine and at[0] != TENANTS}
    assert {at: row for at, row in after.items() if at[0] != TENANTS} == others
    changed = [at for at, row in after.items() if at[0] == TENANTS and row != before[at]]
    assert changed == [(TENANTS, ("tenant", "acme"))]
    assert TableTenants(service.client()).read("acme").state == GONE
    assert said.count(" 0 rows left") == len(tenant_purge.TABLES)


def test_the_tables_are_all_that_the_app_has() -> None:
    folder = Path(storage.__file__).parent
    named = {
        name
        for file in folder.glob("*.py")
        if file.name != "failures.py"  # words of the service
        for name in re.findall(r'^[A-Z_]+(?:, [A-Z_]+)* = (".*")$', file.read_text("utf-8"), re.MULTILINE)
    }
    tables = {name for text in named for name in re.findall(r'"([A-Z][A-Za-z]+)"', text)}
    assert {*tenant_purge.TABLES, TENANTS} <= tables
    assert tables - {*tenant_purge.TABLES, TENANTS} == {"Rows"}, "a column"


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_purge_that_is_ended_at_any_request_is_made_good_by_the_next(side: str) -> None:
    whole = service_of("acme", "acme2", alerts=1)
    run(whole)
    wanted, requests = _without_times(whole), len(whole.effects)
    assert requests > 60
    for index in range(requests):
        service = service_of("acme", "acme2", alerts=1)
        service.end_at = (index, side)
        with pytest.raises(Ended):
            run(service)
        service.end_at = None
        code, _ = run(service)
        assert (code, _without_times(service)) == (0, wanted), (index, side)


def _without_times(service: TableService) -> dict[tuple[str, Key], Row]:
    """Every row whole; of the purged tenant's own in the list of tenants all but when it was written."""
    rows = service.everything()
    own = rows[TENANTS, ("tenant", "acme")]
    rows[TENANTS, ("tenant", "acme")] = {
        name: value for name, value in own.items() if name not in ("Timestamp", "odata.etag")
    }
    return rows


def test_the_look_afterwards_finds_any_single_row() -> None:
    service = service_of_all()
    mine = theirs(service, "acme")
    run(service)
    for (table, key), row in mine.items():
        one = service.copied()
        one.lay(table, [row])
        found = TenantPurge(one.client(), "acme").left()
        assert [(each.table, each.rows) for each in found if each.rows] == [(table, 1)], key


def test_a_kind_of_rows_that_this_version_does_not_know_goes_too() -> None:
    service = service_of_all()
    rows: list[Row] = [
        {"PartitionKey": f"later|{name}{rest}", "RowKey": "x"} for name in NAMES for rest in ("", "|day")
    ]
    service.lay("AlertWork", [*rows, {"PartitionKey": "aaa", "RowKey": "acme|x"}])
    run(service)
    left = {key[0] for key in service.all("AlertWork") if key[0].startswith(("later", "aaa"))}
    assert left == {row["PartitionKey"] for row in rows[2:]} | {"aaa"}


def test_rows_that_come_back_are_told_and_the_tenant_is_not_gone() -> None:
    """Somebody still works on it."""
    service = service_of_all()
    row = next(row for at, row in theirs(service, "acme").items() if at[0] == "Alerts")

    def written_again(name: str, do: Callable[[], Answer]) -> Answer:
        service.lay("Alerts", [row])
        return do()

    service.effect = written_again
    code, said = run(service)
    assert (code, "1 rows of acme are there again" in said) == (1, True)
    assert TableTenants(service.client()).read("acme").state == "leaving"
    service.effect = lambda name, do: do()
    assert run(service)[0] == 0


@pytest.mark.parametrize("name", ["acme2", "home", "nobody"])
def test_who_was_not_removed_is_not_purged(name: str) -> None:
    service = service_of_all()
    before = service.everything()
    with pytest.raises(ConfigError, match="remove it first"):
        run(service, name)
    assert service.everything() == before


def test_a_tenant_that_was_just_removed_must_wait() -> None:
    service = service_of_all()
    move(TableTenants(service.client()), "acme2", states.leaving, NOW - timedelta(minutes=14, seconds=59))
    before = service.everything()
    with pytest.raises(ConfigError, match="may be purged in 1 min"):
        run(service, "acme2")
    assert service.everything() == before


def test_without_a_yes_nothing_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    service, out = service_of_all(), io.StringIO()
    before = service.everything()
    monkeypatch.setattr("sys.stdin", io.StringIO("acme"))  # no terminal, so nobody is asked
    assert purge("acme", service.client(), NOW, Screen(out, out), is_sure=False) == 1
    assert service.everything() == before
    assert f"{len(theirs(service, 'acme'))} rows" in out.getvalue()


TEXT = st.text(st.sampled_from("aA0-|}~{%7C .'é\U0001f600"), min_size=1, max_size=6)


@settings(max_examples=15, deadline=None)
@given(one=TEXT, other=TEXT)
def test_no_name_is_a_trap_for_another(one: str, other: str) -> None:
    """Names such as an operator could never give, too."""
    assume(one != other and "home" not in (one, other))
    service = TableService(now=NOW)
    filled(service.client(), one, alerts=1)
    alone = {at: _untimed(row) for at, row in service.everything().items()}
    filled(service.client(), other, alerts=1)
    TenantPurge(service.client(), other).delete()
    assert {at: _untimed(row) for at, row in service.everything().items()} == alone


def _untimed(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("Timestamp", "odata.etag")}


def test_azurite_comes_to_the_same_end(tables: StorageTables) -> None:
    filled(tables, "", "acme", "acme2")
    leaving(tables, "acme", "acme2")
    out = io.StringIO()
    kept = {table: list(tables.query(table, "")) for table in tenant_purge.TABLES}
    assert purge("acme", tables, NOW, Screen(out, out), is_sure=True) == 0
    for table, before in kept.items():
        others = [
            row for row in before if "acme" not in "|".join((row["PartitionKey"], row["RowKey"])).split("|")
        ]
        assert len(others) < len(before)
        assert list(tables.query(table, "")) == others
