"""The demo's further tenants: the recording's ids, and another truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local.cli import ROOT
from local.demo.arguments import MOST_TENANTS
from local.demo.tenants import MOST, NAMES, further
from local.identity import DEFENDER, GRAPH

_RECORDED = ROOT / "local" / "incidents" / "contoso"
_TABLE = "DeviceProcessEvents"


def _alerts(folder: Path, file: str = "alerts.json") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / file).read_text("utf-8"))["value"]
    return found


def _rows(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "hunting" / f"{_TABLE}.ndjson").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_each_has_the_recording_s_ids_and_its_own_names_tenant_id_and_telemetry(tmp_path: Path) -> None:
    tenants = further(_RECORDED, 2, tmp_path)
    assert [tenant.name for tenant in tenants] == list(NAMES[:2])
    ids = [(one["id"], one["incidentId"], one["machineId"]) for one in _alerts(_RECORDED)]
    told = set()
    for tenant in tenants:
        assert tenant.data is not None
        own = _alerts(tenant.data)
        assert [(one["id"], one["incidentId"], one["machineId"]) for one in own] == ids
        assert {one["aadTenantId"] for one in own} == {tenant.customer.tenant_id}
        graph = _alerts(tenant.data, "graph_alerts.json")
        assert {one["tenantId"] for one in graph} == {tenant.customer.tenant_id}
        text = "".join(file.read_text("utf-8") for file in sorted(tenant.data.rglob("*.*json")))
        assert tenant.name in text and "contoso" not in text.lower() and "fabrikam" not in text.lower()
        assert 0 < len(_rows(tenant.data)) < len(_rows(_RECORDED))
        told.add(tuple(sorted({row["DeviceId"] for row in _rows(tenant.data)})))
        assert set(tenant.customer.roles) == {DEFENDER, GRAPH}
    assert len(told) == 2


def test_no_name_of_a_further_tenant_stands_in_the_recording(tmp_path: Path) -> None:
    text = "".join(file.read_text("utf-8").lower() for file in sorted(_RECORDED.rglob("*.*json")))
    assert [name for name in NAMES if name in text] == []
    assert MOST_TENANTS == MOST and further(_RECORDED, 0, tmp_path) == ()


def test_a_line_that_is_no_row_is_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    (folder / "hunting").mkdir(parents=True)
    (folder / "alerts.json").write_text('{"value": []}', "utf-8")
    (folder / "hunting" / "DeviceInfo.ndjson").write_text('no JSON\n[]\n{"DeviceName": "a"}\n', "utf-8")
    [tenant] = further(folder, 1, tmp_path / "others")
    assert tenant.data is not None
    assert (tenant.data / "hunting" / "DeviceInfo.ndjson").read_text("utf-8").strip() == ""
