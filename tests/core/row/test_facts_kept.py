"""Facts of an alert that no column is made for: each is in the row, with the path to it."""

import json
from collections import Counter

import pytest

from shared.core.row.column import MAX_ROW
from shared.core.row.definition import BY_NAME, COLUMNS
from shared.core.row.text import units
from shared.core.values.records import Column
from tests.core.graph_types import item_of
from tests.core.row.leaves import CUT, Row, counted
from tests.core.row.test_build import row_of
from tests.core.row.test_whole_alert import sparse
from tests.core.samples import Json, raw, read

SECURITY = "#microsoft.graph.security."


def facts(columns: dict[str, Column]) -> Json:
    """OtherFacts as path -> value."""
    return {fact["path"]: fact["value"] for fact in json.loads(str(columns["OtherFacts"]))}


def graph(*items: Json, **fields: Json) -> dict[str, Column]:
    """The row of Graph's alert with this evidence and these fields."""
    return row_of(read(sparse("graph") | fields | {"evidence": list(items)}, "graph"))


def defender(*items: Json, **fields: Json) -> dict[str, Column]:
    """The row of Defender's alert with this evidence and these fields."""
    return row_of(read(sparse("defender") | fields | {"evidence": list(items)}))


# What Graph's alert holds, and what the row then says besides its columns.
OF_GRAPH: dict[str, tuple[dict[str, Json], Json, dict[str, Json]]] = {
    "who did it, what customers add, tags, a second category": (
        {
            "actorDisplayName": "Dusk-4411",
            "systemTags": ["Hunted", "Experts"],
            "additionalData": {"Wave": "nine", "Steps": [1, {"of": 2}]},
            "customDetails": {"Change no.": "C-17", "owner": "green"},
            "categories": ["Persistence", "Exfiltration"],
            "alertPolicyId": "policy-9",
            "productName": "Product",
        },
        None,
        {
            "actorDisplayName": "Dusk-4411",
            "systemTags[0]": "Hunted",
            "systemTags[1]": "Experts",
            "additionalData.Wave": "nine",
            "additionalData.Steps[0]": 1,
            "additionalData.Steps[1].of": 2,
            "customDetails.Change no.": "C-17",
            "customDetails.owner": "green",
            "categories[1]": "Exfiltration",
            "alertPolicyId": "policy-9",
            "productName": "Product",
        },
    ),
    "a category that stands in the list alone, with others": (
        {"category": None, "categories": ["Impact", "Collection"]},
        None,
        {"categories[1]": "Collection"},
    ),
    "both ends of a connection with ports and protocol": (
        {},
        {
            "@odata.type": SECURITY + "networkConnectionEvidence",
            "destinationAddress": {"ipAddress": "192.0.2.44", "countryLetterCode": "SE"},
            "destinationPort": 8443,
            "sourceAddress": {"ipAddress": "10.9.8.7"},
            "sourcePort": 50211,
            "protocol": "udp",
        },
        {
            "evidence[0].destinationAddress.ipAddress": "192.0.2.44",
            "evidence[0].destinationAddress.countryLetterCode": "SE",
            "evidence[0].destinationPort": 8443,
            "evidence[0].sourceAddress.ipAddress": "10.9.8.7",
            "evidence[0].sourcePort": 50211,
            "evidence[0].protocol": "udp",
        },
    ),
    "where an address is, and what is said of the item": (
        {},
        {
            "@odata.type": SECURITY + "ipEvidence",
            "ipAddress": "192.0.2.9",
            "countryLetterCode": "PT",
            "location": {"city": "Porto", "latitude": 41.15, "longitude": -8.61},
            "tags": ["crown"],
            "detailedRoles": ["Main"],
            "remediationStatusDetails": "asked twice",
        },
        {
            "evidence[0].countryLetterCode": "PT",
            "evidence[0].location.city": "Porto",
            "evidence[0].location.latitude": 41.15,
            "evidence[0].location.longitude": -8.61,
            "evidence[0].tags[0]": "crown",
            "evidence[0].detailedRoles[0]": "Main",
            "evidence[0].remediationStatusDetails": "asked twice",
        },
    ),
    "who certified an image, and the parent's folder and creation": (
        {},
        {
            "@odata.type": SECURITY + "processEvidence",
            "processId": 77,
            "parentProcessCreationDateTime": "2026-10-05T09:00:00.7654321Z",
            "imageFile": {
                "fileName": "q.exe",
                "filePublisher": "Tailor Spin",
                "fileSize": 12,
                "issuer": "T CA",
            },
            "parentProcessImageFile": {"fileName": "p.exe", "filePath": "D:\\jobs", "signer": "Nobody"},
            "userAccount": {"accountName": "kim", "displayName": "Kim K", "tenantId": "t-1"},
        },
        {
            "evidence[0].parentProcessCreationDateTime": "2026-10-05T09:00:00.7654321Z",
            "evidence[0].imageFile.fileSize": 12,
            "evidence[0].imageFile.issuer": "T CA",
            "evidence[0].parentProcessImageFile.filePath": "D:\\jobs",
            "evidence[0].parentProcessImageFile.signer": "Nobody",
            "evidence[0].userAccount.displayName": "Kim K",
            "evidence[0].userAccount.tenantId": "t-1",
        },
    ),
    "a message": (
        {},
        {
            "@odata.type": SECURITY + "analyzedMessageEvidence",
            "subject": "Overdue",
            "recipientEmailAddress": "Sam@fabrikam.example",
            "senderIp": "192.0.2.200",
            "urls": ["https://a.example/1", "https://a.example/2"],
            "p1Sender": {"emailAddress": "x@evil.example", "displayName": "Bills"},
            "attachmentsCount": 0,
        },
        {
            "evidence[0].subject": "Overdue",
            "evidence[0].urls[1]": "https://a.example/2",
            "evidence[0].p1Sender.displayName": "Bills",
            "evidence[0].attachmentsCount": 0,
        },
    ),
    "a logon session on a host": (
        {},
        {
            "@odata.type": SECURITY + "hostLogonSessionEvidence",
            "sessionId": "0x3e7",
            "startUtcDateTime": "2026-10-05T11:00:00+02:00",
            "endUtcDateTime": "0001-01-01T00:00:00Z",
            "account": {"userAccount": {"accountName": "lee", "domainName": "FABRIKAM"}},
            "host": {"mdeDeviceId": "ab" * 20, "hostName": "lap-9", "isLost": False},
        },
        {
            "evidence[0].sessionId": "0x3e7",
            "evidence[0].startUtcDateTime": "2026-10-05T09:00:00.0000000Z",
            "evidence[0].host.hostName": "lap-9",
            "evidence[0].host.isLost": False,
        },
    ),
    "a word that the row translates": (
        {"investigationState": "running", "detectionSource": "antivirus", "severity": "Dire"},
        None,
        {"detectionSource": "antivirus"},
    ),
}


