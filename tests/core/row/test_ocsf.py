import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from shared.core.alert.model import Account, Alert, Severity
from shared.core.alert.reading import clean_text
from shared.core.conclude import NO_RULES, conclude
from shared.core.conclude.conclusion import Conclusion, Validation
from shared.core.correlate.finding import Finding, Reason, Status
from shared.core.lookups.entities import Device, Enrichment, Lookup, Outcome
from shared.core.lookups.entity_parsing import device
from shared.core.row.column import LONG
from shared.core.row.facts import Facts
from shared.core.row.ocsf import detection_finding, finding_json, with_correlation_of
from shared.core.row.subjects import subjects_of
from tests.builders import DEVICE, T0, alert, evidence, finding, node
from tests.core.row.ocsf_schema import faults, nulls
from tests.core.row.odd import cases
from tests.core.samples import changed, one_evidence_each, places, raw, read

SHA1 = "0123456789abcdef0123456789abcdef01234567"
type Json = Any  # a finding read back: any nesting of JSON's types


def written(
    about: Alert, enrichment: Enrichment | None, shown: Finding, conclusion: Conclusion
) -> tuple[str, bool]:
    """The finding's JSON, and whether it was cut."""
    subjects = subjects_of(about, Facts(enrichment or Enrichment()))
    return finding_json(about, enrichment, shown, conclusion, subjects)


def ocsf_of(about: Alert, enrichment: Enrichment | None = None, found: Finding | None = None) -> Json:
    """The finding as the column holds it, read back."""
    shown = found or Finding(about.id, Status.PENDING, reason=Reason.WAITING)
    text, _ = written(about, enrichment, shown, conclude(about, enrichment, shown, NO_RULES))
    return json.loads(text)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_whatever_an_alert_holds_its_finding_is_valid_and_fits(
    case: tuple[Alert, Enrichment | None, Finding, Conclusion],
) -> None:
    text, was_cut = written(*case)
    assert len(text) <= LONG and text.isascii()
    made = json.loads(text)
    assert faults(made) == []
    assert nulls(made) == []
    assert made["type_uid"] == 200400 + made["activity_id"]
    assert made["type_name"] == f"Detection Finding: {made['activity_name']}"
    assert made["finding_info"]["uid"] == made["metadata"]["uid"] == clean_text(case[0].id)
    assert made["metadata"].get("is_truncated", False) is was_cut


@pytest.mark.parametrize("source", ["defender", "graph"])
def test_documented_alerts_of_both_apis_are_valid(source: str) -> None:
    made = ocsf_of(read(raw(source), source))
    assert faults(made) == []
    assert made["metadata"]["profiles"] == ["host", "incident"]
    assert (made["verdict_id"], made["verdict"]) == (2, "True Positive")
    kinds = {kind for item in made["evidences"] for kind in item}
    assert {"process", "file", "user", "dst_endpoint", "url", "reg_value"} <= kinds


@pytest.mark.parametrize(("name", "source"), [("alerts", "defender"), ("graph_alerts", "graph")])
def test_every_alert_of_the_recorded_incident_is_valid(name: str, source: str) -> None:
    machines = {body["id"]: device(body) for body in _recorded("machines")}
    looked_up = Enrichment({key: Lookup(Outcome.FOUND, known) for key, known in machines.items()})
    bodies, systems = _recorded(name), set()
    assert len(bodies) >= 14
    for body in bodies:
        made = ocsf_of(read(body, source), looked_up, finding(nodes=(node("powershell.exe"),)))
        assert faults(made) == [] and nulls(made) == [], body["id"]
        assert len(made.get("evidences", [])) >= min(30, len(body.get("evidence", []))), body["id"]
        systems.add(made["device"]["os"]["type"] if "device" in made else "none")
    assert systems == {"Windows", "Linux", "macOS", "none"}


def _recorded(name: str) -> list[Json]:
    path = Path(__file__).parents[3] / "local" / "incidents" / "contoso" / f"{name}.json"
    bodies: list[Json] = json.loads(path.read_text(encoding="utf-8"))["value"]
    return bodies


_WRONG: tuple[object, ...] = (
    None,
    [],
    {},
    "",
    "\x00\ud800",
    "x" * 40_000,
    -1,
    2**70,
    True,
    [None, "T1059"],
    {"a": [None]},
)


