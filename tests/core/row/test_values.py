"""Values of alerts as a row shows them: clean, alone in their column, the same from both APIs."""

import json

import pytest

from shared.core.values.records import Column
from tests.core.bodies import DEVICE, OTHER_DEVICE, SOURCES, device, item
from tests.core.row.rows import row_from, shown

by_source = pytest.mark.parametrize("source", SOURCES)
SHA1, SHA256, MD5 = "ab" * 20, "cd" * 32, "ef" * 16
FIRST_EVENT = {"defender": "firstEventTime", "graph": "firstActivityDateTime"}


@by_source
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("-", ""),
        (" - ", ""),
        ("N/A", ""),
        ("unknown", ""),
        ("null", ""),
        ("bakery.example", ""),
        ("10.0.0.0/8", ""),
        (17, ""),
        (" 198.51.100.77 ", "198.51.100.77"),
        ("198.51.100.77:8443", "198.51.100.77"),
        ("[198.51.100.77]", "198.51.100.77"),
        ("[2001:db8:a::7]:8443", "2001:db8:a::7"),
        ("[2001:db8:a::7]", "2001:db8:a::7"),
        ("2001:DB8:A:0:0::7", "2001:db8:a::7"),
        ("fe80::7%eth1", "fe80::7"),
        ("[fe80::7%12]:443", "fe80::7"),
        ("::ffff:198.51.100.77", "198.51.100.77"),
    ],
)
def test_an_address_stands_alone_or_not_at_all(source: str, sent: object, kept: str) -> None:
    row = row_from(source, item(source, "Ip", ipAddress=sent))
    assert shown(row, "IpAddr IpAddrs") == (kept, kept)
    assert ("ipAddress" in str(row["UnreadableFields"])) is (kept == "")
    assert '"value":"-"' not in str(row["EntitiesJson"])


@by_source
def test_the_address_of_the_outside_comes_first_and_no_placeholder_before_it(source: str) -> None:
    sent = ("-", "fe80::7%eth1", "127.0.0.1", "10.9.8.7", "203.0.113.77:443")
    row = row_from(source, *(item(source, "Ip", ipAddress=text) for text in sent))
    assert shown(row, "IpAddr IpAddrs") == ("203.0.113.77", "fe80::7, 127.0.0.1, 10.9.8.7, 203.0.113.77")


@pytest.mark.parametrize("ends", ["text", "object", "both"])
def test_both_ends_of_a_connection_are_read_as_text_or_as_objects(ends: str) -> None:
    near: object = "10.9.8.7" if ends != "object" else {"ipAddress": "10.9.8.7"}
    far: object = "203.0.113.77:443" if ends == "text" else {"ipAddress": "203.0.113.77"}
    connection = {
        "@odata.type": "#microsoft.graph.security.networkConnectionEvidence",
        "sourceAddress": near,
        "destinationAddress": far,
    }
    row = row_from("graph", connection)
    assert shown(row, "IpAddr IpAddrs UnreadableFields") == ("203.0.113.77", "203.0.113.77, 10.9.8.7", "")


@pytest.mark.parametrize("names", [["203.0.113.1", "203.0.113.2:80"], [{"ipAddress": "203.0.113.1"}] * 2])
def test_addresses_of_a_name_are_read_as_texts_or_as_objects(names: list[object]) -> None:
    dns = {
        "@odata.type": "#microsoft.graph.security.dnsEvidence",
        "domainName": "oven.example",
        "ipAddresses": names,
    }
    row = row_from("graph", dns)
    assert str(row["IpAddrs"]).startswith("203.0.113.1") and row["UnreadableFields"] == ""
    bad = row_from("graph", dns | {"ipAddresses": ["203.0.113.1", "-"]})
    assert shown(bad, "IpAddrs UnreadableFields") == ("203.0.113.1", "evidence[1].ipAddresses[1]: -")