@pytest.mark.parametrize("name", OF_GRAPH)
def test_what_graph_says_beside_the_columns_is_in_the_row(name: str) -> None:
    fields, item, said = OF_GRAPH[name]
    found = facts(graph(*([item] if item else []), **fields))
    assert {path: found.get(path) for path in said} == said


def test_a_machine_a_stream_and_a_root_process_of_defenders_are_in_the_row() -> None:
    columns = defender(
        {"entityType": "Machine", "machineId": "cd" * 20, "computerDnsName": "lap-3.fabrikam.example"},
        {"entityType": "AmsiStream", "fileName": "amsi-77", "md5": "ef" * 16, "score": 0.5},
        {"entityType": "Process", "fileName": "sh", "filePath": "/", "processId": 1, "accountName": "root"},
        machineId=None,
        computerDnsName=None,
    )
    assert columns["DvcId"] == "cd" * 20
    assert set(str(columns["AllDevices"]).split(", ")) >= {"cd" * 20, "lap-3.fabrikam.example", "lap-3"}
    assert "ef" * 16 in str(columns["FileHashes"]).split(", ")
    assert facts(columns)["evidence[1].score"] == 0.5
    assert facts(columns)["evidence[1].entityType"] == "AmsiStream"
    assert "root" in str(columns["AllUsers"]).split(", ")


def test_an_item_that_is_null_or_stands_alone_or_is_no_object_costs_no_other() -> None:
    item = {"entityType": "File", "sha1": "ab" * 20, "fileName": "x.exe"}
    alone = defender() | row_of(read(sparse("defender") | {"evidence": item}))
    assert (alone["FileSHA1"], alone["UnreadableFields"]) == ("ab" * 20, "")
    mixed = defender(None, item, "a word", 7)
    assert mixed["FileSHA1"] == "ab" * 20
    assert mixed["UnreadableFields"] == "evidence[0], evidence[2]: a word, evidence[3]: 7"
    assert facts(mixed) | {"evidence[2]": "a word", "evidence[3]": 7} == facts(mixed)


