"""The columns that say what we found and how the row came about."""

from datetime import UTC, datetime

from shared.core.conclude import Validation
from shared.core.correlate import Method, Reason, Status
from shared.core.row.column import LINE, LONG, WORD, Role, Source

_SAID = datetime(2026, 11, 23, 8, 16, 20, tzinfo=UTC)


hunt = Source("hunt", Role.CORRELATION)
ours = Source("ours")
row = Source("ours", Role.LIFECYCLE)

CORRELATION = (
    hunt.text(
        "CorrelationStatus", "Whether the alert is tied to telemetry.", "Correlated", words=tuple(Status)
    ),
    hunt.text(
        "CorrelationMethod", "How it is tied, by the strongest match.", "ExactProcess", words=tuple(Method)
    ),
    hunt.count("CorrelationConfidence", "How sure the tie is, 0 to 100.", 95),
    hunt.text("CorrelationReason", 'Why it is not (or not yet) tied; "" where it is.', words=tuple(Reason)),
    hunt.line("CorrelationDetail", "The same in words, where there is more to say.", ""),
    hunt.line("AnchorProcess", "The process the alert was tied to.", "powershell.exe (pid 3276)"),
    hunt.text("AnchorCommandLine", "Its command line in telemetry.", "powershell.exe -nop …", limit=4 * LINE),
    hunt.count("EventCount", "Events tied to the alert: the true count, also where rows were cut.", 12),
    hunt.count("EventsShown", "Events in AlertEvents.", 12),
    hunt.flag("EventsTruncated", "True where fewer are shown than there are.", False),
    hunt.line("EventsLeftOut", "What was left out, in words.", ""),
    hunt.text("HuntingQuery", "KQL that returns every event shown.", "union …", limit=LONG),
    hunt.line(
        "HuntingUrl",
        'The query in the portal; "" where no link holds it.',
        "https://security.microsoft.com/v2/advanced-hunting?query=…",
    ),
    hunt.flag("QueryLinkShortened", "True where the link opens a shorter query.", False),
    hunt.text(
        "Validation", "Whether the telemetry bears the alert out.", "Confirmed", words=tuple(Validation)
    ),
    ours.count(
        "Priority",
        "In which order to look, from 1 (now) to 5 (when there is time): by validation, severity, the value "
        "of the device, its domain administrators and the number of devices.",
        2,
    ),
    ours.text(
        "PriorityReason",
        "Why this number, in words of ours alone.",
        "confirmed by telemetry, severity Medium",
    ),
    hunt.line("ValidationReason", "Why, in one sentence's words.", "the alert's process ran and acted"),
    hunt.text(
        "Story", "What happened, one line a step, in time order.", "Confirmed by telemetry: …", limit=LONG
    ),
    hunt.text(
        "NextSteps",
        "What to do next, up to five lines in the order of doing: contain, look, hunt, collect, close. The "
        "hunting line ends in a link that opens its query; nothing else in the text is a link.",
        "Contain: isolate ws-0042 …",
        limit=4 * LINE,
    ),
    hunt.json(
        "StorySteps",
        "The same steps as a list of objects: time, device, text, weight (higher is graver), kind (`start` "
        "of a process, `behaviour` that a rule saw, `act`), process (its id in ProcessTree).",
        '[{"time":"2026-11-23T08:12:00.1234567Z","device":"ws-0042","text":"…","weight":100}]',
        limit=10 * LINE,
    ),
    hunt.json(
        "ProcessTree", "The processes, parents first, each with its device.", '[{"id":"p0","name":"a.exe"}]'
    ),
    hunt.line(
        "TechniquesShown", "ATT&CK techniques that the telemetry itself shows.", "PowerShell (T1059.001)"
    ),
    hunt.json(
        "Behaviours",
        "What the alert's own processes were seen to do, gravest first: rule, title, level, tactic, "
        "techniques, process (its id in ProcessTree), event (its RowKey in AlertEvents), time, text.",
        '[{"rule":"…","title":"Shadow copies deleted","level":"high","techniques":["T1490"]}]',
    ),
    hunt.line(
        "DetectionIds",
        "Ids of the rules behind Behaviours, gravest first: begins with the gravest one's.",
        "dfb84ed6-0b69-4a9b-9d6b-2f6a4a3ad7c1, sequence-downloaded-then-run",
    ),
    hunt.line("DetectionsVersion", "The rules that judged, by their digest.", "3f9ab2c41d07"),
    Source("our own tables").text(
        "SeenBefore", "Earlier alerts with the same file, address or command.", limit=3 * LINE
    ),
)
QUALITY = (
    Source("alert").json(
        "OtherFacts",
        "What else the alert says: each value of its JSON that no other column shows, with the path to it. "
        "Times in UTC; null, empty, and times that say `unset` are left out, and OData's notes but for "
        "`@odata.type`.",
        '[{"path":"evidence[3].countryLetterCode","value":"NL"}]',
        limit=12 * LINE,
    ),
    ours.line(
        "UnreadableFields",
        "Fields that were there and could not be read: path and value.",
        "firstEventTime: soon",
    ),
    ours.line("ValuesTruncated", "Columns that were cut to fit.", "AlertDescription"),
    Source("all of the above").json(
        "DetectionFinding",
        "The alert as an OCSF 1.8 Detection Finding (class 2004).",
        '{"class_uid":2004,"type_uid":200401}',
    ),
)
LIFECYCLE = (
    row.count("Generation", "The version of the alert, by our count.", 1),
    row.count(
        "CorrelationGeneration",
        "The version that the correlation shown was made for: an earlier one where the hunt for this one was "
        "put off.",
        1,
    ),
    row.count(
        "Revision",
        "Rises by one when there is something to tell: a better tie or validation, new evidence, severity "
        "raised, reopened.",
        1,
    ),
    Source("ours, then the consumer's", Role.LIFECYCLE).text(
        "NotifyState",
        "What a consumer is to tell: `new` and `updated`. `pending` waits for the first hunt, `historic` is "
        "older than the installation or a backfill. Any other value is a consumer's mark, and we leave it "
        "until the revision rises.",
        "new",
        limit=WORD,
        words=("pending", "new", "updated", "historic"),
    ),
    row.text(
        "ChangedFields",
        "Columns that changed when the revision last rose, with what had changed before and nobody had read.",
        "CorrelationStatus, Validation",
        limit=2 * LINE,
    ),
    row.text(
        "IncidentDay",
        "The PartitionKey of the alert's incident in `Incidents`; its RowKey is IncidentId, made safe.",
        "2026-11-23",
    ),
    row.json(
        "IncidentMovedFrom",
        "Ids of the incidents that the alert was in before, the last one first.",
        "[]",
        limit=2 * LINE,
    ),
    row.time("FirstPublished", "When the row was first written.", _SAID),
    row.time("LastPublished", "When we last wrote it.", _SAID),
)
