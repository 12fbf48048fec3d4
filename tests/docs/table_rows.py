"""The rows over which the filters of docs/table.md are tried, and what each of them must find."""

from dataclasses import replace
from datetime import UTC, datetime

from local.docs.filters import ALERT, DEVICE, FILE
from shared.core.alert.model import Account
from shared.core.correlate.finding import Method
from shared.core.row import Context
from shared.core.values.instant import Instant
from tests.builders import alert, evidence, finding, node, tied

CREATED = Instant.parse("2026-11-24T05:00:00.1234567Z")
NOW = datetime(2026, 11, 24, 5, 1, tzinfo=UTC)
CONTEXT = Context(
    now=NOW,
    generation=1,
    first_seen=NOW,
    installed_at=datetime(2026, 11, 18, tzinfo=UTC),
    backfill=False,
    hunt_ended=True,
    notify_after=180.0,
)
TIED = finding(
    nodes=(node("powershell.exe"),),
    events=(
        tied("DeviceNetworkEvents", "ConnectionSuccess", RemoteIP="203.0.113.10"),
        tied("DeviceProcessEvents", "ProcessCreated", depth=-1),
        tied("DeviceEvents", "AntivirusReport", depth=None),
    ),
)
WEAK = replace(TIED, method=Method.DEVICE_ONLY, confidence=20, events=())
PLAIN = alert(
    id=ALERT,
    created=CREATED,
    last_update=CREATED.plus(60),
    incident_id="4711",
    device_id=DEVICE,
    device_name="WS-0042.contoso.example",
    related_user=Account("alice", "CONTOSO"),
    techniques=("T1105", "T1059.001"),
    evidence=(
        evidence("file", sha1=FILE, file_name="a.ps1"),
        evidence("user", account=Account("alice", "CONTOSO", upn="Alice@contoso.example")),
        evidence("process", file_name="powershell.exe", parent_file_name="WINWORD.EXE"),
        evidence("ip", ip_address="198.51.100.1"),
        evidence("ip", ip_address="203.0.113.10"),
    ),
)
# The same things in other places and spellings, and things that are nearly so.
SECOND = (
    evidence("file", sha1="c" * 40, file_name="winword.exe"),
    evidence("file", sha1=FILE.upper(), file_name="b.exe"),
    evidence("user", account=Account("bob", "CONTOSO")),
    evidence("user", account=Account("ALICE", "Contoso", upn="alice@contoso.example")),
    evidence("ip", ip_address="203.0.113.10"),
)
NEARLY = (
    evidence("file", sha1="d" * 40, sha256=FILE + "d" * 24, file_name="not-winword.exe"),
    evidence("user", account=Account("malice", "CONTOSO", upn="malice@contoso.example")),
    evidence("user", account=Account("alice", "contoso-lab")),
    evidence("ip", ip_address="203.0.113.100"),
    evidence("ip", ip_address="1.203.0.113"),
)
# What each documented filter must find, of the rows below.
FOUND = {
    "Today's High (and what we cannot rank)": {ALERT, "unknown"},
    "Everything not yet told": {ALERT, "unknown", "low", "unread", "unproven"},
    "Open, and to be looked at first": {ALERT, "old"},
    "Everything not yet told, without what is known to be benign": {ALERT, "unknown", "low", "unread"},
    "What is known to be benign, and confirmed all the same": {"low"},
    "What telemetry confirms today": {ALERT},
    "Where one detection was the gravest": {ALERT, "low", "old", "unproven"},
    "What telemetry does not bear out": {"unproven"},
    "Alerts on one device": {ALERT, "old"},
    "Alerts whose first user is this one, so spelt": {ALERT},
    "One tenant's alone, where there are several": {"theirs"},
    "One further tenant's of a day, without reading the others'": {"theirs"},
    "The app's own tenant's alone": {ALERT, "unknown", "low", "unread", "unproven"},
    "One incident": {ALERT},
    "Alerts whose first file is this one": {ALERT},
    "One user's last week": {ALERT, "old"},
    "The same by principal name": {ALERT, "old"},
    "One device's last week, by its name": {ALERT, "old"},
    "One address": {ALERT, "old"},
    "One file, by any of its hashes": {ALERT, "old"},
    "One file name, a parent's too": {ALERT, "old"},
    "One technique, with those below it": {ALERT, "old"},
    "One alert": {ALERT},
    "High, open for more than four hours": {ALERT, "old"},
    "Old alerts that changed since the installation": {"old"},
    "Ties to doubt": {"low"},
    "Not tied because hunting was refused to the app: role, token or licence": {"unknown"},
    "Rows that are not whole": {"unread"},
    "One tenant's": {"1"},
    "What to look at first": {"4711", "1"},
    "Every incident not yet told": {"4711", "1"},
    "Confirmed and open": {"4711", "1"},
    "Open, on more than one device": {"1"},
    "Whose alerts all went to others": {"2"},
    "One incident's own row": {"4711"},
    "Everything that happened, in time order": {"DeviceNetworkEvents", "DeviceProcessEvents", "DeviceEvents"},
    "What the alert's process and its children did": {"DeviceNetworkEvents"},
    "Where it connected to": {"DeviceNetworkEvents"},
}