def test_what_an_entity_says_of_its_device_or_file_is_not_said_again() -> None:
    seen = {"osPlatform": "Oven OS", "osBuild": 7, "version": "4", "riskScore": "low", "tags": ["crown"]}
    where = {"deviceDnsName": "lap-8 ", "rbacGroupName": "Ovens"}
    users = {"loggedOnUsers": [{"accountName": "kim", "domainName": "FABRIKAM"}]}
    image = {"fileName": "q.exe", "signer": "Q CA", "filePublisher": "Tailor Spin", "issuer": "T CA"}
    items = [
        {"@odata.type": SECURITY + "deviceEvidence", "mdeDeviceId": two * 20, "lastIpAddress": address}
        | {**seen, **where, **users}
        for two, address in (("ab", "10.9.8.8"), ("cd", "10.9.8.9"))
    ]
    columns = graph(*items, {"@odata.type": SECURITY + "fileEvidence", "fileDetails": image})
    assert {path for path in facts(columns) if path.startswith("evidence")} == {
        "evidence[2].fileDetails.issuer"
    }
    *devices, file = json.loads(str(columns["EntitiesJson"]))
    assert [each["osBuild"] for each in devices] == ["7", "7"] and file["publisher"] == "Tailor Spin"
    assert {"10.9.8.8", "10.9.8.9"} <= set(str(columns["AllAddresses"]).split(", "))
    assert columns["DvcId"] == "ab" * 20 and str(columns["LoggedOnUsersJson"]).count("FABRIKAM") == 2


def test_what_is_not_set_says_nothing_and_nought_and_false_do() -> None:
    nothing: dict[str, Json] = {
        "a": None,
        "b": "",
        "c": [],
        "d": {},
        "tags@odata.type": "#Collection(String)",
        "e": [None, {}],
    }
    told = facts(graph({"@odata.type": SECURITY + "urlEvidence", **nothing, "n": 0, "f": False}))
    assert {path: value for path, value in told.items() if path.startswith("evidence")} == {
        "evidence[0].n": 0,
        "evidence[0].f": False,
    }


def test_entities_say_which_item_they_are_of() -> None:
    columns = row_of(read(raw("graph"), "graph"))
    entities = json.loads(str(columns["EntitiesJson"]))
    items = raw("graph")["evidence"]
    for entity in entities[1:]:
        kind = items[entity["item"]]["@odata.type"].removeprefix(SECURITY).lower()
        assert kind.startswith(entity["kind"]) or entity["kind"] in ("other", "ip", "url", "file", "process")
    assert len({entity["item"] for entity in entities[1:]}) == len(items) - 1  # the device stands by itself


def test_values_to_find_an_alert_by_are_in_lower_case_wherever_they_stand() -> None:
    unheard = {"deep": [{"peer": "2001:DB8::FF", "agentVersion": "1.2.3.4"}]}
    columns = graph(
        OF_GRAPH["a message"][1], OF_GRAPH["a logon session on a host"][1],
        OF_GRAPH["both ends of a connection with ports and protocol"][1],
        {"@odata.type": SECURITY + "unheardEvidence", **unheard},
    )  # fmt: skip
    assert {"sam@fabrikam.example", "fabrikam\\lee", "lee"} <= set(str(columns["AllUsers"]).split(", "))
    assert {"lap-9", "ab" * 20} <= set(str(columns["AllDevices"]).split(", "))
    addresses = str(columns["AllAddresses"]).split(", ")
    assert {"192.0.2.200", "192.0.2.44", "10.9.8.7", "2001:db8::ff"} <= set(addresses)
    assert "1.2.3.4" not in addresses
    for name in ("AllUsers", "AllDevices", "AllAddresses", "AllFileNames", "AllTechniques", "FileHashes"):
        assert str(columns[name]) == str(columns[name]).lower()


def test_the_largest_alert_there_may_be_is_stored_whole_or_names_what_was_cut() -> None:
    kinds = ("processEvidence", "fileEvidence", "userEvidence", "ipEvidence", "deviceEvidence", "urlEvidence")
    body = raw("graph")
    body["description"] = "word " * 8_000
    body["evidence"] = [
        item_of(kinds[n % len(kinds)], iter(range(n * 100, n * 100 + 100))) for n in range(240)
    ]
    columns = row_of(read(body, "graph"))
    texts = {name: value for name, value in columns.items() if isinstance(value, str)}
    assert all(units(text) <= min(BY_NAME[name].limit, 32_768) for name, text in texts.items())
    size = sum(2 * (len(name) + units(text)) + 12 for name, text in texts.items())
    size += sum(BY_NAME[name].most_bytes for name in columns.keys() - texts.keys())
    counts: Counter[str]
    counts, lost = counted(Row(columns), body)
    cut = str(columns["ValuesTruncated"]).split(", ")
    print(f"{counts.total()} values: {dict(counts)}; {size} bytes in {len(columns)} columns; cut: {cut}")
    assert size < MAX_ROW / 2 and len(COLUMNS) <= 200
    assert {"OtherFacts", "EntitiesJson", "AlertDescription", "DetectionFinding"} <= set(cut)
    assert lost == [] and counts[CUT] > 0
