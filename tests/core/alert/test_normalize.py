import json

import pytest

from shared.core.alert.model import Account, Comment, Severity
from shared.core.alert.normalize import normalize
from shared.core.alert.reading import CUT_MARK, MAX_TEXT
from shared.core.values.instant import Instant
from shared.errors import BadAlert, ConfigError
from tests.core.samples import FALLBACK, REMOVED, changed, raw, read


def at(text: str) -> Instant:
    return Instant.parse(text)


def test_every_property_of_a_defender_alert_is_read() -> None:
    alert = read(raw("defender"))
    assert (alert.id, alert.source) == ("da639011223344556677_-880718168", "defender")
    assert alert.created == at("2026-10-05T09:31:01.7220239Z")
    assert alert.last_update == at("2026-10-05T09:40:59.2Z")
    assert (alert.first_event, alert.last_event) == (
        at("2026-10-05T09:20:00Z"),
        at("2026-10-05T09:29:11.058Z"),
    )
    assert alert.resolved == at("2026-10-06T10:00:00.0000001Z")
    assert (alert.severity, alert.severity_text) == (Severity.MEDIUM, "Medium")
    assert (alert.status, alert.classification, alert.determination) == (
        "InProgress",
        "TruePositive",
        "Malware",
    )
    assert (alert.incident_id, alert.investigation_id, alert.investigation_state) == ("9001", "77", "Running")
    assert (alert.assigned_to, alert.tenant_id) == (
        "triage@fabrikam.example",
        "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    )
    assert (alert.title, alert.category) == ("Anomaly in a start-up key", "Persistence")
    assert alert.description.startswith("A program registered")
    assert (alert.detection_source, alert.detector_id) == (
        "WindowsDefenderAtp",
        "5c6b7d8e-0000-4000-8000-000000000001",
    )
    assert (alert.threat_family, alert.threat_name) == ("Sourdough", "Trojan:Win32/Sourdough.A")
    assert (alert.device_id, alert.device_name, alert.device_group) == (
        "c3" * 20,
        "lap-117.fabrikam.example",
        "Laptops",
    )
    assert (alert.techniques, alert.domains) == (("T1547.001", "T1112"), ("oven.example",))
    assert alert.related_user == Account("m.ortiz", "FABRIKAM")
    assert alert.logged_on_users == (Account("m.ortiz", "FABRIKAM"),)
    assert alert.comments == (
        Comment("looked at it", "triage@fabrikam.example", at("2026-10-05T09:45:00.5Z")),
    )
    assert (alert.unreadable, alert.extra) == ((), {})


def test_every_property_of_defender_evidence_is_read() -> None:
    process, file, user, address, url, registry, empty, unknown = read(raw("defender")).evidence
    assert (process.kind, process.kind_text, process.created) == (
        "process",
        "Process",
        at("2026-10-05T09:31:02.42Z"),
    )
    assert (process.sha1, process.sha256, process.file_name) == ("a1" * 20, "b2" * 32, "bread.exe")
    assert (process.folder_path, process.command_line) == (
        "C:\\ProgramData\\bread",
        '"C:\\ProgramData\\bread\\bread.exe" /q',
    )
    assert (process.process_id, process.process_created) == (6120, at("2026-10-05T09:28:59.9581596Z"))
    assert (process.parent_process_id, process.parent_process_created) == (
        4312,
        at("2026-10-05T09:20:01.0000004Z"),
    )
    assert (process.parent_file_name, process.parent_folder_path) == ("explorer.exe", "C:\\Windows")
    whole_account = Account(
        "m.ortiz",
        "FABRIKAM",
        "S-1-5-21-11-22-33-1107",
        "0a0a0a0a-1111-2222-3333-444444444444",
        "m.ortiz@fabrikam.example",
    )
    assert process.account == user.account == whole_account
    assert (file.kind, file.detection_status, file.process_id) == ("file", "Prevented", None)
    assert (address.kind, address.ip_address) == ("ip", "198.51.100.23")
    assert (url.kind, url.url) == ("url", "https://oven.example/start")
    assert (registry.kind, registry.registry_hive, registry.registry_value_name) == (
        "registry",
        "HKEY_CURRENT_USER",
        "bread",
    )
    assert registry.registry_key == "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run"
    assert (registry.registry_value_type, registry.registry_value) == (
        "String",
        "C:\\ProgramData\\bread\\bread.exe",
    )
    assert (empty.kind, empty.ip_address, empty.extra) == ("ip", None, {})
    assert (unknown.kind, unknown.kind_text, unknown.account) == ("other", "KitchenTimer", whole_account)
    assert (unknown.ip_address, unknown.process_id) == ("198.51.100.24", 99)
    assert unknown.extra["minutes"] == 12 and unknown.extra["shelf"] == {"row": 3}
    assert unknown.extra["entityType"] == "KitchenTimer" and unknown.extra["processId"] == 99


def test_properties_nobody_has_told_us_of_are_kept() -> None:
    body = raw("defender") | {"alertMood": {"grim": True}, "empty": [], "nothing": None}
    assert read(body).extra == {"alertMood": {"grim": True}}


def test_domains_are_read_in_either_shape() -> None:
    body = raw("defender") | {
        "domains": [{"host": "a.example"}, "b.example", {"host": "a.example"}, {"x": 1}]
    }
    alert = read(body)
    assert (alert.domains, alert.unreadable) == (("a.example", "b.example"), ("domains[3]",))
    assert alert.extra == {"domains": [{"x": 1}]}


@pytest.mark.parametrize("identity", [None, "", 17, True, ["x"], {"id": "x"}, "x" * 257])
def test_only_an_alert_without_a_usable_id_is_refused(identity: object) -> None:
    with pytest.raises(BadAlert) as caught:
        read(raw("defender") | {"id": identity})
    assert caught.value.field == "id"


@pytest.mark.parametrize("body", [None, [], "alert", 5, {}])
def test_what_is_no_alert_at_all_is_refused(body: object) -> None:
    with pytest.raises(BadAlert):
        normalize(body, "graph", fallback=FALLBACK)


def test_a_source_nobody_wrote_a_reader_for_is_refused() -> None:
    with pytest.raises(ConfigError):
        normalize({"id": "a"}, "sentinel", fallback=FALLBACK)


@pytest.mark.parametrize("source", ["defender", "graph"])
def test_an_id_alone_makes_an_alert(source: str) -> None:
    alert = read({"id": "a"}, source)
    assert (alert.id, alert.created, alert.last_update) == ("a", FALLBACK, FALLBACK)
    assert (alert.severity, alert.severity_text, alert.severity.rank) == (Severity.UNKNOWN, "", 0)
    assert (alert.title, alert.status, alert.evidence) == ("", "Unknown", ())
    assert len(alert.unreadable) == 5


def test_ids_that_become_alike_when_made_safe_stay_apart() -> None:
    hostile = ["a\x00", "a\ufffd", "a\ud800", "a\udfff"]
    hostile += [read({"id": identity}).id for identity in hostile]  # an id that looks like a mended one
    found = [read({"id": identity}).id for identity in dict.fromkeys(hostile)]
    assert len(set(found)) == len(found) == 7
    assert all("\x00" not in identity and identity.encode() for identity in found)


def test_an_unreadable_creation_time_is_taken_from_the_alert_itself() -> None:
    body = raw("defender") | {"alertCreationTime": "soon", "id": "ar-without-a-time"}
    alert = read(body)
    assert (alert.created, alert.unreadable) == (alert.first_event, ("alertCreationTime",))
    assert alert.extra == {"alertCreationTime": "soon"}
    body |= {"firstEventTime": None}
    assert read(body).created == read(body).last_event
    assert read(body | {"lastEventTime": 5}).created == alert.last_update


def test_an_unreadable_update_time_is_the_latest_time_known() -> None:
    alert = read(changed(raw("defender"), ("lastUpdateTime",), REMOVED))
    assert (alert.last_update, alert.unreadable) == (alert.resolved, ("lastUpdateTime",))


def test_the_platforms_word_for_no_time_is_no_time() -> None:
    alert = read(raw("defender") | {"resolvedTime": "0001-01-01T00:00:00Z"})
    assert (alert.resolved, alert.unreadable) == (None, ())


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("High", Severity.HIGH),
        ("informational", Severity.INFORMATIONAL),
        ("UnSpecified", Severity.UNSPECIFIED),
        ("Dreadful", Severity.UNKNOWN),
        ("unknownFutureValue", Severity.UNKNOWN),
    ],
)
def test_an_unknown_severity_is_kept_verbatim(text: str, severity: Severity) -> None:
    alert = read(raw("defender") | {"severity": text})
    assert (alert.severity, alert.severity_text, alert.unreadable) == (severity, text, ())


