"""Says what would stop a first deployment, a line each, in the order in which it would; reads only.

    infra/preflight.sh --resource-group rg-alerts --location westeurope     (PowerShell: infra/preflight.ps1)

`!!` stops the deployment: it is followed by what to do and whose task that is. `--` is worth knowing. Exit
code 1 where anything stops it. You need the Azure CLI and any Python from 3.9.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from infra.azure_cli import Azure, Failed

# What main.bicep makes resources of; a subscription that never had one must register its provider first. The
# plan is Microsoft.Web's, its instances are Microsoft.App's
# (https://learn.microsoft.com/azure/azure-functions/flex-consumption-how-to, read 2026-11).
PROVIDERS = (
    "Microsoft.App",
    "Microsoft.Insights",
    "Microsoft.ManagedIdentity",
    "Microsoft.OperationalInsights",
    "Microsoft.Storage",
    "Microsoft.Web",
)
DEFENDER = "fc780465-2017-40d4-a0c5-307022471b92"
RUNTIME = "3.13"
MAY_MAKE = {"Owner", "Contributor"}
MAY_ASSIGN = {"Owner", "User Access Administrator", "Role Based Access Control Administrator"}
MAY_GRANT = {"Privileged Role Administrator", "Global Administrator"}

Check = tuple[str, str, str]  # ok, !! or --; what was looked at; what was found, and what to do


class Preflight:
    """The checks. `az` is called as Azure.call is."""

    def __init__(self, az: Callable[..., object], group: str, location: str) -> None:
        self._az, self._group, self._location = az, group, re.sub(r"\W", "", location.lower())

    def checks(self) -> Iterator[Check]:
        """Every check; after "not signed in" there is nothing more to look at."""
        try:
            account = self._az("account", "show")
        except Failed as failed:
            missing = "not installed" in str(failed)
            todo = str(failed) if missing else "nobody is signed in: az login, then this again"
            yield "!!", "sign-in", todo
            return
        name = account.get("name") if isinstance(account, dict) else None
        yield "ok", "sign-in", f"subscription {name}; another one: az account set --subscription NAME"
        for check in (
            self._tools,
            self._roles,
            self._providers,
            self._region,
            self._defender,
            self._directory,
        ):
            try:
                yield from check()
            except Failed as failed:
                yield "--", check.__name__.strip("_"), f"cannot be read by you: {str(failed)[:300]}"

    def _tools(self) -> Iterator[Check]:
        program = shutil.which("func")
        if program is None:
            yield "!!", "Core Tools", "install them: npm install --global azure-functions-core-tools@4"
            return
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
        if said.strip().startswith("4."):
            yield "ok", "Core Tools", said.strip()
        else:
            yield "!!", "Core Tools", f"{said.strip() or 'no version'}: version 4 is needed"

    def _roles(self) -> Iterator[Check]:
        """What you may do on the group, or on the subscription where the group is not there yet."""
        exists = self._az("group", "exists", "--name", self._group) is True
        account = self._az("account", "show")
        subscription = str(account.get("id")) if isinstance(account, dict) else ""
        scope = f"/subscriptions/{subscription}" + (f"/resourceGroups/{self._group}" if exists else "")
        me = self._az("ad", "signed-in-user", "show", "--query", "id")
        held = self._az(
            "role", "assignment", "list", "--assignee", str(me), "--scope", scope, "--include-inherited",
            "--include-groups", "--query", "[].roleDefinitionName",
        )  # fmt: skip
        roles = set(map(str, held)) if isinstance(held, list) else set()
        if not exists:
            yield from self._new_group(roles)
        where = f"on {self._group}" if exists else "on the subscription, for the group that you make"
        if not roles & MAY_MAKE:
            yield "!!", "Contributor", f"you are not, {where}: an Owner assigns it to you"
        else:
            yield "ok", "Contributor", ", ".join(sorted(roles & MAY_MAKE))
        if not roles & MAY_ASSIGN:
            todo = f"you may not, {where}: an Owner assigns you Role Based Access Control Administrator"
            yield "!!", "assign Azure roles", todo
        else:
            yield "ok", "assign Azure roles", ", ".join(sorted(roles & MAY_ASSIGN))

    def _new_group(self, roles: set[str]) -> Iterator[Check]:
        todo = f"az group create --name {self._group} --location {self._location}"
        if roles & MAY_MAKE:
            yield "--", "resource group", f"{self._group} is not there yet: {todo}"
        else:
            who = "takes Contributor on the subscription; somebody who has it does that once"
            yield "!!", "resource group", f"{self._group} is not there, and making it {who}: {todo}"

    def _providers(self) -> Iterator[Check]:
        for name in PROVIDERS:
            state = self._az("provider", "show", "--namespace", name, "--query", "registrationState")
            if state == "Registered":
                yield "ok", name, "registered"
            else:
                todo = f"az provider register --namespace {name} (Contributor on the subscription, once)"
                yield "!!", name, f"{str(state).lower()}: {todo}"

    def _region(self) -> Iterator[Check]:
        found = self._az("functionapp", "list-flexconsumption-locations", "--query", "[].name")
        offered = {re.sub(r"\W", "", str(one).lower()) for one in found} if isinstance(found, list) else set()
        if self._location not in offered:
            near = ", ".join(sorted(offered)[:60])
            yield "!!", "region", f"{self._location} has no Flex Consumption; it is in: {near}"
            return
        versions = self._az(
            "functionapp", "list-flexconsumption-runtimes", "--location", self._location,
            "--runtime", "python", "--query", "[].version",
        )  # fmt: skip
        if not isinstance(versions, list) or RUNTIME not in map(str, versions):
            yield (
                "!!",
                "region",
                f"{self._location} has no Python {RUNTIME} on Flex Consumption; take another",
            )
            return
        yield "ok", "region", f"{self._location}: Flex Consumption with Python {RUNTIME}"
        yield (
            "--",
            "quota",
            "not asked for: all Flex Consumption apps of a subscription share 512,000 MB in a region (250 "
            "instances of 2,048 MB); with other such apps there, lower maximumInstances or ask for more",
        )

    def _defender(self) -> Iterator[Check]:
        try:
            self._az("ad", "sp", "show", "--id", DEFENDER, "--query", "id")
        except Failed:
            yield (
                "!!",
                "Defender",
                "its API is not in this tenant: it takes a Defender for Endpoint licence, and somebody must "
                "have opened security.microsoft.com once; or you are in another tenant (az login --tenant)",
            )
            return
        yield "ok", "Defender", "its API is in this tenant"

    def _directory(self) -> Iterator[Check]:
        graph = str(self._az("cloud", "show", "--query", "endpoints.microsoftGraphResourceId")).rstrip("/")
        url = f"{graph}/v1.0/me/memberOf/microsoft.graph.directoryRole"
        held = self._az("rest", "--method", "get", "--url", url, "--query", "value[].displayName")
        roles = set(map(str, held)) & MAY_GRANT if isinstance(held, list) else set()
        if roles:
            yield "ok", "grant app roles", ", ".join(sorted(roles))
        else:
            todo = "not you: a Privileged Role Administrator runs infra/grant-roles.sh"
            yield "--", "grant app roles", f"{todo} before the app is published"


def main(argv: Sequence[str] | None = None, az: Callable[..., object] | None = None) -> int:
    """0 nothing stops the deployment; 1 something does."""
    parser = argparse.ArgumentParser(
        prog="preflight", description="What would stop a first deployment. Reads only."
    )
    parser.add_argument(
        "--resource-group", required=True, metavar="GROUP", help="the group, made or still to make"
    )
    parser.add_argument("--location", required=True, metavar="REGION", help="such as westeurope")
    given = parser.parse_args(argv)
    stops = 0
    for verdict, what, found in Preflight(az or Azure().call, given.resource_group, given.location).checks():
        print(f"{verdict}  {what:<30} {' '.join(found.split())}", flush=True)
        stops += verdict == "!!"
    print(f"\n{stops} to mend before you deploy." if stops else "\nNothing stops the deployment.")
    return 1 if stops else 0


if __name__ == "__main__":
    sys.exit(main())