@pytest.mark.parametrize("source", ["defender", "graph"])
def test_an_alert_with_anything_anywhere_is_valid(source: str) -> None:
    tried = 0
    for body, is_own in one_evidence_each(source):
        for number, place in enumerate(place for place in places(body) if is_own(place) and place != ("id",)):
            about = read(changed(body, place, _WRONG[number % len(_WRONG)]), source)
            assert faults(ocsf_of(about)) == [], place
            tried += 1
    assert tried > 100


def test_the_judge_sees_what_is_wrong() -> None:
    made = ocsf_of(alert())
    assert faults(made) == []
    for change, sign in (
        ({"severity": "Low"}, "severity_id"),
        ({"type_uid": 200405}, "type_uid"),
        ({"status_id": 77}, "status_id"),
        ({"surprise": 1}, "surprise"),
        ({"evidences": [{"file": {"name": "a", "type_id": 1, "type": "Folder"}}]}, "file.type_id"),
        ({"evidences": [{"name": "nothing"}]}, "evidences"),
        ({"message": None}, "message"),
    ):
        assert any(sign in fault for fault in faults(made | change)), change
    assert nulls(made | {"unmapped": {"a": [None]}}) == ["$.unmapped.a[0]"]


def test_the_activity_follows_the_alert() -> None:
    same = alert().created
    for status, updated, activity in (
        ("New", same, 1),
        ("New", same.plus(5), 2),
        ("Resolved", same.plus(9), 3),
    ):
        made = ocsf_of(alert(status=status, last_update=updated))
        assert (made["activity_id"], made["type_uid"]) == (activity, 200400 + activity)
        assert made["is_alert"] is (activity != 3)


def test_a_word_nobody_knows_is_shown_as_other() -> None:
    made = ocsf_of(alert(severity=Severity.UNKNOWN, severity_text="Severe", status="Paused"))
    assert (made["severity_id"], made["severity"]) == (99, "Severe")
    assert (made["status_id"], made["status"]) == (99, "Paused")
    assert faults(made) == []


def test_the_verdict_profile_is_claimed_only_where_a_person_has_judged() -> None:
    assert ocsf_of(alert())["metadata"]["profiles"] == ["host"]
    judged = ocsf_of(alert(classification="InformationalExpectedActivity", determination="SecurityTesting"))
    assert judged["metadata"]["profiles"] == ["host", "incident"]
    assert (judged["verdict_id"], judged["verdict"]) == (6, "Test")
    nowhere = ocsf_of(alert(device_id=None, device_name=None))
    assert "device" not in nowhere and "profiles" not in nowhere["metadata"]
    assert faults(nowhere) == []


def test_the_tactic_is_not_tied_to_each_technique() -> None:
    attacks = ocsf_of(alert(techniques=("T1059.001", "nonsense")))["finding_info"]["attacks"]
    assert attacks[0] == {"tactic": {"uid": "TA0002", "name": "Execution"}}
    assert attacks[1]["sub_technique"] == {"uid": "T1059.001", "name": "PowerShell"}
    assert all("tactic" not in attack for attack in attacks[1:])
    assert ocsf_of(alert(techniques=("nonsense",)))["unmapped"]["techniques"] == ["nonsense"]


def test_the_device_says_what_the_look_up_found() -> None:
    known = Device(DEVICE, os="Ubuntu", os_version="24.04", risk_score="High", last_ip="10.0.0.1")
    made = ocsf_of(alert(), Enrichment({DEVICE: Lookup(Outcome.FOUND, known)}))
    assert made["device"]["os"] == {"name": "Ubuntu", "type_id": 200, "type": "Linux", "version": "24.04"}
    assert (made["device"]["risk_level_id"], made["device"]["risk_level"]) == (3, "High")
    assert {"name": "device.ip", "type_id": 2, "type": "IP Address", "value": "10.0.0.1"} in made[
        "observables"
    ]
    assert faults(made) == []


def test_evidence_without_a_place_in_ocsf_is_kept_as_data() -> None:
    made = ocsf_of(
        alert(
            evidence=(
                evidence("other", kind_text="Mailbox", extra={"address": "a@b.example", "nothing": None}),
                evidence("ip", ip_address="not an address"),
                evidence("process", command_line="a.exe"),
            )
        )
    )
    assert made["evidences"][0] == {
        "name": "Mailbox",
        "data": {"kind": "Mailbox", "fields": {"address": "a@b.example"}},
    }
    assert made["evidences"][1]["data"]["ip_address"] == "not an address"
    assert made["evidences"][2]["data"]["command_line"] == "a.exe"
    assert faults(made) == []


