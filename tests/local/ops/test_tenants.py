"""`ops tenant`: whose work it is, and a take-over."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from local.ops.target import Target
from shared.adapters.storage import TableTenants
from shared.core.tenants import TenantRow
from shared.pipeline.stored.tenants import add
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


def test_a_further_tenant_has_settings_of_its_own_and_none_that_say_where_tokens_go(
    target: Target, run_ops: Ops
) -> None:
    rows = TableTenants(target.tables)
    add(rows, "of-its-own", "11111111-2222-3333-4444-00000000000a", datetime(2026, 11, 2, tzinfo=UTC))
    told = run_ops(
        "tenant", "--tenant", "of-its-own", "--set", "DETECTIONS_OFF=one", "--set", "FETCH_EVERY=1m"
    )
    assert (told.code, "setting  DETECTIONS_OFF=one" in told.out) == (0, True)
    for wrong in ("ENTRA_URL=https://evil.example", "FETCH_EVERY=never", "NO_SETTING=1"):
        assert run_ops("tenant", "--tenant", "of-its-own", "--set", wrong).code != 0
    assert run_ops("tenant", "--tenant", "of-its-own", "--set", "FETCH_EVERY=").code == 0
    assert rows.read("of-its-own").overrides == '{"DETECTIONS_OFF":"one"}'
    assert run_ops("tenant", "--set", "FETCH_EVERY=1m").code != 0, "home's are the app's"
