from dataclasses import replace

from shared.core.conclude import conclude
from shared.core.conclude.conclusion import Validation
from shared.core.correlate.finding import Finding, Method, Reason, Status, TiedEvent
from tests.builders import alert, evidence, finding, key, node, tied

OWN = tied("DeviceProcessEvents", "ProcessCreated", after=0)
CHILD = tied("DeviceProcessEvents", "ProcessCreated", after=5, depth=1, tie="child", number=2)
LATER = tied("DeviceNetworkEvents", "ConnectionSuccess", after=300, number=3, RemoteIP="203.0.113.10")
ANTIVIRUS = tied(
    "DeviceEvents",
    "AntivirusDetection",
    after=20,
    number=4,
    AdditionalFields='{"WasRemediated":true,"Action":"Quarantine"}',
)
FAILED_CURE = tied(
    "DeviceEvents", "AntivirusDetection", after=20, number=4, AdditionalFields='{"WasRemediated":false}'
)
PREVENTED = (evidence(detection_status="Prevented"),)
NODES = (node("a.exe"),)


def _validation(*events: TiedEvent, stopped: bool = False, **changes: object) -> Validation:
    subject = alert(evidence=PREVENTED if stopped else ())
    return conclude(subject, None, finding(nodes=NODES, events=events, **changes)).validation


def test_without_a_tie_there_is_no_telemetry_and_the_reason_is_said() -> None:
    result = conclude(alert(), None, Finding("x", Status.NO_MATCH, reason=Reason.TOO_OLD))
    assert result.validation is Validation.NO_TELEMETRY
    assert "30 days" in result.validation_reason
    assert result.story.startswith("No telemetry")


def test_prevented_with_nothing_after_is_blocked() -> None:
    assert _validation(tied("DeviceEvents", "SmartScreen", after=1), stopped=True) is Validation.BLOCKED
    assert _validation(ANTIVIRUS) is Validation.BLOCKED


def test_running_before_the_block_is_contained() -> None:
    assert _validation(OWN, CHILD, ANTIVIRUS) is Validation.CONTAINED


def test_acting_after_the_block_is_confirmed() -> None:
    assert _validation(OWN, CHILD, ANTIVIRUS, LATER) is Validation.CONFIRMED
    assert _validation(OWN, LATER, stopped=True) is Validation.CONFIRMED


def test_a_cure_that_failed_stops_nothing() -> None:
    assert _validation(OWN, CHILD, FAILED_CURE) is Validation.UNPROVEN
    assert _validation(OWN, CHILD, FAILED_CURE, LATER) is Validation.CONFIRMED


def test_acting_on_after_the_alert_is_confirmed_and_before_it_alone_is_not() -> None:
    assert _validation(OWN, CHILD, LATER) is Validation.CONFIRMED
    assert _validation(OWN, CHILD) is Validation.UNPROVEN


def test_harm_is_confirmed_whenever_it_was() -> None:
    harm = tied("DeviceEvents", "OpenProcessApiCall", FileName="lsass.exe")
    assert _validation(OWN, harm) is Validation.CONFIRMED


def test_what_an_ancestor_did_bears_nothing_out() -> None:
    parents = replace(LATER, depth=-1, owner=key(999, -5))
    assert _validation(OWN, parents) is Validation.UNPROVEN


def test_the_program_that_merely_wrote_a_blocked_file_is_not_what_ran() -> None:
    written = tied("DeviceFileEvents", "FileCreated", after=2, FileName="evil.exe")
    about_a_file = alert(evidence=(evidence("file", file_name="evil.exe", sha1="e" * 40),))
    found = finding(nodes=(node("7zG.exe"),), events=(OWN, written, ANTIVIRUS), method=Method.FILE_HASH)
    assert conclude(about_a_file, None, found).validation is Validation.BLOCKED
    ran = node("evil.exe", pid=77, after=4, depth=1, sha1="E" * 40, parent=key())
    acted = tied("DeviceProcessEvents", "ProcessCreated", after=4, owner=ran.key, depth=1, number=8)
    found = replace(found, nodes=(*found.nodes, ran), events=(*found.events, acted))
    assert conclude(about_a_file, None, found).validation is Validation.CONTAINED


def test_a_weak_tie_bears_an_alert_out_only_with_harm() -> None:
    assert _validation(CHILD, LATER, method=Method.DEVICE_ONLY) is Validation.UNPROVEN
    harm = tied("DeviceEvents", "OpenProcessApiCall", FileName="lsass.exe")
    assert _validation(harm, method=Method.DEVICE_ONLY) is Validation.CONFIRMED