def test_correlation_and_validation_are_unmapped_fields() -> None:
    root = node("powershell.exe")
    found = finding(nodes=(root,), event_count=7)
    said = ocsf_of(alert(), None, found)["unmapped"]["correlation"]
    assert (said["status"], said["method"], said["confidence"], said["event_count"]) == (
        "Correlated",
        "ExactProcess",
        100,
        7,
    )
    assert said["validation"] in set(Validation)


def test_too_much_evidence_is_left_out_from_the_end_and_said() -> None:
    many = tuple(
        evidence("file", file_name=f"{n}.docx", sha1=f"{n:040x}", folder_path="C:\\" + "d" * 300)
        for n in range(150)
    )
    made = ocsf_of(alert(evidence=many))
    kept, said = len(made["evidences"]), made["unmapped"]["left_out"]
    assert said["evidences"] == len(many) - kept > 0 and kept > 10
    assert [item["file"]["name"] for item in made["evidences"]] == [f"{n}.docx" for n in range(kept)]
    assert said["observables"] == 2 + 2 * len(many) - len(made["observables"]) > 0
    assert len(json.dumps(made["observables"], separators=(",", ":"))) < LONG / 2
    assert made["metadata"]["is_truncated"] is True and made["metadata"]["untruncated_size"] > LONG
    assert faults(made) == []


def test_one_enormous_command_line_costs_nothing_but_itself() -> None:
    big = evidence("process", process_id=1, command_line="x" * 100_000)
    small = evidence("process", process_id=2, command_line="b.exe")
    made = ocsf_of(alert(evidence=(big, small)))
    assert [item["process"]["pid"] for item in made["evidences"]] == [1, 2]
    assert made["evidences"][0]["process"]["cmd_line"].endswith("…[cut]")
    assert made["evidences"][1]["process"]["cmd_line"] == "b.exe"


def test_a_user_is_named_whatever_is_known_of_them() -> None:
    for account, name in (
        (Account("alice", "CONTOSO"), "alice"),
        (Account(upn="alice@contoso.example"), "alice@contoso.example"),
        (Account(sid="S-1-5-18"), "S-1-5-18"),
    ):
        made = ocsf_of(alert(evidence=(evidence("user", account=account),)))
        assert made["evidences"][0]["user"]["name"] == name
        assert faults(made) == []


def test_times_are_milliseconds() -> None:
    assert ocsf_of(alert(created=T0, last_update=T0))["time"] == T0.ticks // 10_000


def test_an_earlier_correlation_can_be_kept() -> None:
    old = written(alert(), None, finding(event_count=7), conclude(alert(), None, finding(), NO_RULES))[0]
    waiting = Finding(alert().id, Status.PENDING, reason=Reason.WAITING)
    resolved = alert(status="Resolved")
    new = written(resolved, None, waiting, conclude(resolved, None, waiting, NO_RULES))[0]
    made = json.loads(with_correlation_of(new, old))
    assert made["unmapped"]["correlation"]["status"] == "Correlated"
    assert made["status"] == "Resolved"
    assert faults(made) == []


def test_a_finding_cut_twice_still_counts_what_is_missing() -> None:
    many = tuple(evidence("file", file_name=f"{n}.docx", sha1=f"{n:040x}") for n in range(200))
    about = alert(evidence=many)
    waiting = Finding(about.id, Status.PENDING, reason=Reason.WAITING)
    once = written(about, None, waiting, conclude(about, None, waiting, NO_RULES))[0]
    wordy = Conclusion(Validation.CONFIRMED, "because " * 300)
    earlier = written(alert(), None, finding(), wordy)[0]
    made = json.loads(with_correlation_of(once, earlier))
    assert made["unmapped"]["correlation"]["status"] == "Correlated"
    for name in ("evidences", "observables"):
        before = json.loads(once)
        missing = len(before[name]) - len(made[name]) + before["unmapped"]["left_out"][name]
        assert made["unmapped"]["left_out"][name] == missing
    assert made["metadata"]["untruncated_size"] == json.loads(once)["metadata"]["untruncated_size"]
    assert faults(made) == []


def test_the_whole_finding_is_what_the_column_holds_where_it_fits() -> None:
    waiting = Finding(alert().id, Status.PENDING, reason=Reason.WAITING)
    concluded = conclude(alert(), None, waiting, NO_RULES)
    whole = detection_finding(alert(), None, waiting, concluded, subjects_of(alert(), Facts(Enrichment())))
    assert json.loads(json.dumps(whole)) == ocsf_of(alert())
