import base64
import gzip
import hashlib
import json
import re
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from hypothesis import given, settings

from shared.core.alert.model import Account, Alert, Severity
from shared.core.conclude import NO_RULES, conclude
from shared.core.conclude.conclusion import Conclusion
from shared.core.correlate.finding import Finding, Reason, Status
from shared.core.lookups.entities import Device, Enrichment, LoggedOnUser, Lookup, Outcome, Prevalence
from shared.core.row import content
from shared.core.row.column import FIRST_TIME, Kind
from shared.core.row.definition import BY_NAME, CONTENT
from shared.core.row.text import units
from shared.core.values.instant import Instant
from shared.core.values.portal import Portal
from shared.core.values.records import Column
from tests.builders import DEVICE, T0, alert, evidence, finding, node, tied
from tests.core.row.odd import cases
from tests.core.samples import raw, read

SHA1 = "0123456789abcdef0123456789abcdef01234567"
_PORTAL = Portal()
_TYPES = {Kind.STRING: str, Kind.INT32: int, Kind.BOOLEAN: bool, Kind.DATETIME: datetime}


def row_of(
    about: Alert,
    enrichment: Enrichment | None = None,
    found: Finding | None = None,
    portal: Portal = _PORTAL,
    tenant: str = "home",
) -> dict[str, Column]:
    """The content of one alert's row; not hunted yet where no finding is given."""
    shown = found or Finding(about.id, Status.PENDING, reason=Reason.WAITING)
    concluded = conclude(about, enrichment, shown, NO_RULES)
    return content(about, enrichment, shown, concluded, "", portal=portal, tenant=tenant)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_whatever_an_alert_holds_every_column_is_there_typed_and_within_its_limit(
    case: tuple[Alert, Enrichment | None, Finding, Conclusion],
) -> None:
    columns = content(*case, "")
    assert list(columns) == [column.name for column in CONTENT]
    for name, value in columns.items():
        column = BY_NAME[name]
        assert type(value) is _TYPES[column.kind], name
        if isinstance(value, str):
            assert units(value) <= column.limit
            value.encode("utf-16-le")  # no lone surrogate
            assert "\x00" not in value
        if isinstance(value, str) and column.is_json:
            json.loads(value)
        if isinstance(value, datetime):
            assert value >= FIRST_TIME and value.utcoffset() is not None
        if isinstance(value, str) and column.words and name != "NotifyState":
            assert value in column.words, name


def test_a_documented_alert_becomes_a_row() -> None:
    columns = row_of(read(raw("defender")))
    shown = {
        "EventSeverity": "Medium",
        "SeverityId": 3,
        "AlertStatus": "Active",
        "AlertVerdict": "True Positive",
        "AttackTactics": "Persistence",
        "ProcessName": "bread.exe",
        "ProcessId": "6120",
        "ProcessCreationTime": "2026-10-05T09:28:59.9581596Z",
        "IpAddrs": "198.51.100.23, 198.51.100.24",
        "RegistryKey": "HKEY_CURRENT_USER\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run",
        "RegistryValue": "bread",
        "CorrelationStatus": "Pending",
        "CorrelationReason": "NotHuntedYet",
        "EnrichmentStatus": "NotLookedUp",
        "ValuesTruncated": "",
    }
    assert {name: columns[name] for name in shown} == shown
    assert str(columns["AttackTechniques"]).startswith("Registry Run Keys / Startup Folder (T1547.001), ")


def test_both_apis_name_the_same_things_in_the_same_columns() -> None:
    one, other = row_of(read(raw("defender"))), row_of(read(raw("graph"), "graph"))
    for name in "EventSeverity AlertStatus DvcId ProcessName ProcessId IpAddr Url Username".split():
        assert one[name] == other[name] != "", name


