"""The same alert in both APIs' shapes: its rows agree in every column, but for those listed here and why."""

import json

import pytest

from shared.core.row.definition import CONTENT
from shared.core.values.records import Column
from tests.core.bodies import DEVICE, SOURCES, alert_body, device, item
from tests.core.row.rows import row_of, shown
from tests.core.samples import Json, read

ROSA = {
    "accountName": "rosa",
    "domainName": "BAKERY",
    "userSid": "S-1-5-21-9-9-9-1201",
    "aadUserId": "0b0b0b0b-1111-2222-3333-444444444444",
    "userPrincipalName": "rosa@bakery.example",
}
SYSTEM = {"accountName": "SYSTEM", "domainName": "NT AUTHORITY", "userSid": "S-1-5-18"}
PROCESS = {
    "processId": 77,
    "processCommandLine": "oven.exe /knead ",
    "processCreationTime": "2026-11-24T09:00:00.5Z",
    "parentProcessId": 8,
    "parentProcessCreationTime": "2026-11-24T08:00:00.5Z",
    "parentProcessFileName": "yeast.exe",
    "parentProcessFilePath": "C:\\Dough",
    "fileName": "oven.exe",
    "filePath": "C:\\Dough",
    "sha1": "ab" * 20,
    "sha256": "cd" * 32,
}
REGISTRY = {
    "registryHive": "HKEY_LOCAL_MACHINE",
    "registryKey": "HKLM\\SOFTWARE\\Rye",
    "registryValueName": "on",
    "registryValueType": "String",
    "registryValue": "1",
}
FIELDS = {
    "investigationState": "partiallyInvestigated",
    "investigationId": 31,
    "assignedTo": "rosa@bakery.example",
    "detectorId": "7d7d7d7d-0000-4000-8000-000000000009",
    "aadTenantId": "8e8e8e8e-0000-4000-8000-00000000000e",
    "description": "Dough was kneaded.",
    "threatFamilyName": "Mould",
    "threatName": "Trojan:Win32/Mould",
    "resolvedTime": "2026-11-24T11:00:00Z",
    "mitreTechniques": ["T1105", "T1059.001"],
}
SPELLED_BY_THE_API = "the API's own word, which Graph spells otherwise; its neighbour agrees"
CANNOT_AGREE = {
    "AlertSource": "it is the API",
    "DefenderSeverity": SPELLED_BY_THE_API,
    "DefenderStatus": SPELLED_BY_THE_API,
    "Classification": SPELLED_BY_THE_API,
    "Determination": SPELLED_BY_THE_API,
    "ServiceSource": "only Graph names the product",
    "DetectionFinding": "names the API, and evidence by the API's own word for its kind",
    "EvidenceCount": "Graph's device is a piece of evidence, Defender's stands on the alert",
    "EvidenceIds": "the same",
    "EntitiesJson": "only Graph has roles, verdicts and remediation of each thing, and facts of a device",
    "EvidenceVerdict": "only Graph has verdicts",
    "RemediationStatus": "only Graph has it",
    "DeviceFrom": "only Graph describes the device",
    "RecommendedActions": "only Graph has them",
    "IncidentUrl": "only Graph sends links; Defender's are made from the ids, without the tenant",
    "EventReportUrl": "the same",
    "Domains": "only Defender lists domains",
    "OtherFacts": "the paths, and the API's own words for what a column says in ours; the values agree",
}
# Spelled as each API does, and translated by what was seen of the same alert in both.
BY_API: dict[str, Json] = {
    "defender": {
        "detectionSource": "WindowsDefenderAtp",
        "classification": "TruePositive",
        "determination": "ConfirmedUserActivity",
        "domains": ["oven.example"],
    },
    "graph": {
        "detectionSource": "microsoftDefenderForEndpoint",
        "classification": "truePositive",
        "determination": "confirmedActivity",
        "severity": "high",
        "status": "inProgress",
        "recommendedActions": "Bake.",
        "alertWebUrl": "https://security.microsoft.com/alerts/da639311000000000000_17?tid=8e",
        "incidentWebUrl": "https://security.microsoft.com/incidents/4242?tid=8e",
    },
}
LOGGED_ON = [{"accountName": "ilse", "domainName": "BAKERY"}]


