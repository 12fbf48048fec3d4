"""How the parts are joined for one tenant and for many."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared import telemetry, wiring
from shared.adapters.storage import TableTenants
from shared.core.progress import Pointer, WakeUp
from shared.core.tenants import TenantRow
from shared.errors import ConfigError
from shared.pipeline.policy import Policy
from shared.pipeline.stored.tenancy import Tenancy
from shared.settings import Settings
from tests.adapters.service import FakeClock

ROOT = Path(__file__).resolve().parents[1]
STORAGE = {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}
MANY = STORAGE | {"TENANTS_APP_ID": "00000000-0000-0000-0000-00000000a001"}
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
ACME = TenantRow("acme", "11111111-2222-3333-4444-555555555555", is_further=True, bound_at=NOW, etag="e")
BETA = TenantRow("beta", "99999999-2222-3333-4444-555555555555", is_further=True, bound_at=NOW, etag="e")


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[TenantRow]]:
    """The list of tenants; what the test changes in it is seen after a minute alone."""
    rows = [TenantRow("home", "id-0", etag="e"), ACME, BETA]
    monkeypatch.setattr(TableTenants, "readable", lambda _: rows)
    monkeypatch.setattr(Tenancy, "check", lambda _, **__: None)
    wiring.app.cache_clear()
    yield rows
    wiring.app.cache_clear()


def environment(monkeypatch: pytest.MonkeyPatch, env: dict[str, str]) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)


def test_without_the_multi_tenant_app_nothing_asks_for_the_list_of_tenants(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def asked(_: TableTenants) -> list[TenantRow]:
        raise AssertionError

    environment(monkeypatch, STORAGE)
    monkeypatch.setattr(TableTenants, "readable", asked)
    monkeypatch.setattr(Tenancy, "check", lambda _, **__: None)
    wiring.app.cache_clear()
    try:
        app = wiring.app()
        assert (app.tenants, app.fetches) == (None, None)
        for message in (Pointer("home", "a1", 1).to_text(), WakeUp("acme", "x").to_text(), "?"):
            with wiring.at_work(message) as found:
                assert found is app
    finally:
        wiring.app.cache_clear()
    assert (app.policy.row_tenant, app.policy.tenant_id, app.policy.portal.tenant_id) == ("", "", "")
    assert (app.policy.batch_size, app.policy.drain_for) == (1_000, 420.0)


def test_a_message_is_worked_on_by_its_own_tenants_app_and_no_other(
    monkeypatch: pytest.MonkeyPatch, listed: list[TenantRow]
) -> None:
    environment(monkeypatch, MANY)
    seen = {}
    for name in ("home", "acme", "beta"):
        for message in (Pointer(name, "a1", 1).to_text(), WakeUp(name, "x").to_text()):
            with wiring.at_work(message) as app:
                assert app.policy.tenant == name
                assert app.policy.row_tenant == ("" if name == "home" else name)
                seen[name] = app
    assert seen["acme"].policy.tenant_id == seen["acme"].policy.portal.tenant_id == ACME.tenant_id
    assert len({id(app.ports.source) for app in seen.values()}) == 3
    for message in ("?", WakeUp("nobody", "x").to_text()):
        with wiring.at_work(message) as app:
            assert app.policy.tenant == "home", "whose steps set it aside"


def test_what_all_drains_of_a_worker_hold_together_is_what_one_holds_where_it_is_alone(
    monkeypatch: pytest.MonkeyPatch, listed: list[TenantRow]
) -> None:
    environment(monkeypatch, MANY)
    queues = json.loads((ROOT / "host.json").read_text("utf-8"))["extensions"]["queues"]
    at_once = queues["batchSize"] + queues["newBatchThreshold"]
    for name in ("home", "acme"):
        with wiring.at_work(WakeUp(name, "x").to_text()) as app:
            assert at_once * app.policy.batch_size <= Policy().batch_size
            assert app.policy.drain_for <= 20, "a wake-up of another tenant may wait for this one's end"
            assert app.policy.drain_for - app.policy.begin_for >= 12, "time for a hunt's calls in turn"


def test_a_message_of_a_tenant_that_was_just_added_is_its_own_and_unknown_names_cost_little(
    monkeypatch: pytest.MonkeyPatch, listed: list[TenantRow]
) -> None:
    """FetchAlerts reads the list at each run; a worker that read it before must not drop the message."""
    environment(monkeypatch, MANY)
    reads: list[int] = []

    def read(_: TableTenants) -> list[TenantRow]:
        reads.append(len(listed))
        return list(listed)

    monkeypatch.setattr(TableTenants, "readable", read)
    clock = FakeClock()
    monkeypatch.setattr("shared.wiring.SystemClock", lambda: clock)
    added = listed.pop()
    with wiring.at_work(WakeUp("acme", "x").to_text()) as app:
        assert app.policy.tenant == "acme"
    listed.append(added)
    clock.at += 6
    with wiring.at_work(WakeUp("beta", "x").to_text()) as app:
        assert app.policy.tenant == "beta"
    assert len(reads) == 2
    for _ in range(20):
        with wiring.at_work(WakeUp("nobody", "x").to_text()) as app:
            assert app.policy.tenant == "home"
    assert len(reads) == 2


@pytest.mark.parametrize("state", ["paused", "leaving", "gone", "unknown"])
def test_nobody_works_on_a_message_of_a_tenant_that_is_not_active(
    monkeypatch: pytest.MonkeyPatch, listed: list[TenantRow], state: str
) -> None:
    environment(monkeypatch, MANY)
    listed[1] = replace(ACME, state=state)
    with wiring.at_work(WakeUp("acme", "x").to_text()) as app:
        assert app.policy.tenant == "home"


def test_lines_say_whose_they_are_where_there_are_many(
    monkeypatch: pytest.MonkeyPatch, listed: list[TenantRow], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    environment(monkeypatch, MANY)
    with wiring.at_work(WakeUp("acme", "x").to_text()):
        telemetry.info("inside")
    telemetry.info("outside")
    said = [record.getMessage() for record in caplog.records if "side" in record.getMessage()]
    assert said == ['{"event": "inside", "tenant": "acme"}', '{"event": "outside"}']


def test_settings_of_one_tenant_are_its_own(
    monkeypatch: pytest.MonkeyPatch, listed: list[TenantRow], caplog: pytest.LogCaptureFixture
) -> None:
    environment(monkeypatch, MANY)
    listed[1] = replace(ACME, overrides='{"DETECTIONS_OFF":"one-rule","HUNT_CALLS_PER_MINUTE":"5"}')
    listed[2] = replace(BETA, overrides='{"DEFENDER_API_URL":"https://evil.example"}')
    with wiring.at_work(WakeUp("acme", "x").to_text()) as acme:
        assert acme.policy.budget.per_minute == 5
        assert acme.ports.rules().off == {"one-rule"}
    with wiring.at_work(WakeUp("home", "x").to_text()) as home:
        assert home.policy.budget.per_minute == 30
        assert home.ports.rules().off == frozenset()
        assert home.ports.rules().detections is acme.ports.rules().detections, "loaded once"
    with wiring.at_work(WakeUp("beta", "x").to_text()) as beta:
        assert beta.policy.tenant == "home", "nobody works on it"
    assert "DEFENDER_API_URL is no setting of one tenant" in caplog.text


@pytest.mark.parametrize(
    "name",
    [
        "CLOUD",
        "ENTRA_URL",
        "GRAPH_API_URL",
        "DEFENDER_API_SCOPE",
        "TENANT",
        "TENANTS_APP_ID",
        "PATH",
        "client_id",
    ],
)
def test_no_row_says_where_tokens_go(name: str) -> None:
    with pytest.raises(ConfigError, match="is no setting of one tenant"):
        Settings.from_env(STORAGE).of_tenant("acme", {name: "public"})


def test_a_broken_setting_of_a_tenant_is_named() -> None:
    with pytest.raises(ConfigError, match="tenant acme cannot be used: FETCH_EVERY must be"):
        Settings.from_env(STORAGE).of_tenant("acme", {"FETCH_EVERY": "never"})
