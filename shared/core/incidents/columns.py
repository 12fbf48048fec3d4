"""The columns of `Incidents`: one row for each incident, made of its alerts' rows, flat and always whole."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from shared.core.conclude import Validation
from shared.core.incidents.state import State
from shared.core.row import Definition, Role, column

LINE, WORD, Source = column.LINE, column.WORD, column.Source
_NEWS = datetime(2026, 11, 23, 8, 12, 0, tzinfo=UTC)

alerts = Source("its alerts")
ours = Source("ours")
row = Source("ours", Role.LIFECYCLE)

WHAT = (
    alerts.text("IncidentId", "Defender's id of the incident.", "1042"),
    alerts.line(
        "IncidentUrl", "The incident in the portal.", "https://security.microsoft.com/incidents/1042"
    ),
    alerts.line(
        "Title",
        "Its gravest alert's name, with how many more there are, and where.",
        "Suspicious PowerShell command line and 5 more alerts on ws-0042",
    ),
    alerts.text(
        "State",
        "`open` while an alert is Active, else `resolved`; `emptied` once all its alerts are in others.",
        "open",
        words=tuple(State),
    ),
    alerts.count(
        "Priority",
        "1 (now) to 5 (when there is time): the first of its open alerts, of all where none is open.",
        1,
    ),
    alerts.text("PriorityReason", "Why this number, of that alert.", "confirmed by telemetry, severity High"),
    alerts.text(
        "Validation",
        "The gravest of its alerts: Confirmed, then Likely, Contained, Blocked, Unproven, NoTelemetry.",
        "Confirmed",
        words=tuple(Validation),
    ),
    alerts.line("ValidationReason", "Why, of the gravest alert.", "the alert's process …"),
    alerts.text("Severity", "The gravest of its alerts, in ASIM's word.", "High"),
    alerts.count("SeverityId", "The same by OCSF's number, as in `Alerts`.", 4),
    ours.text("Tenant", "As in `Alerts`.", "home", limit=column.OURS),
    alerts.text("TenantId", "The tenant it belongs to.", "99999999-8888-7777-6666-555555555555"),
    alerts.time("CreatedTime", "When its first alert was raised.", _NEWS),
    alerts.time("LastAlertTime", "When its last alert was raised.", _NEWS.replace(minute=31)),
    alerts.time("FirstActivityTime", "The first event that Defender saw.", _NEWS),
    alerts.time("LastActivityTime", "The last event that Defender saw.", _NEWS.replace(minute=30)),
)
COUNTS = (
    alerts.count("AlertCount", "Its alerts.", 6),
    alerts.count("OpenCount", "Those that are Active.", 6),
    *(
        alerts.count(f"{word}Count", f"Those whose Validation is {word}.", 1 if word == "Confirmed" else 0)
        for word in Validation
    ),
    alerts.count("DeviceCount", "Its devices.", 2),
    alerts.count("UserCount", "Its users.", 1),
)
WHO = (
    alerts.text(
        "Devices",
        "Its devices by name, those of the gravest alerts first.",
        "ws-0042, srv-01",
        limit=2 * LINE,
    ),
    alerts.json(
        "DevicesJson",
        "The same as a list of objects: id, name, os, value, alerts (how many).",
        '[{"id":"1e5bc9d7e413ddd7902c2932e418702b84d0cc07","name":"ws-0042","alerts":6}]',
        limit=8 * LINE,
    ),
    alerts.text("Users", "Its users, those of the gravest alerts first.", "CONTOSO\\alice", limit=2 * LINE),
    alerts.json(
        "UsersJson",
        "The same as a list of objects: name, upn, sid, alerts (how many).",
        '[{"name":"CONTOSO\\\\alice","alerts":6}]',
        limit=8 * LINE,
    ),
)
STORY = (
    alerts.line("Tactics", "ATT&CK tactics, in the order of an attack.", "Execution, Persistence"),
    alerts.text(
        "Techniques",
        "ATT&CK techniques that its alerts name or telemetry shows, in the order of their tactics.",
        "PowerShell (T1059.001)",
        limit=4 * LINE,
    ),
    alerts.json(
        "Behaviours",
        "What was seen on all devices, gravest first: rule, title, level, tactic, techniques, device, "
        "process (its id in ProcessForest), time, text, alert (its RowKey).",
        '[{"rule":"…","title":"Shadow copies deleted","level":"high"}]',
    ),
    alerts.json(
        "ProcessForest",
        "The processes of all alerts, each once: a list of devices (device, device_id, processes), each "
        "process with id, parent, pid, created, name, command, alerts (RowKeys: whose process it is).",
        '[{"device":"ws-0042","processes":[{"id":"f0","name":"a.exe"}]}]',
    ),
    alerts.json(
        "Timeline",
        "The steps of all stories in time order: time, device, text, weight (higher is graver), kind, "
        "process (its id in ProcessForest), alert (its RowKey). The gravest stay where there are too many.",
        '[{"time":"2026-11-23T08:12:00.1234567Z","device":"ws-0042","text":"…","weight":100}]',
    ),
    alerts.text(
        "NextSteps",
        "What to do next, up to five lines: those of the alert to look at first, and what else must be "
        "contained. The hunting line ends in a link that opens its query; nothing else in the text is one.",
        "Contain: isolate ws-0042 …",
        limit=4 * LINE,
    ),
    alerts.json(
        "AlertKeys",
        "Its alerts, gravest first: PartitionKey and RowKey in `Alerts` with `|` between.",
        '["2026-11-23|da638999111222333444_-1234567890"]',
    ),
)
MOVES = (
    alerts.json("MovedFrom", "Ids of incidents that alerts came from.", "[]", limit=2 * LINE),
    alerts.json("MovedTo", "Ids of incidents that alerts went to.", "[]", limit=2 * LINE),
    alerts.text("MergedInto", "The one incident that all its alerts went to."),
    ours.line("ValuesTruncated", "Columns that were cut to fit.", "Timeline"),
)
LIFECYCLE = (
    row.count(
        "Revision",
        "Rises by one when there is something to tell: graver validation or severity, a new device, user or "
        "tactic, reopened, merged or emptied.",
        1,
    ),
    Source("ours, then the consumer's", Role.LIFECYCLE).text(
        "NotifyState",
        "What a consumer is to tell: `new` and `updated`. `pending` while all its alerts wait for their "
        "first hunt, `historic` while all are. Any other value is a consumer's mark, and we leave it until "
        "the revision rises.",
        "new",
        limit=WORD,
        words=("pending", "new", "updated", "historic"),
    ),
    row.line(
        "NotifyReason",
        "Why the revision last rose, with what nobody had read before.",
        "Validation Likely → Confirmed; device srv-01",
    ),
    row.time("FirstPublished", "When the row was first written.", _NEWS.replace(minute=16)),
    row.time("LastPublished", "When we last wrote it.", _NEWS.replace(minute=32)),
)
GROUPS: tuple[tuple[str, tuple[Definition, ...]], ...] = (
    ("The incident", WHAT),
    ("How many", COUNTS),
    ("Devices and users", WHO),
    ("What happened", STORY),
    ("Moves, and the row itself", MOVES + LIFECYCLE),
)
INCIDENT_COLUMNS: tuple[Definition, ...] = tuple(each for _, group in GROUPS for each in group)
BY_NAME: Mapping[str, Definition] = MappingProxyType({each.name: each for each in INCIDENT_COLUMNS})
CONTENT: tuple[Definition, ...] = tuple(c for c in INCIDENT_COLUMNS if c.role is not Role.LIFECYCLE)

# What may differ between two runs over the same alerts: when the row was written, and what was told before.
INCIDENT_VOLATILE = ("Revision", "NotifyState", "NotifyReason", "FirstPublished", "LastPublished")