def test_what_was_cut_is_named() -> None:
    columns = row_of(alert(description="x" * 40_000, title="😀" * 3_000))
    assert columns["ValuesTruncated"] == "DetectionFinding, AlertName, AlertDescription"
    assert str(columns["AlertDescription"]).endswith("…[cut]")


def test_a_severity_we_do_not_know_passes_every_filter_for_high() -> None:
    columns = row_of(alert(severity=Severity.UNKNOWN, severity_text="Severe"))
    assert columns["EventSeverity"] == "Severe"
    assert int(str(columns["SeverityId"])) >= 4


def test_the_device_shows_what_was_looked_up() -> None:
    device = Device(DEVICE, name="other", os="Windows11", tags=("vip", "a,b"), last_ip="10.0.0.1")
    users = (LoggedOnUser(Account("bob", "CONTOSO"), is_domain_admin=True),)
    looked_up = Enrichment({DEVICE: Lookup(Outcome.FOUND, device)}, {DEVICE: Lookup(Outcome.FOUND, users)})
    columns = row_of(alert(logged_on_users=(Account("alice", "CONTOSO"),)), looked_up)
    assert columns["DvcHostname"] == "ws-0042.contoso.example"
    assert columns["DvcTags"] == "vip, a;b" and json.loads(str(columns["DvcTagsJson"])) == ["vip", "a,b"]
    assert columns["DvcOs"] == "Windows11" and columns["DvcIpAddr"] == "10.0.0.1"
    assert columns["LoggedOnUsers"] == "CONTOSO\\alice, CONTOSO\\bob"
    assert json.loads(str(columns["LoggedOnUsersJson"]))[1] == {"name": "CONTOSO\\bob", "isDomainAdmin": True}
    assert columns["EnrichmentStatus"] == "Complete"


def test_a_look_up_that_failed_is_said() -> None:
    looked_up = Enrichment(addresses={"203.0.113.10": Lookup(Outcome.THROTTLED, detail="wait 60 s")})
    columns = row_of(alert(evidence=(evidence("ip", ip_address="203.0.113.10"),)), looked_up)
    assert columns["EnrichmentStatus"] == "Partial"
    assert columns["EnrichmentDetail"] == "address 203.0.113.10: throttled (wait 60 s)"


def test_each_entity_has_its_prevalence_and_a_hunting_link_that_asks_for_it() -> None:
    looked_up = Enrichment(
        addresses={"203.0.113.10": Lookup(Outcome.FOUND, Prevalence("x", org_prevalence=2))}
    )
    process = evidence("process", process_id=3276, process_created=T0, file_name="a.exe", sha1=SHA1)
    columns = row_of(alert(evidence=(process, evidence("ip", ip_address="203.0.113.10"))), looked_up)
    device, first, second = json.loads(str(columns["EntitiesJson"]))
    assert [device["kind"], first["kind"], second["kind"]] == ["device", "process", "ip"]
    assert (second["lookup"], second["orgPrevalence"]) == ("found", 2)
    assert f'DeviceId == "{DEVICE}"' in _query(device["hunt"])
    assert "ProcessId == 3276" in _query(first["hunt"])
    assert 'RemoteIP == "203.0.113.10"' in _query(second["hunt"])


def _query(link: str) -> str:
    """The KQL that a portal link holds."""
    packed = parse_qs(urlsplit(link).query)["query"][0]
    return gzip.decompress(base64.urlsafe_b64decode(packed + "==")).decode("utf-16-le")


def test_a_query_too_long_for_a_link_is_replaced_by_a_shorter_one_and_that_is_said() -> None:
    hashes = ",".join(f'"{hashlib.sha1(bytes([n]), usedforsecurity=False).hexdigest()}"' for n in range(90))
    long_query = f"DeviceEvents | where SHA1 in ({hashes})"
    root = node("powershell.exe")
    columns = row_of(alert(), None, finding(nodes=(root,), query=long_query))
    assert columns["QueryLinkShortened"] is True
    assert "ProcessId == 3276" in _query(str(columns["HuntingUrl"]))
    short = row_of(alert(), None, finding(nodes=(root,)))
    assert short["QueryLinkShortened"] is False
    assert _query(str(short["HuntingUrl"])) == short["HuntingQuery"]


