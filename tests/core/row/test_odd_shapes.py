"""A value in another shape than the documented one is shown as the same value, and its own text is kept."""

import json

import pytest

from shared.core.values.records import Column
from tests.core.bodies import DEVICE, OTHER_DEVICE, SOURCES, alert_body, device, item
from tests.core.row.leaves import Row, counted
from tests.core.row.rows import row_from, row_of, shown
from tests.core.samples import Json, read

SECURITY = "#microsoft.graph.security."
SHA1 = "ab" * 20
by_source = pytest.mark.parametrize("source", SOURCES)


def graph(*items: Json, **fields: Json) -> dict[str, Column]:
    """The row of Graph's alert with these items alone; every value of it must be there."""
    body = alert_body("graph", *items, **fields)
    row = row_of(read(body, "graph"))
    assert counted(Row(row), body)[1] == []
    return row


ACCOUNTS: list[tuple[Json, str]] = [
    ("BAKERY\\rosa", "BAKERY\\rosa"),
    ("rosa", "rosa"),
    ("rosa@bakery.example", "rosa@bakery.example"),
    ([{"accountName": "rosa", "domainName": "BAKERY"}], "BAKERY\\rosa"),
]


@pytest.mark.parametrize(("sent", "name"), ACCOUNTS)
@pytest.mark.parametrize("kind", ["user", "process", "mailbox"])
def test_an_account_is_read_as_a_text_or_as_a_list_of_one(kind: str, sent: Json, name: str) -> None:
    row = graph(device(), {"@odata.type": f"{SECURITY}{kind}Evidence", "userAccount": sent})
    assert row["Username"] == name
    assert name.lower() in str(row["AllUsers"]).split(", ")


@by_source
@pytest.mark.parametrize("sent", ["BAKERY\\rosa", ["BAKERY\\rosa"], [None, "BAKERY\\rosa", {}]])
def test_those_logged_on_are_read_as_texts(source: str, sent: Json) -> None:
    if source == "graph":
        row = graph(device(loggedOnUsers=sent))
    else:
        row = row_from(source, loggedOnUsers=sent)
    assert shown(row, "LoggedOnUsers Username UserFrom") == ("BAKERY\\rosa", "BAKERY\\rosa", "logged on")


FILES: list[tuple[Json, tuple[str, str, str]]] = [
    ("D:\\Dough\\rye.exe", ("rye.exe", "D:\\Dough", "")),
    ([{"fileName": "rye.exe", "filePath": "D:\\Dough", "sha1": SHA1}], ("rye.exe", "D:\\Dough", SHA1)),
]


@pytest.mark.parametrize(("sent", "file"), FILES)
@pytest.mark.parametrize(("kind", "name"), [("file", "fileDetails"), ("process", "imageFile")])
def test_a_file_is_read_as_a_path_or_as_a_list_of_one(
    kind: str, name: str, sent: Json, file: tuple[str, str, str]
) -> None:
    row = graph(device(), {"@odata.type": f"{SECURITY}{kind}Evidence", name: sent})
    assert shown(row, "FileName FilePath FileSHA1") == file


TYPES = [
    "processEvidence",
    "#Microsoft.Graph.Security.ProcessEvidence",
    "#microsoft.graph.security.PROCESSEVIDENCE",
    " #microsoft.graph.security.processEvidence ",
    "#microsoft.graph.beta.security.processEvidence",
    "",
    None,
]


@pytest.mark.parametrize("spelled", TYPES)
def test_a_type_of_evidence_is_known_in_any_spelling_and_by_what_only_it_has(spelled: str | None) -> None:
    ran = item("graph", "Process", processId=7, fileName="rye.exe") | {"@odata.type": spelled}
    row = graph(device(), ran)
    assert shown(row, "ProcessName ProcessId FileName") == ("rye.exe", "7", "rye.exe")


@pytest.mark.parametrize(
    ("fields", "names", "values"),
    [
        ({"fileDetails": {"fileName": "rye.exe"}}, "FileName", ("rye.exe",)),
        ({"registryKey": "Rye", "registryValueName": "on"}, "RegistryKey RegistryValue", ("Rye", "on")),
        ({"registryKey": "Rye"}, "RegistryKey", ("Rye",)),
        ({"destinationAddress": {"ipAddress": "203.0.113.7"}}, "IpAddr", ("203.0.113.7",)),
        ({"mdeDeviceId": DEVICE, "deviceDnsName": "oven-4"}, "DvcId DvcHostname", (DEVICE, "oven-4")),
        ({"algorithm": "sha1", "value": SHA1}, "FileSHA1", (SHA1,)),
    ],
)
def test_evidence_without_a_type_is_told_by_its_fields(
    fields: Json, names: str, values: tuple[str, ...]
) -> None:
    assert shown(graph(fields), names) == values


