"""Which user, device, file, process and address a row shows, and what the alert's own facts add."""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.alert.model import Account
from shared.core.correlate.finding import Finding, Method, ProcessKey, ProcessNode
from shared.core.lookups.entities import Device, Enrichment, File, LoggedOnUser, Lookup, Outcome
from shared.core.values.records import Column
from tests.builders import T0, finding, key, node
from tests.core.bodies import DEVICE, OTHER_DEVICE, SOURCES, alert_body, device, item
from tests.core.row.rows import row_from, row_of, shown
from tests.core.samples import Json, read

by_source = pytest.mark.parametrize("source", SOURCES)
SYSTEM = {"accountName": "SYSTEM", "domainName": "NT AUTHORITY", "userSid": "S-1-5-18"}
ROSA = {"accountName": "rosa", "domainName": "BAKERY", "userSid": "S-1-5-21-9-9-9-1201"}
OLGA = {"accountName": "olga", "domainName": "BAKERY"}
PROCESS = {"processId": 77, "processCreationTime": "2026-11-24T09:00:00.5Z", "fileName": "oven.exe"}


def process(source: str, **fields: Json) -> Json:
    return item(source, "Process", **{**PROCESS, **fields})


@by_source
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_user_that_the_evidence_names_comes_before_any_process_s_account(
    source: str, order: tuple[int, ...]
) -> None:
    items = (
        process(source, **SYSTEM),
        item(source, "User", **ROSA),
        process(source, **OLGA, verdict="malicious"),
    )
    related = {"userName": "ilse", "domainName": "BAKERY"}
    row = row_from(source, *(items[at] for at in order), relatedUser=related)
    assert shown(row, "Username UserSid UserFrom") == ("BAKERY\\rosa", ROSA["userSid"], "evidence")


@by_source
def test_each_source_of_a_user_in_its_turn(source: str) -> None:
    related = {"userName": "ilse", "domainName": "BAKERY"}
    row = row_from(source, process(source, **OLGA), relatedUser=related)
    assert shown(row, "Username UserFrom") == ("BAKERY\\ilse", "alert")
    row = row_from(source, process(source, **SYSTEM), process(source, **OLGA))
    assert shown(row, "Username UserFrom") == ("BAKERY\\olga", "process")
    row = row_from(source, process(source, **SYSTEM))
    assert shown(row, "Username UserFrom") == ("NT AUTHORITY\\SYSTEM", "process")
    row = row_from(source, item(source, "User", accountName="OVEN-4$"), process(source, **OLGA))
    assert shown(row, "Username UserFrom") == ("BAKERY\\olga", "process")


def logged_on(name: str = "gast") -> Enrichment:
    return Enrichment(users={DEVICE: Lookup(Outcome.FOUND, (LoggedOnUser(Account(name, "BAKERY")),))})


def tied(account: Account | None = None) -> Finding:
    parent = node("yeast.exe", pid=9, after=-5, depth=-1)
    who = account or Account("emma", "BAKERY", "S-1-5-21-9-9-9-1300")
    anchor = node("rye.exe", "rye.exe /knead", account=who, parent=parent.key, sha1="ab" * 20)
    return finding(nodes=(parent, anchor))


def hunted(
    source: str, *items: Json, found: Finding, looked_up: Enrichment | None = None
) -> dict[str, Column]:
    own = (device(),) if source == "graph" else ()
    return row_of(read(alert_body(source, *own, *items), source), looked_up, found)


@by_source
def test_the_tied_process_names_user_process_and_file_where_the_alert_does_not(source: str) -> None:
    row = hunted(source, item(source, "Ip", ipAddress="203.0.113.7"), found=tied(), looked_up=logged_on())
    assert shown(row, "Username UserSid UserFrom") == ("BAKERY\\emma", "S-1-5-21-9-9-9-1300", "telemetry")
    assert shown(row, "ProcessName ProcessId ProcessCommandLine ProcessFrom") == (
        *("rye.exe", "3276", "rye.exe /knead"),
        "telemetry",
    )
    assert row["ProcessCreationTime"] == T0.text()
    assert shown(row, "ParentProcessName ParentProcessId") == ("yeast.exe", "9")
    assert shown(row, "FileName FilePath FileSHA1 FileFrom") == (
        *("rye.exe", "C:\\Windows\\System32", "ab" * 20),
        "telemetry",
    )


