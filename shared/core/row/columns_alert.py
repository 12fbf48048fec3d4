"""The columns that say what the alert is: ASIM's names where it has one, Defender's words for the rest.

https://learn.microsoft.com/en-us/azure/sentinel/normalization-schema-alert and
https://learn.microsoft.com/en-us/defender-endpoint/api/alerts (read 2026-11).
"""

from datetime import UTC, datetime

from shared.core.row.column import LINE, OURS, Source

_NEWS = datetime(2026, 11, 23, 8, 14, 57, 722023, tzinfo=UTC)

alert = Source("alert")
mapped = Source("alert, mapped")
ours = Source("ours")
link = Source("alert, else made from the id")

ALERT = (
    alert.text("AlertId", "Defender's id of the alert.", "da638999111222333444_-1234567890"),
    alert.line("AlertName", "The title.", "Suspicious PowerShell command line"),
    alert.text("AlertDescription", "What Defender says of it.", "A suspicious activity …", limit=8 * LINE),
    mapped.text(
        "EventSeverity", "ASIM's word; a word of Defender's that we do not know is shown as it is.", "High"
    ),
    mapped.count(
        "SeverityId",
        "OCSF's number: 0 unknown or not said, 1 Informational, 2 Low, 3 Medium, 4 High, 99 what we do not "
        "know (so that `ge 4` misses nothing).",
        4,
    ),
    alert.text("DefenderSeverity", "Defender's own word.", "High"),
    mapped.text("AlertStatus", "Closed once resolved.", "Active", words=("Active", "Closed")),
    alert.text(
        "DefenderStatus",
        "The API's own word, as it spells it: New, InProgress, Resolved (`new` … from Graph).",
        "New",
    ),
    Source("alert's classification, mapped").text(
        "AlertVerdict",
        "What a person has said of it.",
        "Unknown",
        words=("True Positive", "False Positive", "Benign Positive", "Unknown"),
    ),
    alert.text(
        "Classification", "The API's own word; AlertVerdict is the same for both APIs.", "TruePositive"
    ),
    alert.text("Determination", "The API's own word.", "Malware"),
    mapped.text(
        "AlertDetermination",
        "The same in Defender's spelling, whichever API it came from; a word we do not know as it is.",
        "Malware",
    ),
    alert.text("AssignedTo", "Who works on it.", "soc@contoso.example"),
    Source("alert, else the gravest malware of the evidence").text(
        "ThreatName", "The malware's name, where Defender has one.", "Trojan:Win32/Example"
    ),
    alert.text("ThreatFamily", "The malware's family.", "Example"),
    alert.text("ThreatCategory", "Defender's category of the alert.", "Execution"),
    mapped.text("AttackTactics", "The ATT&CK tactic that the category names, if any.", "Execution"),
    mapped.line(
        "AttackTechniques",
        "ATT&CK techniques that Defender names, with commas between.",
        "PowerShell (T1059.001), Ingress Tool Transfer (T1105)",
    ),
    mapped.json(
        "AttackTechniquesJson",
        "The same as a list of objects.",
        '[{"id":"T1059.001","name":"PowerShell"}]',
        limit=4 * LINE,
    ),
    alert.text("DetectionSource", "Which part of Defender raised it.", "WindowsDefenderAtp"),
    alert.text("ServiceSource", "Which product raised it (Graph only).", "MicrosoftDefenderForEndpoint"),
    alert.text("DetectorId", "The detector's id.", "00000000-1111-2222-3333-444444444444"),
    alert.text("IncidentId", "The incident that the alert belongs to.", "4711"),
    link.line("IncidentUrl", "The incident in the portal.", "https://security.microsoft.com/incidents/4711"),
    link.line(
        "EventReportUrl",
        "The alert in the portal.",
        "https://security.microsoft.com/alerts/da638999111222333444_-1234567890",
    ),
    alert.text("InvestigationId", "The automated investigation's id.", "271"),
    alert.text("InvestigationState", "Where the automated investigation stands.", "Running"),
    ours.text("AlertSource", "The API it came from.", "defender", words=("defender", "graph")),
    ours.text(
        "Tenant",
        "The name under which the tenant's work is kept: home, unless further tenants are worked on.",
        "home",
        limit=OURS,
    ),
    Source("alert, else ours").text(
        "TenantId", "The tenant it belongs to.", "99999999-8888-7777-6666-555555555555"
    ),
    alert.time("CreatedTime", "When Defender raised it; its day is the PartitionKey.", _NEWS),
    alert.time("AlertUpdated", "Defender's last update of the version shown.", _NEWS.replace(minute=16)),
    alert.time("FirstEventTime", "The first event that Defender saw.", _NEWS.replace(minute=12)),
    alert.time("LastEventTime", "The last event that Defender saw.", _NEWS.replace(minute=13)),
    alert.time("ResolvedTime", "When it was resolved.", _NEWS.replace(hour=9)),
    Source("alert (Graph only)").text("RecommendedActions", "What Defender recommends.", "…", limit=8 * LINE),
    alert.count("CommentCount", "Comments on the alert.", 1),
    alert.json(
        "CommentsJson",
        "The comments, newest first: author, created, text.",
        '[{"author":"soc@contoso.example","text":"triage started"}]',
        limit=4 * LINE,
    ),
)
