"""Who may work under a tenant's name."""

from dataclasses import replace

import pytest

from shared.core.tenants import Claim, TenantRow
from shared.core.tenants.standing import admitted, claimed, is_worked_on, refuse_second_name, taken_over
from shared.errors import ConfigError
from tests.core.progress.rows import NOW

ROW = TenantRow("home", "id-1", deployment="app-a", bound_at=NOW, etag="mark")
CLAIM = Claim("home", "id-1", "app-a")


def test_the_first_app_binds_the_name() -> None:
    assert admitted(TenantRow(), CLAIM, NOW) == replace(ROW, etag="")


def test_nothing_is_written_while_nothing_is_known_or_new() -> None:
    assert admitted(TenantRow(), Claim("home", "", ""), NOW) is None
    assert admitted(ROW, CLAIM, NOW) is None
    assert admitted(ROW, Claim("home", "ID-1", "App-A"), NOW) is None
    assert admitted(ROW, Claim("home", "", ""), NOW) is None


def test_what_was_not_known_is_added() -> None:
    assert admitted(replace(ROW, tenant_id=""), CLAIM, NOW) == ROW
    assert admitted(replace(ROW, deployment=""), CLAIM, NOW) == ROW


@pytest.mark.parametrize(
    ("row", "claim", "says"),
    [
        (ROW, replace(CLAIM, tenant_id="id-2"), "'home' is tenant id-1 on .* identity is of tenant id-2"),
        (
            ROW,
            replace(CLAIM, deployment="app-b"),
            "'app-a' works on .* this is 'app-b': .* --take-over app-b",
        ),
        (replace(ROW, state="gone"), CLAIM, "was given up"),
        (replace(ROW, is_further=True), CLAIM, "added on this storage account as a further tenant"),
        (ROW, replace(CLAIM, name="Home"), "upper and lower case"),
    ],
)
def test_another_is_refused_in_clear_words(row: TenantRow, claim: Claim, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        admitted(row, claim, NOW)


def test_a_tenant_has_one_name() -> None:
    refuse_second_name(CLAIM, [ROW, replace(ROW, name="other", tenant_id="id-2")])
    refuse_second_name(replace(CLAIM, tenant_id=""), [replace(ROW, name="other", tenant_id="")])
    with pytest.raises(ConfigError, match="tenant id-1 is TENANT 'other'"):
        refuse_second_name(CLAIM, [replace(ROW, name="other")])


def test_after_a_take_over_the_first_app_is_the_second() -> None:
    row = taken_over(ROW, "app-b")
    assert admitted(row, replace(CLAIM, deployment="app-b"), NOW) is None
    with pytest.raises(ConfigError, match="'app-b' works on"):
        admitted(row, CLAIM, NOW)


def test_a_further_tenant_is_worked_on_by_the_deployment_that_claimed_it() -> None:
    further = replace(
        ROW, name="acme", tenant_id="11111111-2222-3333-4444-555555555555", is_further=True, deployment=""
    )
    mine = claimed(further, "app-a")
    assert mine == replace(further, deployment="app-a")
    assert claimed(mine, "app-b") is None
    assert claimed(further, "") is None
    for row, by in ((further, "app-b"), (mine, "App-A"), (mine, "")):
        assert is_worked_on(row, by)
    assert not is_worked_on(mine, "app-b")
    assert not is_worked_on(ROW, "app-a"), "the own tenant of an app is no further one"
    for broken in (replace(further, tenant_id=""), replace(further, name="a|b")):
        assert not is_worked_on(broken, "app-a")
    for state, worked in (
        ("pending", True),
        ("paused", False),
        ("leaving", False),
        ("gone", False),
        ("?", False),
    ):
        assert is_worked_on(replace(further, state=state), "app-a") is worked