@by_source
def test_what_the_alert_names_itself_is_not_replaced_by_telemetry(source: str) -> None:
    items = (process(source, **ROSA), item(source, "File", fileName="dough.txt", sha1="cd" * 20))
    row = hunted(source, *items, found=tied())
    assert shown(row, "Username UserFrom ProcessName ProcessFrom FileName FileFrom") == (
        *("BAKERY\\rosa", "process", "oven.exe"),
        *("evidence", "dough.txt", "evidence"),
    )


@by_source
def test_a_person_logged_on_comes_last_of_all_persons_and_before_any_service(source: str) -> None:
    service = tied(Account("SYSTEM", sid="S-1-5-18"))
    row = hunted(source, process(source, **SYSTEM), found=service, looked_up=logged_on())
    assert shown(row, "Username UserFrom") == ("BAKERY\\gast", "logged on")
    row = hunted(source, process(source, **SYSTEM), found=tied(), looked_up=logged_on())
    assert shown(row, "Username UserFrom") == ("BAKERY\\emma", "telemetry")
    row = hunted(source, process(source, **SYSTEM), found=service, looked_up=logged_on("OVEN-4$"))
    assert shown(row, "Username UserFrom") == ("NT AUTHORITY\\SYSTEM", "process")


def test_a_tie_by_the_device_alone_names_nobody() -> None:
    weak = finding(nodes=(node("rye.exe"),), method=Method.DEVICE_ONLY)
    assert shown(hunted("graph", found=weak), "Username ProcessName FileName") == ("", "", "")


def test_one_person_named_in_parts_is_shown_whole() -> None:
    named = item("defender", "User", accountName="rosa@bakery.example", domainName="AzureAD")
    other = process("defender", **ROSA)
    row = row_from("defender", named, other)
    assert shown(row, "Username UserUpn UserSid UserFrom") == (
        *("BAKERY\\rosa", "rosa@bakery.example"),
        *(ROSA["userSid"], "evidence"),
    )
    stranger = row_from("defender", named, process("defender", **{**ROSA, "accountName": "rose"}))
    assert shown(stranger, "Username UserSid") == ("AzureAD\\rosa", "")


FACTS: Json = {
    "osPlatform": "Linux",
    "version": "12",
    "osBuild": 6100,
    "riskScore": "medium",
    "healthStatus": "impairedCommunication",
    "lastIpAddress": "10.4.4.4",
    "lastExternalIpAddress": "203.0.113.4",
    "tags": ["bread", "vip"],
    "loggedOnUsers": [{"accountName": "rosa", "domainName": "BAKERY"}],
}
SAID = "DvcOs DvcOsVersion DvcOsBuild DvcRiskScore DvcHealth DvcIpAddr DvcExternalIpAddr DvcTags DvcGroup"
ALL_SAID = ("Linux", "12", "6100", "Medium", "ImpairedCommunication", "10.4.4.4", "203.0.113.4", "bread, vip")


def entity(row: dict[str, Column], value: object) -> Json:
    entities = json.loads(str(row["EntitiesJson"]))
    return next(each for each in entities if value in (each.get("value"), each.get("name")))


@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_the_alert_s_own_facts_of_its_device_serve_where_the_look_up_has_none(
    outcome: Outcome | None,
) -> None:
    empty = Device(DEVICE, health="Unknown") if outcome is Outcome.FOUND else None
    looked_up = Enrichment(devices={DEVICE: Lookup(outcome, empty)} if outcome else {})
    row = row_of(read(alert_body("graph", device(**FACTS)), "graph"), looked_up)
    assert shown(row, SAID) == (*ALL_SAID, "Ovens")
    assert row["DeviceFrom"] == "alert"
    assert shown(row, "LoggedOnUsers Username UserFrom") == ("BAKERY\\rosa", "BAKERY\\rosa", "logged on")
    listed = entity(row, DEVICE)
    assert (listed["os"], listed["osBuild"], listed["risk"], listed["from"]) == (
        "Linux",
        "6100",
        "Medium",
        "alert",
    )


def test_a_look_up_wins_and_the_alert_fills_its_gaps() -> None:
    known = Device(DEVICE, os="Debian", risk_score="High", tags=("rye",), last_ip=None)
    looked_up = Enrichment(devices={DEVICE: Lookup(Outcome.FOUND, known)})
    row = row_of(read(alert_body("graph", device(**FACTS)), "graph"), looked_up)
    assert shown(row, "DvcOs DvcRiskScore DvcTags DvcIpAddr DvcOsBuild DeviceFrom") == (
        *("Debian", "High", "rye", "10.4.4.4", "6100"),
        "look-up and alert",
    )
    assert entity(row, DEVICE)["from"] == "look-up and alert"
    alone = row_of(read(alert_body("defender"), "defender"), looked_up)
    assert shown(alone, "DvcOs DeviceFrom") == ("Debian", "look-up")


