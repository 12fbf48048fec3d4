"""What leads from one state of a tenant to the next, and what never does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.tenants import ACTIVE, PAUSED, TenantRow, states
from shared.core.tenants.row import GONE, LEAVING, PENDING, is_name
from shared.errors import ConfigError

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
ID, OTHER = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
LATER = NOW + states.PURGE_AFTER


def acme(state: str, **changes: object) -> TenantRow:
    row = TenantRow("acme", ID, state, bound_at=NOW, is_further=True, changed_at=NOW, etag="e")
    return replace(row, **changes)  # type: ignore[arg-type]  # names of fields


HOME = TenantRow("home", ID, deployment="app-a", etag="e")
STEPS: dict[str, Callable[[TenantRow, datetime], TenantRow | None]] = {
    "add": lambda row, now: states.added(row, "acme", ID, now),
    "reach": lambda row, now: states.reached(row, now),
    "pause": states.paused,
    "resume": states.resumed,
    "leave": states.leaving,
    "purged": states.gone,
}
# What each step makes of each state; None stays as it is, REFUSED is refused.
REFUSED = "refused"
TABLE = {
    "add": {"": PENDING, PENDING: None, ACTIVE: None, PAUSED: None, LEAVING: REFUSED, GONE: PENDING},
    "pause": {"": REFUSED, PENDING: PAUSED, ACTIVE: PAUSED, PAUSED: None, LEAVING: REFUSED, GONE: REFUSED},
    "resume": {"": REFUSED, PENDING: None, ACTIVE: None, PAUSED: PENDING, LEAVING: REFUSED, GONE: REFUSED},
    "leave": {"": REFUSED, PENDING: LEAVING, ACTIVE: LEAVING, PAUSED: LEAVING, LEAVING: None, GONE: REFUSED},
    "purged": {"": REFUSED, PENDING: REFUSED, ACTIVE: REFUSED, PAUSED: REFUSED, LEAVING: GONE, GONE: None},
}


@pytest.mark.parametrize("step", TABLE)
def test_each_step_leads_where_the_table_says(step: str) -> None:
    for before, after in TABLE[step].items():
        row = acme(before) if before else TenantRow()
        if after == REFUSED:
            with pytest.raises(ConfigError):
                STEPS[step](row, LATER)
            continue
        made = STEPS[step](row, LATER)
        assert (made and made.state) == after, before
        assert made is None or (made.name, made.tenant_id, made.changed_at) == ("acme", ID, LATER)


def test_a_tenant_that_was_reached_resumes_as_active() -> None:
    was = states.paused(acme(ACTIVE, last_success=NOW), NOW)
    assert was is not None
    again = states.resumed(was, LATER)
    assert again is not None
    assert (again.state, again.next_fetch) == (ACTIVE, LATER)


def test_the_first_fetch_that_reaches_a_tenant_makes_it_active_and_no_other_state() -> None:
    assert states.reached(acme(PENDING), LATER).state == ACTIVE
    for state in (ACTIVE, PAUSED, LEAVING, GONE):
        assert states.reached(acme(state), LATER) == acme(state)


def test_a_purge_waits_until_no_run_can_write_any_more() -> None:
    with pytest.raises(ConfigError, match=r"may be purged in 1 min"):
        states.gone(acme(LEAVING), LATER - timedelta(seconds=1))
    assert states.PURGE_AFTER >= timedelta(minutes=10) + timedelta(seconds=60)


def test_what_is_gone_keeps_its_name_and_id_and_nothing_else() -> None:
    row = states.gone(
        acme(LEAVING, overrides="{}", deployment="a", last_error="x", checked=("y",), last_success=NOW),
        LATER,
    )
    assert row == TenantRow("acme", ID, GONE, bound_at=NOW, is_further=True, changed_at=LATER, etag="e")


def test_the_own_tenant_of_an_app_can_be_paused_but_neither_added_nor_removed_nor_purged() -> None:
    paused = states.paused(HOME, NOW)
    assert paused is not None
    resumed = states.resumed(paused, NOW)
    assert resumed is not None
    assert resumed.state == ACTIVE
    for step in (STEPS["add"], STEPS["leave"], STEPS["purged"]):
        with pytest.raises(ConfigError):
            step(HOME, LATER)
    with pytest.raises(ConfigError):
        states.gone(replace(HOME, state=LEAVING), LATER)


IDS = st.sampled_from([ID, OTHER])
NAMES = st.sampled_from(["acme", "beta"])
MOVES = st.sampled_from(["add", "reach", "pause", "resume", "leave", "purged"])


@given(st.lists(st.tuples(MOVES, NAMES, IDS), max_size=30))
def test_whatever_is_done_a_name_is_one_id_for_ever_and_an_id_one_name(
    done: list[tuple[str, str, str]],
) -> None:
    rows: dict[str, TenantRow] = {}
    now, names, ids = NOW, dict[str, str](), dict[str, str]()
    for step, name, tenant_id in done:
        now += states.PURGE_AFTER
        row = rows.get(name, TenantRow())
        try:
            if step == "add":
                states.refuse_other_name(name, tenant_id, rows.values())
                made = states.added(row, name, tenant_id, now)
            else:
                made = STEPS[step](row, now) if row.name else None
        except ConfigError:
            continue
        if made is not None:
            rows[name] = made
        for each in rows.values():
            assert names.setdefault(each.name, each.tenant_id) == each.tenant_id
            assert ids.setdefault(each.tenant_id, each.name) == each.name


@given(st.text(max_size=45))
def test_no_name_and_no_id_but_plain_ones(text: str) -> None:
    for name, tenant_id in ((text, ID), ("acme", text)):
        try:
            made = states.added(TenantRow(), name, tenant_id, NOW)
        except ConfigError:
            continue
        assert made is not None
        assert "|" not in made.name and made.name.isascii() and made.name == made.name.lower()


@pytest.mark.parametrize("name", ["", "-a", "Acme", "a|b", "a.b", "a b", "ä", "a\n", "a" * 41, "a}", "a%7C"])
def test_a_name_that_could_meet_another_in_a_key_is_none(name: str) -> None:
    assert not is_name(name)
