"""What the identity was granted, as the directory says it to a person."""

from collections.abc import Iterator

import pytest

from local.doctor import grants
from local.doctor.identity import DEFENDER_APP, GRAPH_APP
from local.ops.parser import Where
from local.ops.target import opened
from tests.adapters.service import Asked, Reply, Service
from tests.local.doctor.conftest import Parts, with_settings

ID = "11111111-2222-3333-4444-555555555555"
ROLES = {
    "defender-sp": (DEFENDER_APP, {"r1": "Alert.Read.All", "r2": "Machine.Read.All", "r3": "File.Read.All"}),
    "graph-sp": (GRAPH_APP, {"r4": "ThreatHunting.Read.All", "r5": "Mail.Read"}),
}


@pytest.fixture
def directory(parts: Parts) -> Iterator[Service]:
    with Service(parts.stack.certificates) as service:
        yield service


def answering(directory: Service, granted: dict[str, list[str]]) -> None:
    """The directory with these role ids granted by resource, a page each."""
    pages = [
        [{"resourceId": resource, "appRoleId": role} for role in roles] for resource, roles in granted.items()
    ]

    def answer(asked: Asked) -> Reply:
        if asked.path == f"/v1.0/servicePrincipals/{ID}/appRoleAssignments":
            at = int(asked.query.get("page", "0"))
            more = (
                {"@odata.nextLink": f"{directory.url}{asked.path}?page={at + 1}"}
                if at + 1 < len(pages)
                else {}
            )
            return Reply(body={"value": pages[at] if pages else [], **more})
        resource = asked.path.rpartition("/")[2]
        if resource not in ROLES:
            return Reply(404, {"error": {"code": "Request_ResourceNotFound", "message": "none"}})
        app, roles = ROLES[resource]
        named = [{"id": role_id, "value": name} for role_id, name in roles.items()]
        return Reply(body={"appId": app, "appRoles": named})

    directory.answer = answer


def found(parts: Parts, directory: Service, principal: str = ID) -> list[str]:
    state = with_settings(parts, {"GRAPH_API_URL": directory.url})
    with opened(Where(), state) as target:
        return [f"{each.verdict} {each.what}: {each.found}" for each in grants.look_at(target, principal)]


def test_granted_roles_are_named_and_missing_ones_too(parts: Parts, directory: Service) -> None:
    answering(directory, {"defender-sp": ["r1", "r3"], "graph-sp": ["r4"]})
    said = found(parts, directory)
    assert "ok grants on Defender: Alert.Read.All, File.Read.All" in said
    assert "ok grants on Graph: ThreatHunting.Read.All" in said
    assert any(line.startswith("-- roles on Defender: Machine.Read.All is missing") for line in said)
    assert not [line for line in said if line.startswith("!!")]


def test_an_identity_without_any_grant_lacks_every_needed_role(parts: Parts, directory: Service) -> None:
    answering(directory, {})
    said = [line for line in found(parts, directory) if line.startswith("!!")]
    assert [line.split(" is missing")[0] for line in said] == [
        "!! roles on Defender: Alert.Read.All",
        "!! roles on Graph: ThreatHunting.Read.All",
    ]


def test_an_id_that_is_no_service_principals_is_said(parts: Parts, directory: Service) -> None:
    answering(directory, {})
    [said] = found(parts, directory, "99999999-2222-3333-4444-555555555555")
    assert said.startswith("!! grants: no service principal has the object id 99999999")


def test_where_the_write_back_is_on_its_role_is_asked_for(parts: Parts, directory: Service) -> None:
    answering(directory, {"defender-sp": ["r1", "r2", "r3"], "graph-sp": ["r4"]})
    for mode, lacks in (("dry-run", 0), ("comment", 1), ("rules", 1)):
        state = with_settings(parts, {"GRAPH_API_URL": directory.url, "WRITE_BACK": mode})
        with opened(Where(), state) as target:
            said = [each for each in grants.look_at(target, ID) if "Alert.ReadWrite.All" in each.found]
        assert len(said) == lacks
        assert all("--write-back" in each.todo for each in said)