PATHS = [
    (None, "D:\\Dough\\rye.exe", "rye.exe", "D:\\Dough"),
    (None, '"D:\\Big Dough\\rye.exe"', "rye.exe", "D:\\Big Dough"),
    (None, "D:/Dough/rye.exe", "rye.exe", "D:/Dough"),
    (None, "D:\\rye.exe", "rye.exe", "D:\\"),
    (None, "\\\\oven\\share$\\rye.exe", "rye.exe", "\\\\oven\\share$"),
    (None, "\\\\oven\\share", "", "\\\\oven\\share"),
    (None, "\\\\oven.bakery.example\\share", "", "\\\\oven.bakery.example\\share"),
    (None, "\\\\?\\D:\\Dough\\rye.exe", "rye.exe", "\\\\?\\D:\\Dough"),
    (None, "\\Device\\HarddiskVolume7\\Dough\\rye.exe", "rye.exe", "\\Device\\HarddiskVolume7\\Dough"),
    (None, "D:\\Dough\\rye.txt:crumb.exe", "rye.txt:crumb.exe", "D:\\Dough"),
    (None, "D:\\Dough", "", "D:\\Dough"),
    (None, "D:\\Dough\\", "", "D:\\Dough\\"),
    (None, "/opt/dough/rye", "rye", "/opt/dough"),
    (None, "/opt/dough/rye.sh", "rye.sh", "/opt/dough"),
    (None, "/rye.sh", "rye.sh", "/"),
    (None, "/usr/bin", "", "/usr/bin"),
    (None, "/opt/.dough", "", "/opt/.dough"),
    ("rye.exe", "D:\\rye.exe", "rye.exe", "D:\\"),
    ("Rye.exe", "D:\\Dough\\rye.EXE", "Rye.exe", "D:\\Dough"),
    ("rye.sh", "/opt/.dough/rye.sh", "rye.sh", "/opt/.dough"),
    ("rye.exe", "D:\\Dough", "rye.exe", "D:\\Dough"),
    ("rye.exe", '"D:\\Big Dough\\rye.exe"', "rye.exe", "D:\\Big Dough"),
    ("rye.txt:crumb", "\\\\oven\\share$\\d", "rye.txt:crumb", "\\\\oven\\share$\\d"),
    ("rye.txt", "D:\\Dough\\rye.txt:crumb", "rye.txt:crumb", "D:\\Dough"),
    ("D:\\Dough\\rye.exe", None, "rye.exe", "D:\\Dough"),
    ("D:\\Dough\\rye.exe", "D:\\Dough\\rye.exe", "rye.exe", "D:\\Dough"),
    ("D:\\Dough\\rye.exe", "D:\\Dough", "rye.exe", "D:\\Dough"),
    ("/opt/dough/rye", None, "rye", "/opt/dough"),
    ("odd\\name", "/opt/dough", "odd\\name", "/opt/dough"),
    (None, "/opt/dough/odd\\name.sh", "odd\\name.sh", "/opt/dough"),
    (" rye.exe ", " D:\\Dough ", "rye.exe", "D:\\Dough"),
    ("-", "D:\\Dough\\rye.exe", "rye.exe", "D:\\Dough"),
    ("rye.exe", "null", "rye.exe", ""),
]


@by_source
@pytest.mark.parametrize("kind", ["File", "Process"])
@pytest.mark.parametrize(("name", "path", "shown_name", "folder"), PATHS)
def test_name_and_folder_stand_apart(
    source: str, kind: str, name: str | None, path: str | None, shown_name: str, folder: str
) -> None:
    row = row_from(source, item(source, kind, fileName=name, filePath=path, sha1=SHA1))
    assert shown(row, "FileName FilePath") == (shown_name, folder)


@by_source
def test_the_parent_s_name_and_folder_stand_apart(source: str) -> None:
    sent = {"processId": 5, "parentProcessFileName": None, "parentProcessFilePath": "D:\\Dough\\yeast.exe"}
    row = row_from(source, item(source, "Process", **sent))
    assert row["ParentProcessName"] == "yeast.exe"


HASHES = [
    ("SHA-256", SHA256, "FileSHA256"),
    ("sha256Ac", SHA256, "FileSHA256"),
    ("Sha_256", SHA256, "FileSHA256"),
    ("SHA2-256", SHA256, "FileSHA256"),
    ("SHA-1", SHA1, "FileSHA1"),
    ("MD-5", MD5, "FileMD5"),
    ("unknown", SHA1, "FileSHA1"),
    ("unknownFutureValue", SHA256, "FileSHA256"),
    (None, MD5, "FileMD5"),
    ("", SHA256.upper(), "FileSHA256"),
    ("SHA1", f" {SHA1} ", "FileSHA1"),
    ("SHA-512", "ab" * 64, ""),
    ("imphash", MD5, ""),
    ("sha256", SHA1, ""),
]


