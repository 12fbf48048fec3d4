"""`ops tenants`: further tenants added, looked at, paused, resumed, removed, listed."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from local import ops
from local.azurite import Azurite
from local.certs import make_certificates
from local.ops import target as targets
from local.ops import there_is
from local.ops.parser import Where
from local.ops.target import opened
from local.stack_state import StackState
from shared.adapters.storage import TableTenants
from shared.core.tenants import TenantRow
from tests.local.ops.conftest import Ops, Said

NOW = datetime.now(UTC)
_HOME_ID = str(uuid.uuid4())


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackState]:
    """Tables alone, in which an app has worked: the commands ask the app for nothing else."""
    certificates = make_certificates(tmp_path_factory.mktemp("tls"))
    with Azurite(cert=certificates.cert, key=certificates.key) as azurite:
        yield StackState(os.getpid(), azurite.connection_string, str(certificates.ca), {}, "", "")


@pytest.fixture
def run_ops(state: StackState, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ops:
    """`dev.py ops` with these arguments, on these tables."""
    monkeypatch.setattr(targets, "running", lambda: state)

    def run(*argv: str) -> Said:
        capsys.readouterr()
        try:
            code = ops.main(list(argv))
        except SystemExit as end:
            code = int(end.code or 0)
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def name() -> str:
    """A name that no other test has: it is bound for ever."""
    return f"t{uuid.uuid4().hex[:8]}"


@pytest.fixture
def rows(state: StackState) -> Iterator[TableTenants]:
    with opened(Where(), state) as target:
        rows = TableTenants(target.tables)
        if not rows.read("home").name:
            rows.write(TenantRow("home", _HOME_ID, deployment="func-alerts"))
        yield rows


@pytest.fixture(autouse=True)
def entra(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool | None]]:
    """Entra's answers, the last one repeated; the real asking has a test of its own."""
    answers: list[bool | None] = [True]
    monkeypatch.setattr(there_is, "tenant", lambda *_: answers[0])
    yield answers