def test_placeholders_of_a_device_are_no_facts() -> None:
    told: Json = {"osPlatform": "-", "version": "unknown", "lastIpAddress": "-", "riskScore": "null"}
    row = row_from("graph", device(OTHER_DEVICE, "n/a", **told))
    assert "other" not in str(row["DvcHostname"])
    second = entity(row, OTHER_DEVICE)
    assert not {"os", "osVersion", "ip", "risk"} & second.keys()


def test_the_signer_of_a_file_is_the_alert_s_where_no_look_up_knows_it() -> None:
    body = item("graph", "File", fileName="rye.exe", sha1="ab" * 20)
    body["fileDetails"] |= {"signer": "Bakery CA", "filePublisher": "Bakery Ltd"}
    row = row_from("graph", body)
    assert shown(row, "FileSigner FilePublisher") == ("Bakery CA", "Bakery Ltd")
    listed = entity(row, "rye.exe")
    assert (listed["signer"], listed["publisher"], listed["from"]) == ("Bakery CA", "Bakery Ltd", "alert")
    known = Enrichment(files={"ab" * 20: Lookup(Outcome.FOUND, File("ab" * 20, signer="Rye Root"))})
    row = row_of(read(alert_body("graph", device(), body), "graph"), known)
    assert shown(row, "FileSigner FilePublisher") == ("Rye Root", "Bakery Ltd")
    assert entity(row, "rye.exe")["from"] == "look-up and alert"


DEVICES = [
    device(roles=["source"]),
    device(OTHER_DEVICE, "mill-2.bakery.example", osPlatform="Windows11"),
    device(None, None, roles=["destination"]),
]


def on(device_id: str, *devices: Json, found: Finding | None = None, **fields: Json) -> tuple[Column, ...]:
    """Which device a row shows whose gravest process ran on this one."""
    ran = {**item("graph", "Process", **PROCESS, **fields), "mdeDeviceId": device_id}
    row = row_of(read(alert_body("graph", *devices, ran), "graph"), None, found)
    return shown(row, "DvcId DvcHostname DvcOs")


MILL = (OTHER_DEVICE, "mill-2.bakery.example", "Windows11")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("role", [{"detailedRoles": ["PrimaryDevice"]}, {"roles": ["compromised"]}])
def test_the_device_that_its_roles_call_primary_is_shown(role: Json, order: tuple[int, ...]) -> None:
    marked = [DEVICES[0], DEVICES[1] | role, DEVICES[2]]
    assert on(DEVICE, *(marked[at] for at in order)) == MILL


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_without_a_role_the_device_of_the_alert_s_process_is_shown(order: tuple[int, ...]) -> None:
    assert on(OTHER_DEVICE, *(DEVICES[at] for at in order)) == MILL


def test_the_device_of_the_tied_process_decides_where_the_evidence_does_not() -> None:
    moved = ProcessNode(key=ProcessKey(OTHER_DEVICE, 5, T0), depth=0, file_name="rye.exe", is_anchor=True)
    about = read(alert_body("graph", *DEVICES), "graph")
    assert about.device_id == DEVICE
    row = row_of(about, None, finding(nodes=(moved,)))
    assert shown(row, "DvcId DvcHostname DvcOs") == MILL
    marked = read(alert_body("graph", device(detailedRoles=["Main device"]), DEVICES[1]), "graph")
    assert row_of(marked, None, finding(nodes=(moved,)))["DvcId"] == DEVICE


def test_an_alert_without_a_device_shows_that_of_the_tied_process() -> None:
    about = read(alert_body("graph", item("graph", "Ip", ipAddress="203.0.113.7")), "graph")
    row = row_of(about, None, tied())
    assert shown(row, "DvcId DeviceFrom") == (key().device_id, "telemetry")


def test_a_device_without_any_fact_never_stands_for_one_with_some() -> None:
    row = row_of(read(alert_body("graph", DEVICES[2], DEVICES[1]), "graph"))
    assert shown(row, "DvcId DvcHostname DvcOs") == MILL


def test_users_of_the_other_devices_are_told_apart() -> None:
    other = device(OTHER_DEVICE, "mill-2", loggedOnUsers=[{"accountName": "ilse", "domainName": None}])
    row = row_of(read(alert_body("graph", device(**FACTS), other), "graph"))
    assert row["LoggedOnUsers"] == "BAKERY\\rosa, ilse"
    first, second = json.loads(str(row["LoggedOnUsersJson"]))
    assert "device" not in first and second["device"] == "mill-2"
    assert row["Username"] == "BAKERY\\rosa"
    assert entity(row, OTHER_DEVICE)["users"] == ["ilse"]


