"""The roles that an operator gets allow each call that `dev.py ops` makes, and a lesser set does not."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from local.cli import ROOT
from local.ops.arguments import parse
from tests.infra.bicep import Template
from tests.infra.facts import read_texts

# What each role may do, and what each call takes:
# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage and
# https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory (read 2026-11).
ROLES = {
    "19e7f393-937e-4f77-808e-94535e297925": {"queue read", "peek"},  # Storage Queue Data Reader
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": {  # Storage Queue Data Contributor
        *("queue read", "peek", "take", "delete", "send", "update"),
    },
    "76199698-9eea-4c19-bc75-cec21354c6b6": {"entity read"},  # Storage Table Data Reader
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": {"entity read", "entity write"},  # Storage Table Data Contributor
}
QUEUE_CALLS = {
    "get_queue_properties": "queue read",
    "peek_messages": "peek",
    "receive_messages": "take",
    "delete_message": "delete",
    "send_message": "send",
    "update_message": "update",
}
READS, CHANGES = {"queue read", "peek", "entity read"}, {"take", "delete", "send", "update", "entity write"}


def granted(*, may_change: bool) -> set[str]:
    """The ids of the roles that the template gives."""
    given = {"storageAccountName": "a", "principalId": "p", "principalType": "User", "mayChange": may_change}
    template = Template(read_texts()["infra/operator-access.bicep"], given)
    return {
        str(one.config["properties"]["roleDefinitionId"]).rsplit("/", 1)[1]
        for one in template.of_type("Microsoft.Authorization/roleAssignments")
    }


def allowed(roles: set[str]) -> set[str]:
    return set().union(*(ROLES[role] for role in roles))


def test_every_call_of_the_commands_to_a_queue_is_one_whose_right_is_known() -> None:
    text = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "local" / "ops").glob("*.py")))
    called = set(re.findall(r"\.(\w+_messages?|\w+_queue_properties)\(", text))
    assert called == QUEUE_CALLS.keys()


@pytest.mark.parametrize(("may_change", "needed"), [(False, READS), (True, READS | CHANGES)])
def test_the_roles_allow_what_the_commands_do_and_the_reader_changes_nothing(
    may_change: bool, needed: set[str]
) -> None:
    roles = granted(may_change=may_change)
    assert allowed(roles) == needed


@pytest.mark.parametrize("may_change", [False, True])
def test_without_the_strongest_role_of_a_service_a_call_is_refused(may_change: bool) -> None:
    roles = granted(may_change=may_change)
    needed = READS | CHANGES if may_change else READS
    strongest = {role for role in roles if not any(ROLES[role] < ROLES[other] for other in roles)}
    assert len(strongest) == 2
    for fewer in combinations(sorted(strongest), 1):
        assert allowed(set(fewer)) != needed


@pytest.mark.parametrize(
    ("command", "service"),
    [("replay", "Table"), ("backfill", "Table"), ("purge", "Table"), ("poison", "Queue")],
)
def test_the_help_of_what_changes_something_names_the_role_that_it_takes(
    command: str, service: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse([command, "--help"])
    assert f"Storage {service} Data Contributor" in " ".join(capsys.readouterr().out.split())