@pytest.mark.parametrize("word", [None, "", " process ", "PROCESS"])
def test_defenders_evidence_is_known_in_any_spelling_and_by_its_fields(word: str | None) -> None:
    row = row_from("defender", {"entityType": word, "processId": "7", "fileName": "rye.exe"})
    assert shown(row, "ProcessName ProcessId") == ("rye.exe", "7")
    untold = row_from("defender", {"entityType": None, "sha1": SHA1, "fileName": "rye.exe"})
    assert shown(untold, "FileName FileSHA1 ProcessName") == ("rye.exe", SHA1, "")


@by_source
@pytest.mark.parametrize("sent", [0, -1, "-1", "000", "0.0", 0.0, "None", "n/a"])
def test_an_incident_that_is_none_has_no_link(source: str, sent: Json) -> None:
    row = row_from(source, incidentId=sent, investigationId=sent)
    assert shown(row, "IncidentId IncidentUrl InvestigationId") == ("", "", "")
    assert {"path": "incidentId", "value": sent} in json.loads(str(row["OtherFacts"])) or "incidentId" in str(
        row["UnreadableFields"]
    )


@by_source
def test_an_incident_s_number_is_read_as_any_number(source: str) -> None:
    for sent in (77, "77", 77.0, " 77 "):
        assert row_from(source, incidentId=sent)["IncidentId"] == "77"


@by_source
@pytest.mark.parametrize(
    "sent",
    [
        ["T1059.001", "T1105"],
        "T1059.001 T1105",
        ["t1059/001", "T1105"],
        ["https://attack.mitre.org/techniques/T1059/001/", "Ingress Tool Transfer (T1105)"],
        [{"id": "T1059.001"}, {"id": "T1105"}],
    ],
)
def test_techniques_are_found_in_whatever_they_are_said(source: str, sent: Json) -> None:
    row = row_from(source, mitreTechniques=sent)
    assert row["AttackTechniques"] == "PowerShell (T1059.001), Ingress Tool Transfer (T1105)"
    assert row["AllTechniques"] == "t1059.001, t1059, t1105"


def test_a_word_that_holds_no_technique_stays_as_it_is() -> None:
    assert row_from("graph", mitreTechniques=["Rye", "XT10590"])["AttackTechniques"] == "Rye, XT10590"


@by_source
def test_addresses_to_find_an_alert_by_are_addresses_alone(source: str) -> None:
    sent = {
        "far": "203.0.113.7:443",
        "mapped": "::ffff:203.0.113.8",
        "near": "[2001:db8::7]:80",
        "several": "203.0.113.9, 10.9.8.7;fe80::7%eth1",
        "when": "2026-11-24T09:00:00Z",
        "hardware": "00:1b:44:11:3a:b7",
    }
    row = row_from(source, {"entityType": "New", "@odata.type": f"{SECURITY}newEvidence", **sent})
    told = set(str(row["AllAddresses"]).split(", "))
    assert told == {
        *("203.0.113.7", "203.0.113.8", "2001:db8::7", "203.0.113.9", "10.9.8.7", "fe80::7"),
    }


def test_the_time_without_an_end_of_a_field_nobody_reads_is_told() -> None:
    sent = {"@odata.type": f"{SECURITY}sasTokenEvidence", "expirationDateTime": "9999-12-31T23:59:59Z"}
    facts = {fact["path"]: fact["value"] for fact in json.loads(str(graph(sent)["OtherFacts"]))}
    assert facts["evidence[0].expirationDateTime"] == "9999-12-31T23:59:59Z"


def test_devices_are_counted_also_where_they_have_only_a_name() -> None:
    def count(*devices: Json) -> Column:
        return graph(*devices)["DvcCount"]

    assert count(device()) == count(device(), device()) == count(device(), device(None, None)) == 1
    assert count(device(None, "scale-1")) == 1
    assert count(device(), device(None, "scale-1")) == count(device(), device(OTHER_DEVICE, "mill")) == 2
    assert count(device(), device(None, "OVEN-4.bakery.example")) == 1
    assert count() == 0


def test_comments_and_the_addresses_of_a_name_may_stand_alone() -> None:
    name = {"@odata.type": f"{SECURITY}dnsEvidence", "domainName": "oven.example"}
    row = graph(name | {"ipAddresses": "203.0.113.7"}, comments={"comment": "rye"})
    assert shown(row, "IpAddr CommentCount") == ("203.0.113.7", 1)
    assert json.loads(str(row["CommentsJson"]))[0]["text"] == "rye"