FILES = [
    item("graph", "File", fileName="flour.txt", sha1="11" * 20, verdict="noThreatsFound"),
    item("graph", "File", fileName="yeast.exe", sha1="22" * 20, verdict="suspicious"),
    item("graph", "File", fileName="mould.exe", sha1="33" * 20, verdict="malicious"),
    item("graph", "Process", **PROCESS, verdict="malicious"),
    item("graph", "File", verdict="malicious"),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_the_malicious_file_comes_before_the_innocent_one(order: tuple[int, ...]) -> None:
    row = row_from("graph", *(FILES[at] for at in order))
    assert shown(row, "FileName FileSHA1") == ("mould.exe", "33" * 20)
    assert row["EvidenceVerdict"] == "Malicious"


def test_a_file_found_clean_does_not_hide_a_malicious_image() -> None:
    row = row_from("graph", FILES[0], FILES[3])
    assert row["FileName"] == "oven.exe"
    assert row_from("graph", FILES[0])["FileName"] == "flour.txt"


def test_the_threat_is_named_by_the_alert_else_by_the_gravest_malware() -> None:
    kind = "#microsoft.graph.security.malwareEvidence"
    mild = {"@odata.type": kind, "name": "Crumb", "verdict": "suspicious"}
    grave = {"@odata.type": kind, "name": "Mould", "verdict": "malicious"}
    for items in ((mild, grave), (grave, mild)):
        assert row_from("graph", *items)["ThreatName"] == "Mould"
        assert row_from("graph", *items, threatName="Trojan:Win32/Rye")["ThreatName"] == "Trojan:Win32/Rye"


def test_each_thing_keeps_its_own_status_and_verdict() -> None:
    malware = {
        "@odata.type": "#microsoft.graph.security.malwareEvidence",
        "name": "Mould",
        "verdict": "malicious",
        "remediationStatus": "active",
        "files": [
            item("graph", "File", fileName="m1.exe", verdict="suspicious", remediationStatus="blocked")
        ],
    }
    blocked = item("graph", "File", fileName="m2.exe", detectionStatus="blocked", remediationStatus="blocked")
    row = row_from("graph", malware, blocked)
    inner, other = entity(row, "m1.exe"), entity(row, "m2.exe")
    assert (inner["verdict"], inner["remediation"]) == ("Suspicious", "Blocked")
    assert (other["detection"], other["remediation"]) == ("Blocked", "Blocked")
    assert shown(row, "DetectionStatus RemediationStatus") == ("Blocked", "Active")


RANKED = (
    "DetectionStatus RemediationStatus EvidenceVerdict FileName FileSHA1 ProcessName ProcessId Username "
    "UserFrom DvcId DvcHostname IpAddr RegistryKey ThreatName Validation"
)
_word = st.sampled_from(["active", "remediated", "blocked", "none", "unremediated", "notFound", None])
_detected = st.sampled_from(["detected", "blocked", "prevented", None])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_order_of_the_evidence_changes_no_column_where_the_table_decides(data: st.DataObject) -> None:
    """All verdicts differ within a kind, so that the table always decides."""
    verdicts = ["malicious", "suspicious", "noThreatsFound"]
    items = [
        device(detailedRoles=["PrimaryDevice"]),
        device(OTHER_DEVICE, "mill-2"),
        item("graph", "User", **ROSA),
    ]
    for at, verdict in enumerate(verdicts):
        said = {"verdict": verdict, "remediationStatus": data.draw(_word)}
        items.append(item("graph", "Ip", ipAddress=f"203.0.113.{at}", **said))
        items.append(item("graph", "RegistryKey", registryKey=f"Software\\{at}", **said))
        said["detectionStatus"] = data.draw(_detected)
        items.append(item("graph", "File", fileName=f"f{at}.exe", sha1=f"{at}" * 40, **said))
        ran = {**PROCESS, "processId": at, "fileName": f"p{at}.exe", "accountName": f"user{at}"}
        items.append(item("graph", "Process", **ran, **said))
    plain = row_of(read(alert_body("graph", *items), "graph"))
    mixed = row_of(read(alert_body("graph", *data.draw(st.permutations(items))), "graph"))
    assert shown(mixed, RANKED) == shown(plain, RANKED)
