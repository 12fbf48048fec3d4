"""`ops tenant`: whose work it is, and a take-over."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from local.ops.target import Target
from shared.adapters.storage import TableTenants
from shared.core.tenants import TenantRow
from tests.local.ops.conftest import Ops


def test_the_operator_sees_whose_work_it_is_and_names_the_app_that_takes_over(
    target: Target, run_ops: Ops
) -> None:
    rows = TableTenants(target.tables)
    before = rows.write(replace(rows.read("home"), deployment="app-a"))
    shown = run_ops("tenant")
    assert shown.code == 0
    assert "tenant   home: " in shown.out
    assert "app      app-a" in shown.out
    assert before.tenant_id, "the stack's functions have run, and bound it"
    assert "app-b may work on it" in run_ops("tenant", "--take-over", "app-b").out
    after = rows.read("home")
    assert (after.tenant_id, after.deployment) == (before.tenant_id, "app-b")
    assert run_ops("tenant", "--tenant", "nobody").code == 1


def test_a_take_over_that_another_write_overtakes_is_done_and_keeps_that_write(
    target: Target, run_ops: Ops, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, meanwhile = TableTenants.write, datetime(2026, 11, 2, tzinfo=UTC)
    raced: list[TenantRow] = []

    def late(rows: TableTenants, row: TenantRow) -> TenantRow:
        if not raced:
            raced.append(write(rows, replace(rows.read(row.name), bound_at=meanwhile)))
        return write(rows, row)

    monkeypatch.setattr(TableTenants, "write", late)
    told = run_ops("tenant", "--take-over", "app-c")
    assert (told.code, len(raced)) == (0, 1)
    after = TableTenants(target.tables).read("home")
    assert (after.deployment, after.bound_at) == ("app-c", meanwhile)
