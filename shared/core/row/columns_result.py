"""The columns that say what we found and how the row came about."""

from datetime import UTC, datetime

from shared.core.conclude import Validation
from shared.core.correlate import Method, Reason, Status
from shared.core.row.column import (
    LINE,
    LONG,
    WORD,
    Definition,
    Role,
    count,
    flag,
    json_text,
    lifecycle,
    text,
    time,
)

_SAID = datetime(2026, 11, 23, 8, 16, 20, tzinfo=UTC)
_HUNT = Role.CORRELATION


def _hunted(name: str, meaning: str, example: str, *, limit: int = LINE) -> Definition:
    return text(name, meaning, "hunt", example, limit=limit, role=_HUNT)


CORRELATION = (
    text(
        "CorrelationStatus",
        "Whether the alert is tied to telemetry.",
        "hunt",
        "Correlated",
        role=_HUNT,
        words=tuple(Status),
    ),
    text(
        "CorrelationMethod",
        "How it is tied, by the strongest match.",
        "hunt",
        "ExactProcess",
        role=_HUNT,
        words=tuple(Method),
    ),
    count("CorrelationConfidence", "How sure the tie is, 0 to 100.", "hunt", 95, role=_HUNT),
    text(
        "CorrelationReason",
        'Why it is not (or not yet) tied; "" where it is.',
        "hunt",
        "",
        role=_HUNT,
        words=tuple(Reason),
    ),
    _hunted("CorrelationDetail", "The same in words, where there is more to say.", ""),
    _hunted("AnchorProcess", "The process the alert was tied to.", "powershell.exe (pid 3276)"),
    _hunted("AnchorCommandLine", "Its command line in telemetry.", "powershell.exe -nop …", limit=4 * LINE),
    count(
        "EventCount",
        "Events tied to the alert: the true count, also where rows were cut.",
        "hunt",
        12,
        role=_HUNT,
    ),
    count("EventsShown", "Events in AlertEvents.", "hunt", 12, role=_HUNT),
    flag("EventsTruncated", "True where fewer are shown than there are.", "hunt", False, role=_HUNT),
    _hunted("EventsLeftOut", "What was left out, in words.", ""),
    _hunted("HuntingQuery", "KQL that returns every event shown.", "union …", limit=LONG),
    _hunted(
        "HuntingUrl",
        'The query in the portal; "" where no link holds it.',
        "https://security.microsoft.com/v2/advanced-hunting?query=…",
    ),
    flag("QueryLinkShortened", "True where the link opens a shorter query.", "hunt", False, role=_HUNT),
    text(
        "Validation",
        "Whether the telemetry bears the alert out.",
        "hunt",
        "Confirmed",
        role=_HUNT,
        words=tuple(Validation),
    ),
    count(
        "Priority",
        "In which order to look, from 1 (now) to 5 (when there is time): by validation, severity, the value "
        "of the device, its domain administrators and the number of devices.",
        "ours",
        2,
    ),
    text(
        "PriorityReason",
        "Why this number, in words of ours alone.",
        "ours",
        "confirmed by telemetry, severity Medium",
    ),
    _hunted("ValidationReason", "Why, in one sentence's words.", "the alert's process ran and acted"),
    _hunted(
        "Story", "What happened, one line a step, in time order.", "Confirmed by telemetry: …", limit=LONG
    ),
    _hunted(
        "NextSteps",
        "What to do next, up to five lines in the order of doing: contain, look, hunt, collect, close. The "
        "hunting line ends in a link that opens its query; nothing else in the text is a link.",
        "Contain: isolate ws-0042 …",
        limit=4 * LINE,
    ),
    json_text(
        "StorySteps",
        "The same steps as a list of objects: time, device, text, weight (higher is graver), kind (`start` "
        "of a process, `behaviour` that a rule saw, `act`), process (its id in ProcessTree).",
        "hunt",
        '[{"time":"2026-11-23T08:12:00.1234567Z","device":"ws-0042","text":"…","weight":100}]',
        limit=10 * LINE,
        role=_HUNT,
    ),
    json_text(
        "ProcessTree",
        "The processes, parents first, each with its device.",
        "hunt",
        '[{"id":"p0","name":"a.exe"}]',
        role=_HUNT,
    ),
    _hunted(
        "TechniquesShown", "ATT&CK techniques that the telemetry itself shows.", "PowerShell (T1059.001)"
    ),
    json_text(
        "Behaviours",
        "What the alert's own processes were seen to do, gravest first: rule, title, level, tactic, "
        "techniques, process (its id in ProcessTree), event (its RowKey in AlertEvents), time, text.",
        "hunt",
        '[{"rule":"…","title":"Shadow copies deleted","level":"high","techniques":["T1490"]}]',
        role=_HUNT,
    ),
    _hunted(
        "DetectionIds",
        "Ids of the rules behind Behaviours, gravest first: begins with the gravest one's.",
        "dfb84ed6-0b69-4a9b-9d6b-2f6a4a3ad7c1, sequence-downloaded-then-run",
    ),
    _hunted("DetectionsVersion", "The rules that judged, by their digest.", "3f9ab2c41d07"),
    text(
        "SeenBefore",
        "Earlier alerts with the same file, address or command.",
        "our own tables",
        "",
        limit=3 * LINE,
    ),
)
QUALITY = (
    json_text(
        "OtherFacts",
        "What else the alert says: each value of its JSON that no other column shows, with the path to it. "
        "Times in UTC; null, empty, and times that say `unset` are left out, and OData's notes but for "
        "`@odata.type`.",
        "alert",
        '[{"path":"evidence[3].countryLetterCode","value":"NL"}]',
        limit=12 * LINE,
    ),
    text(
        "UnreadableFields",
        "Fields that were there and could not be read: path and value.",
        "ours",
        "firstEventTime: soon",
        limit=LINE,
    ),
    text("ValuesTruncated", "Columns that were cut to fit.", "ours", "AlertDescription", limit=LINE),
    json_text(
        "DetectionFinding",
        "The alert as an OCSF 1.8 Detection Finding (class 2004).",
        "all of the above",
        '{"class_uid":2004,"type_uid":200401}',
    ),
)
LIFECYCLE = lifecycle(
    count("Generation", "The version of the alert, by our count.", "ours", 1),
    count(
        "CorrelationGeneration",
        "The version that the correlation shown was made for: an earlier one where the hunt for this one was "
        "put off.",
        "ours",
        1,
    ),
    count(
        "Revision",
        "Rises by one when there is something to tell: a better tie or validation, new evidence, severity "
        "raised, reopened.",
        "ours",
        1,
    ),
    text(
        "NotifyState",
        "What a consumer is to tell: `new` and `updated`. `pending` waits for the first hunt, `historic` is "
        "older than the installation or a backfill. Any other value is a consumer's mark, and we leave it "
        "until the revision rises.",
        "ours, then the consumer's",
        "new",
        limit=WORD,  # a consumer writes it, too
        words=("pending", "new", "updated", "historic"),
    ),
    text(
        "ChangedFields",
        "Columns that changed when the revision last rose, with what had changed before and nobody had read.",
        "ours",
        "CorrelationStatus, Validation",
        limit=2 * LINE,
    ),
    text(
        "IncidentDay",
        "The PartitionKey of the alert's incident in `Incidents`; its RowKey is IncidentId, made safe.",
        "ours",
        "2026-11-23",
    ),
    json_text(
        "IncidentMovedFrom",
        "Ids of the incidents that the alert was in before, the last one first.",
        "ours",
        "[]",
        limit=2 * LINE,
    ),
    time("FirstPublished", "When the row was first written.", "ours", _SAID),
    time("LastPublished", "When we last wrote it.", "ours", _SAID),
)
