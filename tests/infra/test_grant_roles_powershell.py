"""grant-roles.ps1: run against stand-in Graph modules where PowerShell is installed, read where it is not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from local.cli import ROOT
from tests.infra.directory import ALL, GRAPH, PRINCIPAL, Directory, app

_SCRIPT = ROOT / "infra" / "grant-roles.ps1"
_TEXT = _SCRIPT.read_text("utf-8")
_MODULES = Path(__file__).with_name("powershell")
_PWSH = shutil.which("pwsh")
needs_powershell = pytest.mark.skipif(_PWSH is None, reason="PowerShell (pwsh) is not installed here")

type Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    return Directory.new(tmp_path / "state.json")


@pytest.fixture(params=["as a file", "typed at a prompt"])
def run(request: pytest.FixtureRequest, directory: Directory) -> Run:
    """The script's end, started in either way: only one of them passes the preferences on to modules."""

    def started(*arguments: str) -> subprocess.CompletedProcess[str]:
        given = arguments or ("-IdentityName", "id-alerts")
        how = ["-File", str(_SCRIPT), *given]
        if request.param != "as a file":
            how = ["-Command", f"& '{_SCRIPT}' {' '.join(given)}"]
        env = {
            **os.environ,
            "PSModulePath": f"{_MODULES}{os.pathsep}{os.environ.get('PSModulePath', '')}",
            "FAKE_GRAPH_STATE": str(directory.file),
            "NO_COLOR": "1",
        }
        command = [str(_PWSH), "-NoProfile", "-NonInteractive", *how]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603

    return started


def _words(ended: subprocess.CompletedProcess[str]) -> str:
    """What was said, without the frame that PowerShell breaks an error's lines with."""
    return re.sub(r"\s*\n\s*\|?\s*", " ", re.sub(r"\x1b\[[\d;]*m", "", ended.stdout + ended.stderr))


@needs_powershell
def test_the_identity_gets_every_role_and_no_other(run: Run, directory: Directory) -> None:
    ended = run()
    assert ended.returncode == 0, ended.stderr
    assert directory.granted() == ALL
    assert f"Done: {len(ALL)} granted, 0 there already." in ended.stdout


@needs_powershell
def test_a_second_run_changes_nothing(run: Run, directory: Directory) -> None:
    run()
    before = directory.state["grants"]
    assert f"Done: 0 granted, {len(ALL)} there already." in run("-PrincipalId", PRINCIPAL).stdout
    assert directory.state["grants"] == before


@needs_powershell
def test_a_dry_run_changes_nothing(run: Run, directory: Directory) -> None:
    ended = run("-PrincipalId", PRINCIPAL, "-DryRun")
    assert (ended.returncode, directory.granted()) == (0, set())
    assert all(re.search(rf"would grant +{re.escape(role)} ", ended.stdout) for role in ALL)


@needs_powershell
def test_alerts_from_graph_take_another_role(run: Run, directory: Directory) -> None:
    run("-PrincipalId", PRINCIPAL, "-Source", "graph", "-WithoutEnrichment")
    assert directory.granted() == {"SecurityAlert.Read.All", "ThreatHunting.Read.All"}


@needs_powershell
@pytest.mark.parametrize(
    ("source", "role"), [("defender", "Alert.ReadWrite.All"), ("graph", "SecurityAlert.ReadWrite.All")]
)
def test_the_role_to_write_is_granted_by_its_own_option_alone(
    run: Run, directory: Directory, source: str, role: str
) -> None:
    run("-PrincipalId", PRINCIPAL, "-Source", source)
    before = directory.granted()
    run("-PrincipalId", PRINCIPAL, "-Source", source, "-WriteBack")
    assert directory.granted() == before | {role}


@needs_powershell
@pytest.mark.parametrize("granted", [0, 2])
def test_it_stops_at_the_first_refusal_and_claims_nothing(
    run: Run, directory: Directory, granted: int
) -> None:
    directory.change(breaks_after=granted)
    ended = run()
    assert ended.returncode != 0
    assert len(directory.granted()) == granted == ended.stdout.count("granted  ")
    said = _words(ended)
    assert "was not granted, nor is anything after it" in said and "Privileged Role Administrator" in said
    assert "Insufficient privileges" in said and "Done" not in said and "publish" not in said


