"""`ops tenant`: whose work it is, and a take-over."""

from dataclasses import replace

from local.ops.target import Target
from shared.adapters.storage import TableTenants
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