def row(source: str) -> dict[str, Column]:
    """The alert with all that both APIs can say, from this one."""
    ran = {**PROCESS, **SYSTEM, "detectionStatus": "Detected"}
    items = [
        item(source, "Process", **ran),
        item(source, "File", fileName="rye.exe", filePath="C:\\Dough\\rye.exe", sha1="ef" * 20),
        item(source, "User", **ROSA),
        item(source, "Ip", ipAddress="[2001:db8::7]:443"),
        item(source, "Ip", ipAddress="203.0.113.7"),
        item(source, "Url", url="https://oven.example/start"),
        item(source, "RegistryValue", **REGISTRY),
    ]
    comment = {"comment": "tasted"}
    if source == "defender":
        comment |= {"createdBy": "ilse", "createdTime": "2026-11-24T10:00:00Z"}
        only: Json = {"loggedOnUsers": LOGGED_ON, "status": "InProgress"}
    else:
        comment |= {"createdByDisplayName": "ilse", "createdDateTime": "2026-11-24T10:00:00Z"}
        items = [device(loggedOnUsers=LOGGED_ON, osPlatform="", roles=["attacked"]), *items]
        only = {}
    fields = {**FIELDS, **only, **BY_API[source], "comments": [comment]}
    return row_of(read(alert_body(source, *items, **fields), source))


def test_every_column_that_both_can_know_agrees() -> None:
    one, other = row("defender"), row("graph")
    unlike = {column.name for column in CONTENT if one[column.name] != other[column.name]}
    assert unlike <= CANNOT_AGREE.keys(), {
        name: (one[name], other[name]) for name in unlike - CANNOT_AGREE.keys()
    }
    said = {name for name, value in one.items() if value not in ("", "[]", 0, -1, False)}
    print(
        f"columns: {len(one)}, agree: {len(one) - len(unlike)}, of these with a value: {len(said - unlike)}"
    )
    assert len(said - unlike) >= 60


def test_no_column_is_excused_that_has_no_reason_to_differ() -> None:
    one, other = row("defender"), row("graph")
    known_alike = {"RemediationStatus", "EvidenceVerdict"}  # of which Graph says nothing here either
    assert {name for name in CANNOT_AGREE if one[name] == other[name]} == known_alike


@pytest.mark.parametrize("source", SOURCES)
def test_our_own_words_are_the_same_for_both(source: str) -> None:
    names = "EventSeverity SeverityId AlertStatus AlertVerdict AlertDetermination InvestigationState"
    assert shown(row(source), names) == (
        *("High", 4, "Active", "True Positive"),
        *("ConfirmedUserActivity", "PartiallyInvestigated"),
    )
    assert shown(row(source), "DvcId IpAddr Username UserFrom FileName FilePath RegistryKey") == (
        *(DEVICE, "2001:db8::7", "BAKERY\\rosa", "evidence"),
        *("rye.exe", "C:\\Dough", "HKEY_LOCAL_MACHINE\\SOFTWARE\\Rye"),
    )


def test_each_entity_that_both_name_agrees_but_for_its_place_and_what_only_graph_says() -> None:
    def entities(source: str) -> list[Json]:
        by_api = ("verdict", "remediation", "roles", "from", "group", "users", "item")
        listed = json.loads(str(row(source)["EntitiesJson"]))
        return [{name: value for name, value in each.items() if name not in by_api} for each in listed]

    assert entities("defender") == entities("graph")


def test_an_entity_says_its_place_in_the_api_s_own_list() -> None:
    for source, first in (("defender", 0), ("graph", 1)):  # Graph's first item is the device
        entities = json.loads(str(row(source)["EntitiesJson"]))[1:]
        assert [each["item"] for each in entities] == list(range(first, first + 7))


def test_the_facts_that_no_column_shows_agree_but_for_paths_and_the_apis_own_words() -> None:
    own_words = {
        "RegistryValue",
        "#microsoft.graph.security.registryValueEvidence",
        *BY_API["graph"].values(),
    }

    def values(source: str) -> list[str]:
        facts = json.loads(str(row(source)["OtherFacts"]))
        return sorted(fact["value"] for fact in facts if fact["value"] not in own_words)

    assert values("defender") == values("graph")
    assert len(values("graph")) >= 7