@pytest.mark.parametrize(("algorithm", "value", "column"), HASHES)
def test_a_hash_is_in_its_column_whatever_its_algorithm_is_called(
    algorithm: str | None, value: str, column: str
) -> None:
    kind = "#microsoft.graph.security.fileHashEvidence"
    row = row_from("graph", {"@odata.type": kind, "algorithm": algorithm, "value": value})
    found = {name: row[name] for name in ("FileSHA1", "FileSHA256", "FileMD5") if row[name]}
    assert found == ({column: value.strip().lower()} if column else {})
    assert row["FileHashes"] == (value.strip().lower() if column else "")


def test_the_hash_of_the_signed_content_serves_where_there_is_no_other() -> None:
    signed = item("graph", "File", fileName="rye.exe", sha256Ac="12" * 32)
    assert row_from("graph", signed)["FileSHA256"] == "12" * 32
    both = item("graph", "File", fileName="rye.exe", sha256Ac="12" * 32, sha256=SHA256)
    assert row_from("graph", both)["FileSHA256"] == SHA256


USERS = [
    ({"accountName": "BAKERY\\BAKERY\\rosa"}, "BAKERY\\rosa", ""),
    ({"accountName": "BAKERY\\rosa"}, "BAKERY\\rosa", ""),
    ({"accountName": "BAKERY\\rosa", "domainName": "BAKERY"}, "BAKERY\\rosa", ""),
    ({"accountName": "BAKERY\\rosa", "domainName": "bakery.example"}, "bakery.example\\rosa", ""),
    ({"accountName": "BAKERY\\rosa", "domainName": "BAKERY\\"}, "BAKERY\\rosa", ""),
    ({"accountName": ".\\rosa"}, "rosa", ""),
    ({"accountName": "rosa@bakery.example", "domainName": "AzureAD"}, "AzureAD\\rosa", "rosa@bakery.example"),
    ({"accountName": "rosa@bakery.example"}, "rosa@bakery.example", "rosa@bakery.example"),
    ({"accountName": " rosa ", "domainName": " BAKERY\t"}, "BAKERY\\rosa", ""),
    ({"accountName": "-", "userPrincipalName": "rosa@bakery.example"}, *("rosa@bakery.example",) * 2),
    ({"accountName": "unknown", "userSid": "S-1-12-1-5-6-7-8"}, "S-1-12-1-5-6-7-8", ""),
    ({"accountName": "rosa", "domainName": "N/A"}, "rosa", ""),
    ({"accountName": "null", "domainName": "(null)", "userSid": "null"}, "", ""),
    ({"accountName": 4711, "domainName": "BAKERY"}, "BAKERY\\4711", ""),
]


@by_source
@pytest.mark.parametrize(("fields", "name", "principal"), USERS)
def test_a_user_has_one_domain_and_no_placeholder_for_a_name(
    source: str, fields: dict[str, object], name: str, principal: str
) -> None:
    row = row_from(source, item(source, "User", **fields))
    assert shown(row, "Username UserUpn") == (name, principal)


def test_a_user_of_whom_only_the_display_name_is_known_is_shown_by_it() -> None:
    kind = "#microsoft.graph.security.userEvidence"
    row = row_from("graph", {"@odata.type": kind, "userAccount": {"displayName": "Rosa Rye"}})
    assert shown(row, "Username UserFrom") == ("Rosa Rye", "evidence")


