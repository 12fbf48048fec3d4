"""A tenant's directory in a file, for the stand-ins of the Azure CLI and of PowerShell's Graph modules."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFENDER, GRAPH = "fc780465-2017-40d4-a0c5-307022471b92", "00000003-0000-0000-c000-000000000000"
PRINCIPAL = "aaaaaaaa-1111-2222-3333-444444444444"
TENANT = "cccccccc-1111-2222-3333-444444444444"
PROVIDER_APP = "dddddddd-1111-2222-3333-444444444444"  # registered in another tenant, for any to consent to
ENRICHMENT = {"Machine.Read.All", "File.Read.All", "Ip.Read.All", "Url.Read.All", "User.Read.All"}
WRITE = {"Alert.ReadWrite.All"}
ALL = {"Alert.Read.All", "ThreatHunting.Read.All"} | ENRICHMENT


def app(name: str, roles: list[str]) -> dict[str, Any]:
    """A service principal whose roles also exist as delegated ones, under another id."""
    definitions = []
    for role in roles:
        for kind in ("User", "Application"):
            new_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name} {role} {kind}"))
            definitions.append({"id": new_id, "value": role, "allowedMemberTypes": [kind]})
    return {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)), "appRoles": definitions}


@dataclass(frozen=True, slots=True)
class Directory:
    """The file and what it says."""

    file: Path

    @classmethod
    def new(cls, file: Path) -> Directory:
        """A directory with an identity that holds nothing yet, seen by somebody who may grant."""
        state = {
            "graph": "https://graph.microsoft.com",
            "login": "https://login.microsoftonline.com",
            "tenant": TENANT,
            "signed_in": True,
            "may_grant": True,
            "breaks_after": 99,
            "identities": {
                "rg/id-alerts": {
                    "principalId": PRINCIPAL,
                    "clientId": str(uuid.uuid4()),
                    "tenantId": TENANT,
                }
            },
            "elsewhere": [PROVIDER_APP],
            "principals": {},
            "applications": {},
            "may_register": True,
            "apps": {
                DEFENDER: app(
                    "WindowsDefenderATP", ["Alert.Read.All", "AdvancedQuery.Read.All", *ENRICHMENT, *WRITE]
                ),
                GRAPH: app(
                    "Graph",
                    [
                        *("ThreatHunting.Read.All", "SecurityAlert.Read.All", "User.Read.All"),
                        "SecurityAlert.ReadWrite.All",
                    ],
                ),
            },
            "grants": {PRINCIPAL: []},
            "calls": [],
        }
        file.write_text(json.dumps(state), "utf-8")
        return cls(file)

    @property
    def state(self) -> dict[str, Any]:
        """All of it."""
        state: dict[str, Any] = json.loads(self.file.read_text("utf-8"))
        return state

    def change(self, **values: Any) -> None:
        """Replaces parts of it."""
        self.file.write_text(json.dumps({**self.state, **values}), "utf-8")

    def granted(self, principal: str = PRINCIPAL) -> set[str]:
        """The names of the application roles that the identity holds, or another principal."""
        state = self.state
        names = self._role_names()
        return {names[grant["resourceId"], grant["appRoleId"]] for grant in state["grants"][principal]}

    def asked_for(self, application: str) -> set[str]:
        """The names of the application roles that an app asks for."""
        state = self.state
        resources = {app_id: each["id"] for app_id, each in state["apps"].items()}
        names = self._role_names()
        return {
            names[resources[api["resourceAppId"]], role["id"]]
            for api in state["applications"][application]["requiredResourceAccess"]
            for role in api["resourceAccess"]
            if role["type"] == "Role"
        }

    def _role_names(self) -> dict[tuple[str, str], str]:
        return {
            (each["id"], role["id"]): role["value"]
            for each in self.state["apps"].values()
            for role in each["appRoles"]
            if role["allowedMemberTypes"] == ["Application"]
        }