@pytest.mark.parametrize("source", ["defender", "graph"])
def test_a_piece_of_evidence_that_stands_alone_is_a_list_of_one(source: str) -> None:
    body = raw(source)
    alone = read(body | {"evidence": body["evidence"][1]}, source)
    listed = read(body | {"evidence": [body["evidence"][1]]}, source)
    assert alone.evidence == listed.evidence != ()
    assert alone.unreadable == ()


@pytest.mark.parametrize("evidence", [None, [], "text", 3])
def test_evidence_that_is_no_list_is_no_evidence(evidence: object) -> None:
    alert = read(raw("defender") | {"evidence": evidence})
    assert alert.evidence == ()
    assert alert.unreadable == (() if evidence in (None, []) else ("evidence",))


def test_evidence_items_that_are_no_objects_are_named_and_the_others_read() -> None:
    good = raw("defender")["evidence"][0]
    alert = read(raw("defender") | {"evidence": [None, good, "text"]})
    assert [item.kind for item in alert.evidence] == ["process"]
    assert alert.unreadable == ("evidence[0]", "evidence[2]")
    assert alert.extra == {"evidence": [None, "text"]}


def test_a_mistyped_evidence_field_is_named_with_its_place_and_kept() -> None:
    alert = read(changed(raw("defender"), ("evidence", 1, "sha1"), "no hash"))
    assert alert.unreadable == ("evidence[1].sha1",)
    assert (alert.evidence[1].sha1, alert.evidence[1].extra) == (None, {"sha1": "no hash"})


