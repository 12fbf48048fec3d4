"""Several tenants on the real stack: each gets its own rows, and nothing of another's is in them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from typing import Any

import pytest

from local.cli import ROOT
from local.demo.tenants import NAMES

_THREE = {"home": "fabrikam", NAMES[0]: NAMES[0], NAMES[1]: NAMES[1]}  # tenant → the word of its own texts


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("demo") / "demo.json"
    command = [sys.executable, "-m", "local.cli", "demo", "--tenants", "3", "--export", str(file)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)  # noqa: S603
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["alerts", "events", "incidents"])
def test_no_row_holds_a_word_of_another_tenant(exported: dict[str, Any], kind: str) -> None:
    seen = set()
    for row in exported[kind]:
        text = json.dumps(row).lower()
        others = [word for tenant, word in _THREE.items() if tenant != row["Tenant"] and word in text]
        assert others == [], row["RowKey"]
        seen.add(row["Tenant"])
    assert seen == _THREE.keys()


@pytest.mark.slow
def test_each_alert_has_a_row_in_each_tenant_and_some_are_told_otherwise(exported: dict[str, Any]) -> None:
    told: dict[str, dict[str, tuple[Any, ...]]] = defaultdict(dict)
    for row in exported["alerts"]:
        name, mark, _ = str(row["RowKey"]).partition("|")
        assert row["Tenant"] == (name if mark else "home")
        told[row["AlertId"]][row["Tenant"]] = (row["Validation"], row["EventCount"])
    assert all(of_it.keys() == _THREE.keys() for of_it in told.values())
    assert any(len(set(of_it.values())) > 1 for of_it in told.values())