KEYS = [
    ("HKEY_LOCAL_MACHINE", "HKLM\\SOFTWARE\\Rye", "HKEY_LOCAL_MACHINE\\SOFTWARE\\Rye"),
    ("HKLM", "HKEY_LOCAL_MACHINE\\SOFTWARE\\Rye", "HKLM\\SOFTWARE\\Rye"),
    ("HKLM", "hklm\\HKLM\\SOFTWARE\\Rye", "HKLM\\SOFTWARE\\Rye"),
    (None, "HKLM\\HKLM\\SOFTWARE\\Rye", "HKLM\\SOFTWARE\\Rye"),
    ("HKEY_USERS\\", "\\REGISTRY\\USER\\S-1-5-21\\Rye", "HKEY_USERS\\S-1-5-21\\Rye"),
    ("HKEY_CURRENT_USER", "\\SOFTWARE\\Rye", "HKEY_CURRENT_USER\\SOFTWARE\\Rye"),
    ("HKEY_CURRENT_USER", "HKLM\\SOFTWARE\\Rye", "HKLM\\SOFTWARE\\Rye"),
    (" HKLM ", " SOFTWARE\\Rye ", "HKLM\\SOFTWARE\\Rye"),
    ("HKLM", "SOFTWARE\\Rye\\", "HKLM\\SOFTWARE\\Rye"),
    ("-", "SOFTWARE\\Hklmore", "SOFTWARE\\Hklmore"),
    ("HKLM", "HKLMore\\Rye", "HKLM\\HKLMore\\Rye"),
]


@by_source
@pytest.mark.parametrize(("hive", "key", "path"), KEYS)
def test_a_registry_key_has_its_hive_once(source: str, hive: str | None, key: str, path: str) -> None:
    row = row_from(source, item(source, "RegistryKey", registryHive=hive, registryKey=key))
    assert row["RegistryKey"] == path
    assert json.loads(str(row["EntitiesJson"]))[-1]["value"] == path


@by_source
@pytest.mark.parametrize(
    ("data", "text"), [(0, "0"), (4294967295, "4294967295"), (True, "true"), (" x ", " x "), ("null", "null")]
)
def test_the_data_of_a_registry_value_is_as_it_is_also_as_a_number(
    source: str, data: object, text: str
) -> None:
    value = item(source, "RegistryValue", registryKey="Rye", registryValueName="on", registryValue=data)
    row = row_from(source, value)
    assert shown(row, "RegistryValue RegistryValueData UnreadableFields") == ("on", text, "")


ALERT = [
    ({"incidentId": 0}, "IncidentId IncidentUrl", ("", "")),
    ({"incidentId": "0"}, "IncidentId IncidentUrl", ("", "")),
    ({"incidentId": "null"}, "IncidentId IncidentUrl", ("", "")),
    ({"incidentId": " 77 "}, "IncidentId", ("77",)),
    ({"title": "  Rye removed\u200b \u00a0"}, "AlertName", ("Rye removed",)),
    ({"category": "null", "threatFamilyName": "-"}, "ThreatCategory ThreatFamily", ("", "")),
    ({"category": " Execution "}, "ThreatCategory AttackTactics", ("Execution", "Execution")),
    ({"severity": "unknown"}, "SeverityId EventSeverity DefenderSeverity", (0, "Unknown", "unknown")),
    ({"severity": None}, "SeverityId EventSeverity DefenderSeverity", (0, "Unknown", "")),
    ({"severity": "null"}, "SeverityId EventSeverity DefenderSeverity", (0, "Unknown", "")),
    ({"severity": "stale"}, "SeverityId EventSeverity DefenderSeverity", (99, "stale", "stale")),
    ({"severity": " high "}, "SeverityId EventSeverity DefenderSeverity", (4, "High", "high")),
    ({"status": "resolved "}, "AlertStatus DefenderStatus", ("Closed", "resolved")),
    ({"status": "newAlert"}, "AlertStatus DefenderStatus", ("Active", "newAlert")),
    (
        {"classification": "benignPositive", "determination": "securityPersonnel"},
        "AlertVerdict Classification Determination AlertDetermination",
        ("Benign Positive", "benignPositive", "securityPersonnel", "SecurityPersonnel"),
    ),
    (
        {"classification": "informationalExpectedActivity", "determination": "ConfirmedActivity"},
        "AlertVerdict Classification Determination AlertDetermination",
        (
            "Benign Positive",
            "informationalExpectedActivity",
            "ConfirmedActivity",
            "ConfirmedUserActivity",
        ),
    ),
    (
        {"classification": "unknownFutureValue", "determination": "unknownFutureValue"},
        "AlertVerdict Classification Determination AlertDetermination",
        ("Unknown", *("unknownFutureValue",) * 3),
    ),
    (
        {"mitreTechniques": " T1105; T1059.001 , t1105"},
        "AttackTechniques",
        ("Ingress Tool Transfer (T1105), PowerShell (T1059.001)",),
    ),
]