def test_a_file_path_that_ends_in_the_files_name_is_cut_to_its_folder() -> None:
    body = changed(raw("defender"), ("evidence", 1, "filePath"), "C:\\ProgramData\\bread\\Bread.EXE")
    assert read(body).evidence[1].folder_path == "C:\\ProgramData\\bread"
    unix = changed(changed(body, ("evidence", 1, "fileName"), "cron"), ("evidence", 1, "filePath"), "/cron")
    assert read(unix).evidence[1].folder_path == "/"


def test_long_and_unsafe_strings_are_cut_and_mended_in_one_place() -> None:
    hostile = "a\x00b\ud800c\u202ed" + "x" * 1_000_000
    alert = read(raw("defender") | {"title": hostile})
    assert alert.title.startswith("a\ufffdb\ufffdc\u202ed")
    assert (len(alert.title), alert.title[-len(CUT_MARK) :]) == (MAX_TEXT + len(CUT_MARK), CUT_MARK)
    assert alert.unreadable == ("title (cut from 1000007 characters)",)


def test_ten_thousand_bad_items_neither_slow_nor_swell_the_alert() -> None:
    item = raw("defender")["evidence"][0] | {"sha1": 5, "processId": "many"}
    alert = read(raw("defender") | {"evidence": [item] * 10_000})
    assert len(alert.evidence) == 10_000
    assert len(alert.unreadable) == 101 and alert.unreadable[-1] == "and 19900 more"


def test_a_body_nested_without_end_is_cut_off() -> None:
    deep: object = "core"
    for _ in range(900):
        deep = {"in": [deep]}
    alert = read(raw("defender") | {"novelty": deep})
    assert len(json.dumps(alert.extra)) < 500
    assert len(alert.unreadable) == 1 and alert.unreadable[0].startswith("novelty.in[0].in")


def test_the_time_in_the_id_stands_in_for_a_creation_time_that_cannot_be_read() -> None:
    raw = {"id": "da637472900382838869_1364969609", "lastUpdateTime": "2026-11-24T10:00:00Z"}
    first = normalize(raw, "defender", fallback=Instant.parse("2026-11-24T10:00:00Z"))
    again = normalize(
        raw | {"lastUpdateTime": None}, "defender", fallback=Instant.parse("2026-11-29T10:00:00Z")
    )
    assert first.created == again.created == Instant.parse("2021-01-26T20:33:58.2838869Z")
    assert "alertCreationTime" in first.unreadable
    other = normalize(raw | {"id": "da999999999999999999_1"}, "defender", fallback=Instant(0))
    assert other.created == other.last_update
