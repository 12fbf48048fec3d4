"""tenants-app.sh, and grant-roles.sh in a customer's tenant, against a stand-in for the Azure CLI."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.cli import ROOT
from tests.infra.directory import ALL, GRAPH, PRINCIPAL, PROVIDER_APP, TENANT, WRITE, Directory, app
from tests.infra.facts import script_roles
from tests.infra.scripts import behind_az, run_script

_SCRIPT = ROOT / "infra" / "tenants-app.sh"
_GRANT = ROOT / "infra" / "grant-roles.sh"
_IDENTITY = ("--identity", "id-alerts", "--resource-group", "rg")


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    return behind_az(tmp_path)


def _make(directory: Directory, *more: str) -> subprocess.CompletedProcess[str]:
    return run_script(_SCRIPT, directory, *_IDENTITY, *more)


def _consent(directory: Directory, *more: str) -> subprocess.CompletedProcess[str]:
    return run_script(_GRANT, directory, "--app-id", PROVIDER_APP, *more)


def _app(directory: Directory) -> dict[str, Any]:
    [made] = directory.state["applications"].values()
    return dict(made)


def test_the_app_is_for_any_tenant_asks_for_the_roles_and_trusts_the_identity(directory: Directory) -> None:
    ended = _make(directory)
    assert ended.returncode == 0, ended.stderr
    made = _app(directory)
    assert made["signInAudience"] == "AzureADMultipleOrgs"
    assert directory.asked_for(made["id"]) == ALL
    [trust] = made["credentials"]
    assert trust == {
        "name": "id-alerts",
        "issuer": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "subject": PRINCIPAL,
        "audiences": ["api://AzureADTokenExchange"],
    }
    assert not any("password" in str(call).lower() for call in directory.state["calls"])
    # What is said at the end is what is needed next.
    assert "TENANTS_APP_ID" in ended.stdout and made["appId"] in ended.stdout
    [link] = re.findall(r"https://login\S+", ended.stdout)
    assert link.startswith("https://login.microsoftonline.com/CUSTOMER_TENANT_ID/adminconsent?client_id=")
    assert made["web"]["redirectUris"] == [link.split("redirect_uri=")[1]]


def test_a_dry_run_makes_nothing_and_says_what_it_would(directory: Directory) -> None:
    ended = _make(directory, "--dry-run")
    assert ended.returncode == 0, ended.stderr
    assert directory.state["applications"] == {}
    assert ended.stdout.count("would make") == 2 and "Nothing was changed" in ended.stdout
    assert not any("POST" in call for call in directory.state["calls"])


def test_a_second_run_changes_nothing_but_adds_and_says_a_role_that_is_asked_for_anew(
    directory: Directory,
) -> None:
    _make(directory)
    before = directory.state["applications"]
    ended = _make(directory)
    assert ended.returncode == 0, ended.stderr
    assert directory.state["applications"] == before
    assert ended.stdout.count("there already") == 2
    ended = _make(directory, "--write-back")
    assert "1 were missing" in ended.stdout and "consent anew" in ended.stdout
    assert directory.asked_for(_app(directory)["id"]) == ALL | WRITE


@pytest.mark.parametrize("cloud", ["usgov-high", "usgov-dod"])
def test_the_government_s_clouds_have_an_audience_of_their_own(directory: Directory, cloud: str) -> None:
    graph = "https://dod-graph.microsoft.us" if cloud == "usgov-dod" else "https://graph.microsoft.us"
    directory.change(graph=graph, login="https://login.microsoftonline.us")
    assert _make(directory, "--cloud", cloud).returncode == 0
    [trust] = _app(directory)["credentials"]
    assert trust["audiences"] == ["api://AzureADTokenExchangeUSGov"]
    assert trust["issuer"] == f"https://login.microsoftonline.us/{TENANT}/v2.0"


@pytest.mark.parametrize(
    ("arguments", "changes", "said", "code"),
    [
        ((), {"signed_in": False}, "Sign in first: az login", 1),
        ((), {"tenant": "eeeeeeee-1111-2222-3333-444444444444"}, f"az login --tenant {TENANT}", 1),
        ((), {"may_register": False}, "Cloud Application Administrator", 1),
        ((), {"apps": {GRAPH: app("Graph", ["ThreatHunting.Read.All"])}}, "az ad sp create --id", 1),
        ((), {"identities": {}}, "no identity 'id-alerts'", 1),
        (("--name", "x' or '1"), {}, "--name is 1 to 64", 2),
        (("--source", "sentinel"), {}, "--source is defender or graph", 2),
        (("--cloud", "china"), {}, "--cloud is public", 2),
        (("--wrong",), {}, "unknown option", 2),
    ],
)
def test_what_goes_wrong_is_said_with_what_to_do(
    directory: Directory, arguments: tuple[str, ...], changes: dict[str, Any], said: str, code: int
) -> None:
    directory.change(**changes)
    ended = _make(directory, *arguments)
    assert (ended.returncode, directory.state["applications"]) == (code, {})
    assert said in ended.stderr and "Done" not in ended.stdout


def test_an_app_that_is_for_one_tenant_alone_is_left_as_it_is(directory: Directory) -> None:
    other = {"id": "x", "appId": "y", "displayName": "defender-alerts", "signInAudience": "AzureADMyOrg"}
    directory.change(applications={"x": other})
    ended = _make(directory)
    assert ended.returncode == 1 and "no customer can consent" in ended.stderr
    assert directory.state["applications"] == {"x": other}


def test_what_a_run_left_undone_the_next_one_does_within_what_an_app_can_have(directory: Directory) -> None:
    _make(directory)
    made = _app(directory)
    directory.change(applications={made["id"]: {**made, "credentials": []}})
    assert _make(directory).returncode == 0
    assert len(_app(directory)["credentials"]) == 1
    others = [{"issuer": f"i{number}", "subject": "s", "audiences": ["a"]} for number in range(20)]
    directory.change(applications={made["id"]: {**made, "credentials": others}})
    ended = _make(directory)
    assert ended.returncode == 1 and "can have no more" in ended.stderr


# The customer's side.


def test_a_customer_s_run_adds_the_app_and_grants_every_role_once(directory: Directory) -> None:
    ended = _consent(directory)
    assert ended.returncode == 0, ended.stderr
    principal = directory.state["principals"][PROVIDER_APP]
    assert directory.granted(principal) == ALL
    assert directory.granted() == set()
    assert f"tenant        {TENANT}" in ended.stdout and f"id of this tenant: {TENANT}" in ended.stdout
    before = directory.state["grants"]
    ended = _consent(directory)
    assert ended.returncode == 0, ended.stderr
    assert directory.state["grants"] == before
    assert f"0 granted, {len(ALL)} there already" in ended.stdout


def test_a_customer_s_dry_run_adds_nothing(directory: Directory) -> None:
    ended = _consent(directory, "--dry-run")
    assert ended.returncode == 0, ended.stderr
    assert directory.state["principals"] == {}
    assert "would add" in ended.stdout and ended.stdout.count("would grant") == len(ALL)


@pytest.mark.parametrize(
    ("arguments", "changes", "said", "code"),
    [
        (("--app-id", PRINCIPAL), {}, "Is the id the provider's?", 1),
        (("--app-id", "x'"), {}, "is not an application id", 2),
        (("--app-id", PROVIDER_APP, "--principal-id", PRINCIPAL), {}, "goes without", 2),
        (("--app-id", PROVIDER_APP), {"may_grant": False}, "Cloud Application Administrator", 1),
    ],
)
def test_what_goes_wrong_at_the_customer_s_is_said(
    directory: Directory, arguments: tuple[str, ...], changes: dict[str, Any], said: str, code: int
) -> None:
    directory.change(**changes)
    ended = run_script(_GRANT, directory, *arguments)
    assert (ended.returncode, directory.state["principals"]) == (code, {})
    assert said in ended.stderr


def test_the_app_asks_for_what_is_granted_in_both_shells() -> None:
    scripts = [
        *sorted((ROOT / "infra").glob("grant-roles.*")),
        *sorted((ROOT / "infra").glob("tenants-app.*")),
    ]
    assert len(scripts) == 4
    roles = [script_roles(path.read_text("utf-8")) for path in scripts]
    assert all(each == roles[0] for each in roles)
