"""The table of what comes first: worst status, gravest verdict, primary device, persons before services."""

import itertools

import pytest

from shared.core.alert import ranking
from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Evidence
from tests.builders import evidence

WORDS = {
    "detection": ("Detected", "Quarantined", "Blocked", "Prevented"),
    "remediation": (
        *("Active", "Running", "Unremediated", "Declined", "Failed", "PartiallyRemediated"),
        *("PendingApproval", "NotFound", "Repainted", "Blocked", "Prevented", "Remediated", "None"),
    ),
}


def with_words(detection: str | None, remediation: str | None = None, kind: str = "file") -> Evidence:
    return evidence(kind, detection_status=detection, remediation_status=remediation)


@pytest.mark.parametrize(("worse", "better"), list(itertools.combinations(WORDS["detection"], 2)))
def test_the_worse_detection_is_shown_whatever_the_order(worse: str, better: str) -> None:
    items = [with_words(better), with_words(worse), with_words(None), with_words("Unknown")]
    for each in itertools.permutations(items):
        assert ranking.worst_detection(each) == worse


@pytest.mark.parametrize(("worse", "better"), list(itertools.combinations(WORDS["remediation"], 2)))
def test_the_worse_remediation_is_shown_whatever_the_order(worse: str, better: str) -> None:
    items = [with_words(None, better), with_words(None, worse), with_words(None), with_words(None, "Unknown")]
    for each in itertools.permutations(items):
        assert ranking.worst_remediation(each) == worse


def test_none_is_worse_than_stopped_where_the_thing_was_only_detected() -> None:
    stopped, detected = with_words("Blocked", "Blocked"), with_words("Detected", "None", "process")
    assert ranking.worst_remediation([stopped, detected]) == "None"
    assert ranking.worst_remediation([stopped, with_words(None, "None", "process")]) == "Blocked"
    assert ranking.worst_remediation([stopped, detected, with_words(None, "Unremediated")]) == "Unremediated"


def test_what_the_alert_is_about_is_asked_before_devices_users_and_the_clean() -> None:
    about = with_words("Blocked", "Remediated", "process")
    clean = evidence(
        "file", detection_status="Detected", remediation_status="Active", verdict="NoThreatsFound"
    )
    beside = [with_words("Detected", "Active", "device"), with_words("Detected", "Active", "user"), clean]
    for other in beside:
        assert ranking.worst_detection([other, about]) == "Blocked"
        assert ranking.worst_remediation([other, about]) == "Remediated"
        assert ranking.worst_remediation([other, with_words(None, "None")]) == "Active"


def test_the_gravest_verdict_is_of_a_thing_not_of_its_device() -> None:
    file, device = evidence("file", verdict="Suspicious"), evidence("device", verdict="Malicious")
    assert ranking.gravest_verdict([device, file]) == "Suspicious"
    assert ranking.gravest_verdict([device]) == "Malicious"
    assert ranking.gravest_verdict([file, evidence("file", verdict="Malicious")]) == "Malicious"
    assert ranking.gravest_verdict([evidence("file", verdict="NoThreatsFound"), evidence("ip")]) == (
        "NoThreatsFound"
    )
    assert ranking.gravest_verdict([evidence("file")]) is None


def device(*roles: str, detailed: object = ()) -> Evidence:
    return Evidence(EvidenceKind.DEVICE, roles=roles, extra={"detailedRoles": detailed})


def test_devices_by_their_roles() -> None:
    ordered = [
        device(detailed=["PrimaryDevice"]),
        device("compromised"),
        device("attacked"),
        device("source"),
        device("contextual"),
    ]
    assert [ranking.device_rank(each) for each in ordered] == [0, 1, 2, 3, 4]
    same = [device(detailed=["Main device"]), device("contextual", detailed=["primaryDevice"])]
    same += [device(detailed="PrimaryDevice"), device(detailed="source, Main device")]
    assert {ranking.device_rank(each) for each in same} == {0}
    silent = [device(), device(detailed=[7, None]), device(detailed={"a": 1}), device("novelty")]
    assert {ranking.device_rank(each) for each in silent} == {3}


@pytest.mark.parametrize(
    "account",
    [
        Account("SYSTEM", "NT AUTHORITY"),
        Account("SYSTEM"),
        Account("СИСТЕМА", "NT", "S-1-5-18"),
        Account("LOCAL SERVICE"),
        Account("network service"),
        Account("DWM-3", "Window Manager"),
        Account("UMFD-11"),
        Account("DefaultAppPool", "IIS APPPOOL"),
        Account("MSSQL$OVEN", "NT SERVICE"),
        Account("OVEN-4$", "BAKERY"),
        Account("svc", sid="S-1-5-80-1-2-3"),
        Account(sid="S-1-5-20"),
        Account("Système", "AUTORITE NT"),
        Account("SERVICE RÉSEAU", "AUTORITE NT"),
        Account("service reseau"),
        Account("Netzwerkdienst", "NT-AUTORITÄT"),
        Account("netzwerkdienst", "nt-autoritat"),
        Account("LOKALER DIENST"),
        Account("SISTEMA", "AUTORIDADE NT"),
        Account("Servizio di rete"),
        Account("СИСТЕМА"),
        Account("USŁUGA SIECIOWA", "ZARZĄDZANIE NT"),
        Account("AĞ HİZMETİ"),
        Account("root"),
        Account("www-data"),
        Account("systemd-resolve"),
        Account("_spotlight"),
    ],
)
def test_accounts_of_machines_and_services(account: Account) -> None:
    assert ranking.is_service(account)


@pytest.mark.parametrize(
    "account",
    [
        Account("rosa", "BAKERY", "S-1-5-21-1-2-3-1107"),
        Account("system.rye"),
        Account("rooty"),
        Account("dwm-"),
        Account("svc-backup", "oven-4"),
        Account("rosa", "NT AUTHORITY RYE"),
        Account("rosa", "NT-BAKERY"),
        Account("sistema", "BAKERY"),
        Account("systemica"),
        Account(sid="S-1-12-1-5-6-7-8"),
        Account(upn="rosa@bakery.example"),
    ],
)
def test_persons(account: Account) -> None:
    assert not ranking.is_service(account)
