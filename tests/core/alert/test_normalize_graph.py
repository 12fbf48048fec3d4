from dataclasses import replace

import pytest

from shared.core.alert.model import Account, Alert, Comment, Severity
from tests.core.samples import Json, raw, read

DEVICE = "c3" * 20
M_ORTIZ = Account(
    "m.ortiz",
    "FABRIKAM",
    "S-1-5-21-11-22-33-1107",
    "0a0a0a0a-1111-2222-3333-444444444444",
    "m.ortiz@fabrikam.example",
)


@pytest.fixture(scope="module")
def alert() -> Alert:
    return read(raw("graph"), "graph")


def only(kind: str) -> Json:
    """The alert with the evidence of one kind alone."""
    body = raw("graph")
    body["evidence"] = [item for item in body["evidence"] if item["@odata.type"].endswith("." + kind)]
    return body


def test_graphs_alert_reads_like_defenders(alert: Alert) -> None:
    other = read(raw("defender"))
    same = (
        "id created last_update first_event last_event severity status classification determination "
        "investigation_state incident_id assigned_to title description category detector_id threat_family "
        "threat_name device_id device_name device_group tenant_id logged_on_users"
    )
    for name in same.split():
        assert getattr(alert, name) == getattr(other, name), name
    assert (alert.severity, alert.severity_text) == (Severity.MEDIUM, "medium")
    assert (alert.detection_source, alert.service_source) == (
        "WindowsDefenderAv",
        "microsoftDefenderForEndpoint",
    )
    assert alert.comments == (replace(other.comments[0], author="triage"),) and alert.comments[0] == Comment(
        "looked at it", "triage", other.comments[0].created
    )
    assert alert.alert_url == "https://security.microsoft.com/alerts/da639011223344556677_-880718168"
    assert alert.incident_url == "https://security.microsoft.com/incidents/9001"
    assert (alert.recommended_actions, alert.resolved) == ("Look at the key.", None)
    assert alert.unreadable == ()


def test_what_only_graph_says_is_kept(alert: Alert) -> None:
    assert set(alert.extra) == {
        "productName",
        "alertPolicyId",
        "categories",
        "actorDisplayName",
        "systemTags",
        "additionalData",
        "customDetails",
    }


def test_a_process_is_read_with_its_parent_file_account_and_device() -> None:
    (process,) = read(only("processEvidence"), "graph").evidence
    twin = read(raw("defender")).evidence[0]
    same = (
        "kind sha1 sha256 file_name folder_path process_id process_created parent_process_id "
        "parent_process_created parent_file_name parent_folder_path account detection_status"
    )
    for name in same.split():
        assert getattr(process, name) == getattr(twin, name), name
    assert (process.md5, process.device_id, process.command_line) == ("d4" * 16, DEVICE, "bread.exe /q")
    assert (process.verdict, process.remediation_status, process.roles) == (
        "Suspicious",
        "None",
        ("attacked",),
    )
    assert process.extra["imageFile"] == {
        "fileSize": 4096,
        "filePublisher": "Fabrikam",
        "signer": "Fabrikam",
        "issuer": "Fabrikam CA",
    }
    assert process.extra["userAccount"] == {"displayName": "M. Ortiz"}
    assert (process.extra["detailedRoles"], process.extra["tags"]) == (["asset"], ["lab"])


def test_the_other_kinds_hunting_can_use_are_read() -> None:
    (device,) = read(only("deviceEvidence"), "graph").evidence
    assert (device.kind, device.device_id, device.device_name) == (
        "device",
        DEVICE,
        "lap-117.fabrikam.example",
    )
    assert device.extra["riskScore"] == "high"
    (file,) = read(only("fileEvidence"), "graph").evidence
    assert (file.kind, file.sha256, file.detection_status) == ("file", "b2" * 32, "Prevented")
    (user,) = read(only("userEvidence"), "graph").evidence
    assert (user.kind, user.account) == ("user", M_ORTIZ)
    (address,) = read(only("ipEvidence"), "graph").evidence
    assert (address.kind, address.ip_address, address.extra["countryLetterCode"]) == (
        "ip",
        "198.51.100.23",
        "NL",
    )
    (url,) = read(only("urlEvidence"), "graph").evidence
    assert (url.kind, url.url) == ("url", "https://oven.example/start")
    (key,) = read(only("registryKeyEvidence"), "graph").evidence
    assert (key.kind, key.registry_hive, key.registry_key) == (
        "registry",
        "HKEY_CURRENT_USER",
        "SOFTWARE\\Bread",
    )
    (value,) = read(only("registryValueEvidence"), "graph").evidence
    assert (value.registry_value_name, value.registry_value, value.registry_value_type) == (
        "on",
        "1",
        "Dword",
    )
    (digest,) = read(only("fileHashEvidence"), "graph").evidence
    assert (digest.kind, digest.sha256, digest.sha1) == ("file", "b2" * 32, None)


def test_names_and_connections_become_the_addresses_they_hold() -> None:
    dns = read(only("dnsEvidence"), "graph").evidence
    assert [(item.kind, item.url or item.ip_address) for item in dns] == [
        ("url", "oven.example"),
        ("ip", "203.0.113.1"),
        ("ip", "203.0.113.2"),
    ]
    connection = read(only("networkConnectionEvidence"), "graph").evidence
    assert [(item.kind, item.ip_address) for item in connection] == [
        ("ip", "203.0.113.9"),
        ("ip", "10.1.1.1"),
    ]
    assert (connection[0].extra["destinationPort"], connection[0].extra["protocol"]) == (443, "tcp")


def test_malware_lends_its_files_and_processes() -> None:
    malware, file, process = read(only("malwareEvidence"), "graph").evidence
    assert (malware.kind, malware.extra["name"], malware.extra["category"]) == (
        "other",
        "Sourdough",
        "trojan",
    )
    assert (file.kind, file.sha1, file.device_id) == ("file", "a1" * 20, DEVICE)
    assert (process.kind, process.process_id, process.account) == ("process", 6120, M_ORTIZ)


@pytest.mark.parametrize("kind", ["hostLogonSessionEvidence", "mailboxEvidence"])
def test_the_account_in_a_kind_we_do_not_read_is_read(kind: str) -> None:
    (found,) = read(only(kind), "graph").evidence
    assert (found.kind, found.kind_text, found.account) == ("other", kind, M_ORTIZ)
    assert found.extra.keys() >= {"@odata.type", "verdict", "createdDateTime"}


def test_an_unknown_kind_keeps_everything() -> None:
    (found,) = read(only("kitchenTimerEvidence"), "graph").evidence
    assert (found.kind, found.kind_text, found.account) == ("other", "kitchenTimerEvidence", None)
    assert (found.extra["minutes"], found.extra["shelf"]) == (12, {"row": 3})


def test_without_device_evidence_the_device_is_that_of_any_item() -> None:
    alert = read(only("registryValueEvidence"), "graph")
    assert (alert.device_id, alert.device_name) == (DEVICE, None)
    session = read(only("hostLogonSessionEvidence"), "graph")
    assert session.device_id == DEVICE


def test_the_first_device_that_defender_knows_is_the_alerts() -> None:
    body = only("deviceEvidence")
    stranger = body["evidence"][0] | {"mdeDeviceId": None, "deviceDnsName": "printer.fabrikam.example"}
    body["evidence"].insert(0, stranger)
    alert = read(body, "graph")
    assert (alert.device_id, alert.device_name) == (DEVICE, "lap-117.fabrikam.example")