@by_source
@pytest.mark.parametrize(("fields", "names", "values"), ALERT)
def test_the_alert_s_own_words_are_as_the_page_says(
    source: str, fields: dict[str, object], names: str, values: tuple[Column, ...]
) -> None:
    assert shown(row_from(source, **fields), names) == values


@by_source
def test_numbers_are_numbers_also_as_text(source: str) -> None:
    process = item(source, "Process", processId="4294967290", parentProcessId=3000000000.0, fileName="rye")
    row = row_from(source, process, incidentId="4711", investigationId="19")
    assert shown(row, "ProcessId ParentProcessId IncidentId InvestigationId") == (
        "4294967290",
        "3000000000",
        "4711",
        "19",
    )


@by_source
def test_what_stands_for_nothing_is_named_once_with_its_place(source: str) -> None:
    row = row_from(source, item(source, "User", accountName="N/A"), category="null", firstEventTime="-")
    named = str(row["UnreadableFields"]).split(", ")
    assert sorted(text.rpartition(".")[2] for text in named) == sorted(
        ("accountName: N/A", "category: null", f"{FIRST_EVENT[source]}: -")
    )
    assert not {"N/A", "null", "-"} & {fact["value"] for fact in json.loads(str(row["OtherFacts"]))}


def test_of_addresses_of_a_name_the_very_one_that_is_none_is_named() -> None:
    dns = {"@odata.type": "#microsoft.graph.security.dnsEvidence", "domainName": "oven.example"}
    sent = ["203.0.113.1", "soon", "203.0.113.3", ""]
    row = row_from("graph", dns | {"ipAddresses": sent})
    assert shown(row, "IpAddrs UnreadableFields") == (
        "203.0.113.1, 203.0.113.3",
        "evidence[1].ipAddresses[1]: soon",
    )


@by_source
def test_techniques_are_listed_once_in_whatever_case_they_come(source: str) -> None:
    row = row_from(source, mitreTechniques=[" t1105 ", "T1105", "t1059.001", "S0002"])
    assert [each["id"] for each in json.loads(str(row["AttackTechniquesJson"]))] == [
        *("T1105", "T1059.001", "S0002")
    ]
    assert row["AllTechniques"] == "t1105, t1059.001, t1059, s0002" and "t1105" not in str(row["OtherFacts"])


@pytest.mark.parametrize("word", ["-", " ", "N/A", "null", "unknown"])
def test_no_word_for_nothing_is_a_value_to_find_an_alert_by(word: str) -> None:
    kind = "#microsoft.graph.security.mailboxEvidence"
    users = {"primaryAddress": word, "userAccount": {"accountName": word, "userSid": word}}
    where = {"fileName": word, "hostName": word, "senderIp": word, "deviceDnsName": word}
    row = row_from("graph", {"@odata.type": kind, **users, **where}, item("graph", "User", accountName=word))
    names = "AllUsers AllAddresses AllFileNames FileHashes AllDevices"
    assert shown(row, names) == ("", "", "", "", f"{DEVICE}, oven-4.bakery.example, oven-4")


@pytest.mark.parametrize("word", ["-", "N/A", "(null)"])
def test_a_device_s_word_for_nothing_is_named_and_no_fact(word: str) -> None:
    row = row_from("graph", device(OTHER_DEVICE, "second", lastIpAddress=word, osPlatform=word))
    assert shown(row, "UnreadableFields AllAddresses") == (
        f"evidence[1].lastIpAddress: {word}, evidence[1].osPlatform: {word}",
        "",
    )
    assert word not in [fact["value"] for fact in json.loads(str(row["OtherFacts"]))]


def test_a_name_that_nobody_reads_is_found_without_its_folder() -> None:
    unheard = {"entityType": "Unheard", "deep": {"fileName": "D:\\Dough\\Rye.exe"}}
    assert row_from("defender", unheard)["AllFileNames"] == "rye.exe"