@pytest.fixture
def looked_at(rows: TableTenants, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has the app look at the tenant, with these words as the outcome, while `check` waits."""

    def looking(name: str, *words: str) -> None:
        def look(_: float) -> None:
            row = rows.read(name)
            assert row.check_asked is not None
            rows.write(replace(row, checked_at=NOW + timedelta(seconds=len(words)), checked=words))

        monkeypatch.setattr("local.ops.tenant_list.time.sleep", look)

    return looking


def _id() -> str:
    return str(uuid.uuid4())


def test_a_tenant_is_added_once_and_keeps_its_id(run_ops: Ops, rows: TableTenants, name: str) -> None:
    tenant_id = _id()
    added = run_ops("tenants", "add", name, tenant_id.upper())
    assert (added.code, rows.read(name).tenant_id, rows.read(name).state) == (0, tenant_id, "pending")
    assert f"tenants check {name}" in added.out
    assert "as before" in run_ops("tenants", "add", name, tenant_id).out
    again = run_ops("tenants", "add", name, _id())
    assert again.code == 1 and "for ever" in again.err


def test_no_tenant_has_two_names(run_ops: Ops, rows: TableTenants, name: str) -> None:
    tenant_id = _id()
    run_ops("tenants", "add", name, tenant_id)
    other = run_ops("tenants", "add", f"{name}-2", tenant_id)
    assert other.code == 1 and repr(name) in other.err
    assert rows.read(f"{name}-2") == TenantRow()
    assert run_ops("tenants", "add", f"{name}-3", _HOME_ID).code == 1
    assert run_ops("tenants", "add", "home", _id()).code == 1


def test_an_id_that_entra_does_not_know_is_not_bound(
    run_ops: Ops, rows: TableTenants, name: str, entra: list[bool | None]
) -> None:
    entra[0] = False
    refused = run_ops("tenants", "add", name, _id())
    assert refused.code == 1 and "nothing was added" in refused.err
    assert rows.read(name) == TenantRow()
    entra[0] = None
    assert run_ops("tenants", "add", name, _id()).code == 0
    assert rows.read(name).state == "pending"


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "acme"),
        ("add", "Acme", _id()),
        ("add", "acme|x", _id()),
        ("add", "-acme", _id()),
        ("add", "a" * 41, _id()),
        ("add", "acme", "contoso.onmicrosoft.com"),
        ("add", "acme", _id()[:-1] + "g"),
        ("check",),
        ("pause", "acme", _id()),
        ("list", "acme"),
        ("forget", "acme"),
        ("set", "acme", "DETECTIONS_OFF"),
    ],
)
def test_names_and_ids_are_refused_before_anything_is_read(run_ops: Ops, arguments: tuple[str, ...]) -> None:
    refused = run_ops("tenants", *arguments)
    assert refused.code == 2
    assert len(refused.err.splitlines()) == 1


def test_a_tenant_that_works_is_said_to(run_ops: Ops, name: str, looked_at: Callable[..., None]) -> None:
    run_ops("tenants", "add", name, _id())
    looked_at(name)
    checked = run_ops("tenants", "check", name)
    assert checked.code == 0 and "ok  tokens, roles, alerts and hunting" in checked.out


def test_what_stops_the_work_comes_first_and_is_a_failure(
    run_ops: Ops, name: str, looked_at: Callable[..., None]
) -> None:
    run_ops("tenants", "add", name, _id())
    looked_at(name, "defender:role=Url.Read.All", "graph:AADSTS7000229")
    checked = run_ops("tenants", "check", name)
    marks = [line[:2] for line in checked.out.splitlines() if line[:2] in ("!!", "--", "ok")]
    assert (checked.code, marks) == (1, ["!!", "--"])
    assert "not consented" in checked.out and "grant-roles.sh --app-id" in checked.out
    looked_at(name, "defender:role=Url.Read.All")
    assert run_ops("tenants", "check", name).code == 0


def test_an_app_that_does_not_look_is_said_with_what_was_known(
    run_ops: Ops, rows: TableTenants, name: str
) -> None:
    run_ops("tenants", "add", name, _id())
    rows.write(replace(rows.read(name), checked_at=NOW, checked=("defender:AADSTS500011",)))
    checked = run_ops("tenants", "check", name, "--wait", "1")
    assert checked.code == 1
    assert "TENANTS_APP_ID" in checked.err and "Defender is not in the tenant" in checked.out


def test_pausing_resuming_and_removing_say_what_follows(run_ops: Ops, rows: TableTenants, name: str) -> None:
    run_ops("tenants", "add", name, _id())
    assert "paused" in run_ops("tenants", "pause", name).out and rows.read(name).state == "paused"
    refused = run_ops("tenants", "check", name)
    assert refused.code == 1 and "resume it first" in refused.err
    assert "already" in run_ops("tenants", "pause", name).out
    assert run_ops("tenants", "resume", name).code == 0 and rows.read(name).state == "pending"
    unasked = run_ops("tenants", "remove", name)  # nobody is there to ask
    assert unasked.code == 1 and rows.read(name).state == "pending"
    removed = run_ops("tenants", "remove", name, "--yes")
    assert removed.code == 0 and rows.read(name).state == "leaving"
    assert "purged in 15 min" in removed.out and "Enterprise applications" in removed.out
    for action in ("pause", "resume", "check"):
        assert "stays so" in run_ops("tenants", action, name).err


def test_a_purge_waits_asks_and_says_what_is_left(run_ops: Ops, rows: TableTenants, name: str) -> None:
    run_ops("tenants", "add", name, _id())
    assert "remove it first" in run_ops("tenants", "purge", name, "--yes").err
    run_ops("tenants", "remove", name, "--yes")
    early = run_ops("tenants", "purge", name, "--yes")
    assert early.code == 1 and "may be purged in 15 min" in early.err
    rows.write(replace(rows.read(name), changed_at=NOW - timedelta(minutes=16)))
    unasked = run_ops("tenants", "purge", name)  # nobody is there to ask
    assert (unasked.code, rows.read(name).state) == (1, "leaving")
    purged = run_ops("tenants", "purge", name, "--yes")
    assert (purged.code, rows.read(name).state) == (0, "gone")
    assert "0 rows left, looked for in" in purged.out and "nothing of" in purged.out
    assert run_ops("tenants", "purge", name, "--yes").code == 0, "safe to repeat"
    assert run_ops("tenants", "add", name, _id()).code == 1, "the name is the first id's for ever"


def test_a_setting_of_one_tenant_is_kept_once_it_can_be_used_and_given_back(
    run_ops: Ops, rows: TableTenants, name: str
) -> None:
    run_ops("tenants", "add", name, _id())
    kept = run_ops("tenants", "set", name, "DETECTIONS_OFF=a,b", "HUNT_CALLS_PER_MINUTE=20")
    assert (kept.code, rows.read(name).overrides) == (
        0, '{"DETECTIONS_OFF":"a,b","HUNT_CALLS_PER_MINUTE":"20"}',
    )  # fmt: skip
    for wrong in ("HUNT_CALLS_PER_MINUTE=many", "DEFENDER_API_URL=https://elsewhere.example", "NOTHING=1"):
        refused = run_ops("tenants", "set", name, wrong)
        assert refused.code == 1 and wrong.split("=")[0] in refused.err
    shown = run_ops("tenants", "set", name, "HUNT_CALLS_PER_MINUTE=")
    assert "DETECTIONS_OFF=a,b" in shown.out and "1 settings" in shown.out
    assert rows.read(name).overrides == '{"DETECTIONS_OFF":"a,b"}'
    assert run_ops("tenants", "set", "nobody", "DETECTIONS_OFF=a").code == 1


def test_nobody_works_on_a_tenant_that_is_not_there_or_takes_the_app_s_own_away(
    run_ops: Ops, rows: TableTenants
) -> None:
    assert rows.read("home").name
    for action in ("check", "pause", "resume"):
        unknown = run_ops("tenants", action, "nobody")
        assert unknown.code == 1 and "add it first" in unknown.err
    assert run_ops("tenants", "remove", "home", "--yes").code == 1


def test_the_list_says_how_each_tenant_stands(run_ops: Ops, rows: TableTenants, name: str) -> None:
    run_ops("tenants", "add", name, _id())
    row = rows.read(name)
    row = replace(row, failures=3, next_fetch=NOW + timedelta(days=8), last_error="\x1b[2Junavailable")
    rows.write(replace(row, state="active", last_success=NOW - timedelta(hours=1)))
    listed = run_ops("tenants", "list")
    [line] = [line for line in listed.out.splitlines() if line.startswith(name)]
    assert row.tenant_id in line and "3 failures in a row, next try in 7 d" in line
    assert "\x1b" not in listed.out and "\\u001b[2Junavailable" in line
    [home] = [line for line in listed.out.splitlines() if line.startswith("home ")]
    assert "the app's own" in home
    assert listed.out.splitlines()[-1].endswith(("pending", "active", "leaving", "paused"))


def test_a_further_tenant_is_worked_on_by_its_own_keys(
    run_ops: Ops, rows: TableTenants, state: StackState, name: str
) -> None:
    """Under home's keys the other commands would find, and change, another tenant's rows."""
    run_ops("tenants", "add", name, _id())
    with opened(Where(tenant=name), state) as theirs, opened(Where(), state) as own:
        assert (theirs.tenant, theirs.policy.row_tenant, theirs.is_further) == (name, name, True)
        assert (own.tenant, own.policy.row_tenant, own.is_further) == ("home", "", False)