@needs_powershell
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-PrincipalId", "bbbbbbbb-1111-2222-3333-444444444444"), "client id by mistake"),
        (("-IdentityName", "other"), "Found 0 managed identities"),
    ],
)
def test_what_is_not_there_ends_it(run: Run, arguments: tuple[str, ...], said: str) -> None:
    ended = run(*arguments)
    assert ended.returncode != 0
    assert said in _words(ended) and "Done" not in ended.stdout


@needs_powershell
def test_a_tenant_without_defender_ends_it(run: Run, directory: Directory) -> None:
    directory.change(apps={GRAPH: app("Graph", ["ThreatHunting.Read.All"])})
    ended = run()
    assert ended.returncode != 0
    assert "Defender for Endpoint licence" in _words(ended) and directory.granted() == set()


# What holds wherever it is read: the same fault cannot come back unseen on a machine without PowerShell.


_TENANTS_APP = (ROOT / "infra" / "tenants-app.ps1").read_text("utf-8")


def _calls(text: str) -> list[str]:
    """The calls of the Graph modules, a line each."""
    code = re.sub(r"<#.*?#>", "", text, flags=re.DOTALL)
    lines = [re.sub(r"(^|\s)#.*", "", line) for line in code.splitlines()]
    return [
        line.strip()
        for line in lines
        if re.search(r"\b(?:Get|New|Update|Connect|Import)-(?:Mg|Module)\w*", line)
    ]


def _that_may_go_on(text: str) -> list[str]:
    listing = "Get-Module -ListAvailable"
    return [call for call in _calls(text) if "-ErrorAction Stop" not in call and listing not in call]


def test_every_call_of_a_module_stops_at_its_first_error() -> None:
    assert (len(_calls(_TEXT)), len(_calls(_TENANTS_APP))) == (10, 11)
    assert _that_may_go_on(_TEXT) == [] == _that_may_go_on(_TENANTS_APP)


@pytest.mark.parametrize("function", ["New-MgServicePrincipalAppRoleAssignment", "Get-MgServicePrincipal"])
def test_a_call_that_would_go_on_is_seen(function: str) -> None:
    changed = _TEXT.replace(f"{function} -ErrorAction Stop", function)
    assert changed != _TEXT
    assert all(function in call for call in _that_may_go_on(changed)) and _that_may_go_on(changed)


def test_granted_is_said_after_the_directory_said_it() -> None:
    body = _TEXT[_TEXT.index("function Add-Grant") :]
    assert "-ne $RoleId" in body.split("throw")[0]
    before, _ = _TEXT.split("'granted       ")
    assert before.rstrip().endswith(
        "Add-Grant -ResourceId $resource.Id -RoleId $id -Role $role\n            Write-Output ("
    )


def test_what_is_assigned_to_a_parameter_passes_its_own_check() -> None:
    """An assignment of "" to a checked parameter ends the script, with words about a pattern."""
    for text in (_TEXT, _TENANTS_APP):
        checked = re.findall(r"\[ValidatePattern\([^\n]+\n\s+\[string\] \$(\w+)", text)
        assert checked
        for name in checked:
            assigned = re.findall(rf"^\s*(?:if \(.*\) {{ )?\${name} = (.+)", text, re.MULTILINE)
            assert all(value.startswith("$found[0].Id") for value in assigned), name


@pytest.mark.parametrize("file", [_SCRIPT, *sorted(_MODULES.rglob("*.psm1"))], ids=lambda file: file.name)
def test_a_parser_takes_it(file: Path) -> None:
    tree_sitter = pytest.importorskip("tree_sitter")
    grammar = pytest.importorskip("tree_sitter_powershell")
    parsed = tree_sitter.Parser(tree_sitter.Language(grammar.language())).parse(file.read_bytes())
    assert not parsed.root_node.has_error