def test_links_go_to_the_clouds_own_portal_and_never_anywhere_but_https() -> None:
    columns = row_of(
        alert(alert_url="javascript:alert(1)", incident_id="47/../1"),
        portal=Portal("https://security.microsoft.us"),
    )
    assert columns["EventReportUrl"] == f"https://security.microsoft.us/alerts/{alert().id}"
    assert columns["IncidentUrl"] == "https://security.microsoft.us/incidents/47%2F..%2F1"
    own = "https://security.microsoft.com/alerts/x?tid=1"
    assert row_of(alert(alert_url=own))["EventReportUrl"] == own


def test_every_link_of_a_further_tenants_row_opens_that_tenant_whatever_the_alert_says() -> None:
    mine, other = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
    about = alert(
        alert_url=f"https://security.microsoft.com/alerts/x?tid={other}",
        incident_id="47",
        tenant_id=other,
        evidence=(evidence("file", sha1=SHA1),),
    )
    root = node("powershell.exe", "powershell.exe -nop")
    row = row_of(about, None, finding(nodes=(root,)), Portal(tenant_id=mine), "acme")
    said = " ".join(str(value) for value in row.values())
    links = re.findall(r"https://security\.microsoft\.com/[^\s\"]*", said)
    assert len(links) >= 4
    assert {re.findall(r"tid=([0-9a-f-]+)", link)[0] for link in links} == {mine}
    assert all(link.count("tid=") == 1 for link in links)
    assert (row["Tenant"], row["TenantId"]) == ("acme", mine)
    assert "tid=" not in str(row_of(alert(incident_id="47"))["IncidentUrl"])


def test_a_correlated_alert_shows_its_anchor_and_its_counts() -> None:
    root = node("powershell.exe", "powershell.exe -nop")
    found = finding(nodes=(root,), events=(tied("DeviceEvents", "X"),), event_count=70, truncated=True)
    columns = row_of(alert(), None, found)
    assert columns["AnchorProcess"] == "powershell.exe (pid 3276)"
    assert columns["AnchorCommandLine"] == "powershell.exe -nop"
    assert (columns["EventCount"], columns["EventsShown"], columns["EventsTruncated"]) == (70, 1, True)


def test_fingerprints_tell_new_evidence_from_what_became_of_the_old() -> None:
    old = evidence("file", sha1=SHA1, detection_status="Detected", created=T0)
    healed = evidence("file", sha1=SHA1, detection_status="Prevented", remediation_status="Remediated")
    other = evidence("file", sha1="f" * 40)
    ids = [row_of(alert(evidence=items))["EvidenceIds"] for items in ((old,), (healed,), (other, old))]
    assert ids[0] == ids[1]
    assert set(str(ids[0]).split()) < set(str(ids[2]).split())


def test_the_user_is_shown_as_the_evidence_has_them() -> None:
    known = Account("alice", "CONTOSO", "S-1-5-21-1", None, "alice@contoso.example")
    columns = row_of(alert(related_user=Account("Alice"), evidence=(evidence("user", account=known),)))
    assert (columns["Username"], columns["UserSid"]) == ("CONTOSO\\alice", "S-1-5-21-1")
    stranger = row_of(alert(related_user=Account("bob"), evidence=(evidence("user", account=known),)))
    assert (stranger["Username"], stranger["UserFrom"]) == ("CONTOSO\\alice", "evidence")


def test_times_before_storage_begins_are_moved_to_its_beginning() -> None:
    early = Instant.parse("0001-01-02T00:00:00Z")
    assert row_of(alert(first_event=early))["FirstEventTime"] == FIRST_TIME
