"""The columns of `Incidents`: one row for each incident, made of its alerts' rows, flat and always whole."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from shared.core.conclude import Validation
from shared.core.incidents.state import State
from shared.core.row import Definition, Role, column

text, count, time, json_text = column.text, column.count, column.time, column.json_text
LINE, WORD = column.LINE, column.WORD
_NEWS = datetime(2026, 11, 23, 8, 12, 0, tzinfo=UTC)
_FROM = "its alerts"

WHAT = (
    text("IncidentId", "Defender's id of the incident.", _FROM, "1042"),
    text(
        "IncidentUrl",
        "The incident in the portal.",
        _FROM,
        "https://security.microsoft.com/incidents/1042",
        limit=LINE,
    ),
    text(
        "Title",
        "Its gravest alert's name, with how many more there are, and where.",
        _FROM,
        "Suspicious PowerShell command line and 5 more alerts on ws-0042",
        limit=LINE,
    ),
    text(
        "State",
        "`open` while an alert is Active, else `resolved`; `emptied` once all its alerts are in others.",
        _FROM,
        "open",
        words=tuple(State),
    ),
    count(
        "Priority",
        "1 (now) to 5 (when there is time): the first of its open alerts, of all where none is open.",
        _FROM,
        1,
    ),
    text("PriorityReason", "Why this number, of that alert.", _FROM, "confirmed by telemetry, severity High"),
    text(
        "Validation",
        "The gravest of its alerts: Confirmed, then Likely, Contained, Blocked, Unproven, NoTelemetry.",
        _FROM,
        "Confirmed",
        words=tuple(Validation),
    ),
    text("ValidationReason", "Why, of the gravest alert.", _FROM, "the alert's process …", limit=LINE),
    text("Severity", "The gravest of its alerts, in ASIM's word.", _FROM, "High"),
    count("SeverityId", "The same by OCSF's number, as in `Alerts`.", _FROM, 4),
    text("Tenant", "As in `Alerts`.", "ours", "home", limit=column.OURS),
    text("TenantId", "The tenant it belongs to.", _FROM, "99999999-8888-7777-6666-555555555555"),
    time("CreatedTime", "When its first alert was raised.", _FROM, _NEWS),
    time("LastAlertTime", "When its last alert was raised.", _FROM, _NEWS.replace(minute=31)),
    time("FirstActivityTime", "The first event that Defender saw.", _FROM, _NEWS),
    time("LastActivityTime", "The last event that Defender saw.", _FROM, _NEWS.replace(minute=30)),
)
COUNTS = (
    count("AlertCount", "Its alerts.", _FROM, 6),
    count("OpenCount", "Those that are Active.", _FROM, 6),
    *(
        count(f"{word}Count", f"Those whose Validation is {word}.", _FROM, 1 if word == "Confirmed" else 0)
        for word in Validation
    ),
    count("DeviceCount", "Its devices.", _FROM, 2),
    count("UserCount", "Its users.", _FROM, 1),
)
WHO = (
    text(
        "Devices",
        "Its devices by name, those of the gravest alerts first.",
        _FROM,
        "ws-0042, srv-01",
        limit=2 * LINE,
    ),
    json_text(
        "DevicesJson",
        "The same as a list of objects: id, name, os, value, alerts (how many).",
        _FROM,
        '[{"id":"1e5bc9d7e413ddd7902c2932e418702b84d0cc07","name":"ws-0042","alerts":6}]',
        limit=8 * LINE,
    ),
    text("Users", "Its users, those of the gravest alerts first.", _FROM, "CONTOSO\\alice", limit=2 * LINE),
    json_text(
        "UsersJson",
        "The same as a list of objects: name, upn, sid, alerts (how many).",
        _FROM,
        '[{"name":"CONTOSO\\\\alice","alerts":6}]',
        limit=8 * LINE,
    ),
)
STORY = (
    text(
        "Tactics", "ATT&CK tactics, in the order of an attack.", _FROM, "Execution, Persistence", limit=LINE
    ),
    text(
        "Techniques",
        "ATT&CK techniques that its alerts name or telemetry shows, in the order of their tactics.",
        _FROM,
        "PowerShell (T1059.001)",
        limit=4 * LINE,
    ),
    json_text(
        "Behaviours",
        "What was seen on all devices, gravest first: rule, title, level, tactic, techniques, device, "
        "process (its id in ProcessForest), time, text, alert (its RowKey).",
        _FROM,
        '[{"rule":"…","title":"Shadow copies deleted","level":"high"}]',
    ),
    json_text(
        "ProcessForest",
        "The processes of all alerts, each once: a list of devices (device, device_id, processes), each "
        "process with id, parent, pid, created, name, command, alerts (RowKeys: whose process it is).",
        _FROM,
        '[{"device":"ws-0042","processes":[{"id":"f0","name":"a.exe"}]}]',
    ),
    json_text(
        "Timeline",
        "The steps of all stories in time order: time, device, text, weight (higher is graver), kind, "
        "process (its id in ProcessForest), alert (its RowKey). The gravest stay where there are too many.",
        _FROM,
        '[{"time":"2026-11-23T08:12:00.1234567Z","device":"ws-0042","text":"…","weight":100}]',
    ),
    text(
        "NextSteps",
        "What to do next, up to five lines: those of the alert to look at first, and what else must be "
        "contained. The hunting line ends in a link that opens its query; nothing else in the text is one.",
        _FROM,
        "Contain: isolate ws-0042 …",
        limit=4 * LINE,
    ),
    json_text(
        "AlertKeys",
        "Its alerts, gravest first: PartitionKey and RowKey in `Alerts` with `|` between.",
        _FROM,
        '["2026-11-23|da638999111222333444_-1234567890"]',
    ),
)
MOVES = (
    json_text("MovedFrom", "Ids of incidents that alerts came from.", _FROM, "[]", limit=2 * LINE),
    json_text("MovedTo", "Ids of incidents that alerts went to.", _FROM, "[]", limit=2 * LINE),
    text("MergedInto", "The one incident that all its alerts went to.", _FROM, ""),
    text("ValuesTruncated", "Columns that were cut to fit.", "ours", "Timeline", limit=LINE),
)
LIFECYCLE = column.lifecycle(
    count(
        "Revision",
        "Rises by one when there is something to tell: graver validation or severity, a new device, user or "
        "tactic, reopened, merged or emptied.",
        "ours",
        1,
    ),
    text(
        "NotifyState",
        "What a consumer is to tell: `new` and `updated`. `pending` while all its alerts wait for their "
        "first hunt, `historic` while all are. Any other value is a consumer's mark, and we leave it until "
        "the revision rises.",
        "ours, then the consumer's",
        "new",
        limit=WORD,
        words=("pending", "new", "updated", "historic"),
    ),
    text(
        "NotifyReason",
        "Why the revision last rose, with what nobody had read before.",
        "ours",
        "Validation Likely → Confirmed; device srv-01",
        limit=LINE,
    ),
    time("FirstPublished", "When the row was first written.", "ours", _NEWS.replace(minute=16)),
    time("LastPublished", "When we last wrote it.", "ours", _NEWS.replace(minute=32)),
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
