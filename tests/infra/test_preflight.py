"""What would stop a first deployment is said before it does, a line each, and looking changes nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jmespath
import pytest

from infra.azure_cli import Failed
from infra.preflight import DEFENDER, PROVIDERS, main
from local.cli import ROOT

_GROUP = "/subscriptions/s-1/resourceGroups/rg-alerts"
_READS = {"show", "list", "exists", "get", "list-flexconsumption-locations", "list-flexconsumption-runtimes"}
_NO_VALUE = ("--include-inherited", "--include-groups")


class Subscription:
    """Azure behind `az`, as a person sees it; each call is kept."""

    def __init__(self, **differs: Any) -> None:
        """By default everything is as it should be, for an Owner who is a Privileged Role Administrator."""
        self.state: dict[str, Any] = {
            "signed_in": True,
            "group": True,
            "roles": {_GROUP: ["Owner"], "/subscriptions/s-1": ["Owner"]},
            "unregistered": (),
            "locations": ["westeurope", "northeurope"],
            "versions": ["3.11", "3.12", "3.13"],
            "defender": True,
            "directory": ["Privileged Role Administrator"],
            "unreadable": "",
            **differs,
        }
        self.calls: list[tuple[str, ...]] = []

    def __call__(self, *arguments: str) -> Any:
        self.calls.append(arguments)
        words = []
        for word in arguments:
            if word.startswith("--"):
                break
            words.append(word)
        rest = [word for word in arguments[len(words) :] if word not in _NO_VALUE]
        options = dict(zip(rest[::2], rest[1::2], strict=True))
        if not self.state["signed_in"]:
            raise Failed("az account show …: ERROR: Please run 'az login' to setup account.")
        command = " ".join(words)
        if command == self.state["unreadable"]:
            raise Failed(f"az {command} …: Forbidden")
        answer = self._answer(command, options)
        return jmespath.search(options["--query"], answer) if "--query" in options else answer

    def _answer(self, command: str, options: dict[str, str]) -> Any:
        state = self.state
        match command:
            case "account show":
                return {"id": "s-1", "name": "Security"}
            case "group exists":
                return state["group"]
            case "ad signed-in-user show":
                return {"id": "me"}
            case "role assignment list":
                assert options["--assignee"] == "me"
                return [{"roleDefinitionName": role} for role in state["roles"][options["--scope"]]]
            case "provider show":
                left_out = options["--namespace"] in state["unregistered"]
                return {"registrationState": "NotRegistered" if left_out else "Registered"}
            case "functionapp list-flexconsumption-locations":
                return [{"name": name} for name in state["locations"]]
            case "functionapp list-flexconsumption-runtimes":
                return [{"version": version} for version in state["versions"]]
            case "ad sp show":
                if not state["defender"]:
                    raise Failed(f"Resource '{DEFENDER}' does not exist")
                return {"id": "sp"}
            case "cloud show":
                return {"endpoints": {"microsoftGraphResourceId": "https://graph.microsoft.com/"}}
            case "rest":
                assert (
                    options["--url"]
                    == "https://graph.microsoft.com/v1.0/me/memberOf/microsoft.graph.directoryRole"
                )
                return {"value": [{"displayName": role} for role in state["directory"]]}
        raise AssertionError(command)


@pytest.fixture(autouse=True)
def _core_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Core Tools on the PATH that say their version."""
    program = tmp_path / "func"
    program.write_text("#!/bin/sh\necho 4.15.1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return program


def _run(
    subscription: Subscription, capsys: pytest.CaptureFixture[str], location: str = "westeurope"
) -> list[str]:
    code = main(["--resource-group", "rg-alerts", "--location", location], subscription)
    lines = capsys.readouterr().out.splitlines()
    assert code == (1 if any(line.startswith("!!") for line in lines) else 0)
    assert all(re.match(r"(ok|--|!!)  \S", line) for line in lines[:-2])
    return lines


def test_where_nothing_is_missing_nothing_stops_it(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _run(Subscription(), capsys, "West Europe")
    assert lines[-1] == "Nothing stops the deployment."
    assert [line for line in lines if line.startswith("!!")] == []
    assert sum(name in line for line in lines for name in PROVIDERS) == len(PROVIDERS)


def test_it_only_reads(capsys: pytest.CaptureFixture[str]) -> None:
    subscription = Subscription(group=False, unregistered=PROVIDERS, roles={"/subscriptions/s-1": []})
    _run(subscription, capsys)
    for call in subscription.calls:
        verbs = [word for word in call if not word.startswith("--")]
        assert _READS & set(verbs), call
        assert "post" not in call and "create" not in call and "register" not in call


def test_not_signed_in_is_the_first_and_only_thing_said(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _run(Subscription(signed_in=False), capsys)
    assert len(lines) == 3
    assert lines[0].startswith("!!  sign-in") and "az login" in lines[0]


# (how it differs, the line that must say so)
@pytest.mark.parametrize(
    ("differs", "what", "said"),
    [
        (
            {"roles": {_GROUP: ["Contributor"]}},
            "assign Azure roles",
            "Role Based Access Control Administrator",
        ),
        ({"roles": {_GROUP: ["Reader"]}}, "Contributor", "an Owner assigns it to you"),
        ({"group": False, "roles": {"/subscriptions/s-1": ["Reader"]}}, "resource group", "az group create"),
        (
            {"unregistered": ("Microsoft.App",)},
            "Microsoft.App",
            "az provider register --namespace Microsoft.App",
        ),
        ({"unregistered": ("Microsoft.Web",)}, "Microsoft.Web", "Contributor on the subscription"),
        ({"locations": ["northeurope"]}, "region", "no Flex Consumption; it is in: northeurope"),
        ({"versions": ["3.11", "3.12"]}, "region", "no Python 3.13"),
        ({"defender": False}, "Defender", "licence"),
    ],
)
def test_what_would_stop_it_is_said_with_what_to_do(
    differs: dict[str, Any], what: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line for line in _run(Subscription(**differs), capsys) if line.startswith("!!")]
    [found] = [line for line in lines if line[4:].startswith(f"{what} ")]
    assert said in found


def test_what_another_person_does_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    subscription = Subscription(
        directory=["Reports Reader"],
        group=False,
        roles={"/subscriptions/s-1": ["Contributor", "User Access Administrator"]},
    )
    lines = _run(subscription, capsys)
    assert any(line.startswith("--  grant app roles") and "infra/grant-roles.sh" in line for line in lines)
    assert any(line.startswith("--  resource group") and "az group create" in line for line in lines)
    assert lines[-1] == "Nothing stops the deployment."


def test_what_you_may_not_read_stops_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    lines = _run(Subscription(unreadable="role assignment list"), capsys)
    assert any(line.startswith("--  roles") and "Forbidden" in line for line in lines)
    assert any(line.startswith("ok  region") for line in lines)


@pytest.mark.parametrize(
    ("version", "said"), [("3.0.5", "version 4 is needed"), (None, "npm install --global")]
)
def test_core_tools_that_do_not_serve_are_named(
    _core_tools: Path, version: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    _core_tools.write_text(f"#!/bin/sh\necho {version}\n")
    if version is None:
        _core_tools.unlink()
    assert any(line.startswith("!!  Core Tools") and said in line for line in _run(Subscription(), capsys))


def test_the_providers_are_those_of_the_templates() -> None:
    named = {
        name
        for path in (ROOT / "infra").glob("*.bicep")
        for name in re.findall(r"'(Microsoft\.\w+)/", path.read_text("utf-8"))
    }
    # Microsoft.Authorization is always there; Microsoft.App is what the instances run on.
    assert named - {"Microsoft.Authorization"} | {"Microsoft.App"} == set(PROVIDERS)


@pytest.mark.parametrize("shell", ["sh", "pwsh"])
def test_both_shells_run_it(shell: str, _core_tools: Path) -> None:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed here")
    for name in ("python3", "python"):
        (_core_tools.parent / name).symlink_to(sys.executable)
    az = _core_tools.parent / "az"
    az.write_text("#!/bin/sh\necho \"ERROR: Please run 'az login'\" >&2\nexit 1\n")
    az.chmod(0o755)
    script = [found, str(ROOT / "infra" / "preflight.sh")]
    if shell == "pwsh":
        script = [found, "-NoProfile", "-File", str(ROOT / "infra" / "preflight.ps1")]
    command = [*script, "--resource-group", "rg-alerts", "--location", "westeurope"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("!!  sign-in ") and "az login" in done.stdout
