"""Several tenants behind the two hosts: whose answer it is, the token alone says."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from local.identity import DEFENDER, Identity
from local.simulator.config import Config, ConfigError
from local.simulator.control import SECRET_HEADER
from tests.local.simulator.running import Client, Start, alert, graph_alert, write_recording

ONE, TWO = (str(uuid.uuid4()) for _ in range(2))


def _folder(place: Path, name: str) -> Path:
    """A tenant's recording: the ids are every tenant's, the texts its own."""
    return write_recording(
        place / name,
        alerts=[alert(1, title=f"of {name}")],
        graph_alerts=[graph_alert(1, title=f"of {name}")],
        machines=[{"id": "a" * 40, "computerDnsName": f"host.{name}.example"}],
        hunting={"DeviceInfo": [{"Timestamp": "2026-11-24T11:00:00Z", "DeviceName": f"host.{name}.example"}]},
    )


@pytest.fixture
def client(start: Start, tmp_path: Path) -> Client:
    return start(
        tenants={
            ONE: {"data": str(_folder(tmp_path, "one"))},
            TWO.upper(): {"data": str(_folder(tmp_path, "two")), "hunting_licensed": False},
        }
    )


def _as(client: Client, tenant_id: str) -> Client:
    client.identity = Identity(client.identity.client_id, tenant_id, client.identity.object_id)
    return client


def test_one_id_is_another_thing_in_each_tenant(client: Client) -> None:
    told = {}
    for tenant in (ONE, TWO):
        _as(client, tenant)
        lists = [client.defender("/api/alerts"), client.graph("/v1.0/security/alerts_v2")]
        machine = client.defender("/api/machines/" + "a" * 40).json()["computerDnsName"]
        told[tenant] = {machine, *(one["title"] for each in lists for one in each.json()["value"])}
    assert told == {ONE: {"of one", "host.one.example"}, TWO: {"of two", "host.two.example"}}


def test_a_hunt_sees_the_rows_of_its_tenant_alone(client: Client) -> None:
    rows = _as(client, ONE).hunt("DeviceInfo | project DeviceName").json()["results"]
    assert rows == [{"DeviceName": "host.one.example"}]


def test_a_tenant_without_the_licence_is_refused_every_hunt_and_nothing_else(client: Client) -> None:
    _as(client, TWO)
    assert client.hunt("DeviceInfo").status_code == 403
    assert client.graph("/v1.0/security/alerts_v2").status_code == 200


def test_a_token_of_another_tenant_is_refused(client: Client) -> None:
    _as(client, str(uuid.uuid4()))
    for refused in (client.defender("/api/alerts"), client.graph("/v1.0/security/alerts_v2")):
        assert refused.status_code == 401
        assert "tenant" in refused.json()["error"]["message"]


def test_a_change_in_one_tenant_shows_in_no_other(client: Client) -> None:
    client.roles[DEFENDER] = (*client.roles[DEFENDER], "Alert.ReadWrite.All")
    _as(client, ONE)
    number = alert(1)["id"]
    changed = client.session.patch(
        f"{client.simulator.defender_url}/api/alerts/{number}",
        json={"status": "Resolved"},
        headers={"Authorization": f"Bearer {client.token(DEFENDER)}"},
        timeout=60,
    )
    assert changed.status_code == 200
    stands = {
        tenant: _as(client, tenant).defender(f"/api/alerts/{number}").json()["status"]
        for tenant in (ONE, TWO)
    }
    assert stands == {ONE: "Resolved", TWO: "New"}


def test_each_tenant_has_quotas_of_its_own(start: Start, tmp_path: Path) -> None:
    tenants = {tenant: {"data": str(_folder(tmp_path, tenant))} for tenant in (ONE, TWO)}
    client = start(tenants=tenants, quota_scale=0.02)
    codes = [
        _as(client, tenant).defender("/api/alerts").status_code for tenant in (ONE, ONE, ONE, TWO, TWO, TWO)
    ]
    assert codes == [200, 200, 429] * 2


def test_a_fault_can_be_one_tenant_s(client: Client) -> None:
    _control(client, "faults", {"kind": "status", "tenant": TWO, "times": 9})
    codes = {tenant: _as(client, tenant).defender("/api/alerts").status_code for tenant in (ONE, TWO)}
    assert codes == {ONE: 200, TWO: 503}


def test_the_control_address_reads_and_changes_the_tenant_it_is_told(client: Client) -> None:
    _control(client, f"alerts?tenant={TWO}", {"value": [alert(2, title="new")]})
    listed = {
        tenant: len(_as(client, tenant).defender("/api/alerts").json()["value"]) for tenant in (ONE, TWO)
    }
    assert listed == {ONE: 1, TWO: 2}
    assert _control(client, f"state?tenant={ONE}")["listed"] == 1
    assert _control(client, f"calls?tenant={TWO.upper()}") == {"GET /api/alerts": {"200": 1}}
    assert _control(client, "calls") == {"GET /api/alerts": {"200": 2}}
    assert "no tenant" in _control(client, "state?tenant=nobody")["error"]


def test_what_all_tenants_share_is_no_tenant_s_own() -> None:
    whole: dict[str, Any] = {name: Path("x") for name in ("public_key", "cert", "key")}
    with pytest.raises(ConfigError, match="'quotas' is for all tenants"):
        Config(**whole, tenants={ONE: {"quotas": False}}).by_tenant()


def test_tenants_come_from_a_file_too(tmp_path: Path) -> None:
    given = {name: "x" for name in ("public_key", "cert", "key")}
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({**given, "tenants": {ONE.upper(): {"hunting_lacks": ["DeviceInfo"]}}}))
    [(tenant_id, own)] = Config.from_file(file).by_tenant().items()
    assert (tenant_id, own.hunting_lacks, own.tenants) == (ONE, ("DeviceInfo",), {})
    file.write_text(json.dumps({**given, "tenants": {ONE: {"nothing": 1}}}))
    with pytest.raises(ConfigError, match="nothing"):
        Config.from_file(file)


def _control(client: Client, path: str, body: Mapping[str, Any] | None = None) -> Any:
    simulator = client.simulator
    answer = requests.request(
        "GET" if body is None else "POST",
        f"{simulator.control_url}/{path}",
        json=body,
        headers={SECRET_HEADER: simulator.config.control_secret},
        timeout=60,
    )
    return answer.json()
