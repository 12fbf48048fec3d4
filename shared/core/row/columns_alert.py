"""The columns that say what the alert is: ASIM's names where it has one, Defender's words for the rest.

https://learn.microsoft.com/en-us/azure/sentinel/normalization-schema-alert and
https://learn.microsoft.com/en-us/defender-endpoint/api/alerts (read 2026-11).
"""

from datetime import UTC, datetime

from shared.core.row.column import LINE, OURS, count, json_text, text, time

_NEWS = datetime(2026, 11, 23, 8, 14, 57, 722023, tzinfo=UTC)

ALERT = (
    text("AlertId", "Defender's id of the alert.", "alert", "da638999111222333444_-1234567890"),
    text("AlertName", "The title.", "alert", "Suspicious PowerShell command line", limit=LINE),
    text("AlertDescription", "What Defender says of it.", "alert", "A suspicious activity …", limit=8 * LINE),
    text(
        "EventSeverity",
        "ASIM's word; a word of Defender's that we do not know is shown as it is.",
        "alert, mapped",
        "High",
    ),
    count(
        "SeverityId",
        "OCSF's number: 0 unknown or not said, 1 Informational, 2 Low, 3 Medium, 4 High, 99 what we do not "
        "know (so that `ge 4` misses nothing).",
        "alert, mapped",
        4,
    ),
    text("DefenderSeverity", "Defender's own word.", "alert", "High"),
    text("AlertStatus", "Closed once resolved.", "alert, mapped", "Active", words=("Active", "Closed")),
    text(
        "DefenderStatus",
        "The API's own word, as it spells it: New, InProgress, Resolved (`new` … from Graph).",
        "alert",
        "New",
    ),
    text(
        "AlertVerdict",
        "What a person has said of it.",
        "alert's classification, mapped",
        "Unknown",
        words=("True Positive", "False Positive", "Benign Positive", "Unknown"),
    ),
    text(
        "Classification",
        "The API's own word; AlertVerdict is the same for both APIs.",
        "alert",
        "TruePositive",
    ),
    text("Determination", "The API's own word.", "alert", "Malware"),
    text(
        "AlertDetermination",
        "The same in Defender's spelling, whichever API it came from; a word we do not know as it is.",
        "alert, mapped",
        "Malware",
    ),
    text("AssignedTo", "Who works on it.", "alert", "soc@contoso.example"),
    text(
        "ThreatName",
        "The malware's name, where Defender has one.",
        "alert, else the gravest malware of the evidence",
        "Trojan:Win32/Example",
    ),
    text("ThreatFamily", "The malware's family.", "alert", "Example"),
    text("ThreatCategory", "Defender's category of the alert.", "alert", "Execution"),
    text("AttackTactics", "The ATT&CK tactic that the category names, if any.", "alert, mapped", "Execution"),
    text(
        "AttackTechniques",
        "ATT&CK techniques that Defender names, with commas between.",
        "alert, mapped",
        "PowerShell (T1059.001), Ingress Tool Transfer (T1105)",
        limit=LINE,
    ),
    json_text(
        "AttackTechniquesJson",
        "The same as a list of objects.",
        "alert, mapped",
        '[{"id":"T1059.001","name":"PowerShell"}]',
        limit=4 * LINE,
    ),
    text("DetectionSource", "Which part of Defender raised it.", "alert", "WindowsDefenderAtp"),
    text("ServiceSource", "Which product raised it (Graph only).", "alert", "MicrosoftDefenderForEndpoint"),
    text("DetectorId", "The detector's id.", "alert", "00000000-1111-2222-3333-444444444444"),
    text("IncidentId", "The incident that the alert belongs to.", "alert", "4711"),
    text(
        "IncidentUrl",
        "The incident in the portal.",
        "alert, else made from the id",
        "https://security.microsoft.com/incidents/4711",
        limit=LINE,
    ),
    text(
        "EventReportUrl",
        "The alert in the portal.",
        "alert, else made from the id",
        "https://security.microsoft.com/alerts/da638999111222333444_-1234567890",
        limit=LINE,
    ),
    text("InvestigationId", "The automated investigation's id.", "alert", "271"),
    text("InvestigationState", "Where the automated investigation stands.", "alert", "Running"),
    text("AlertSource", "The API it came from.", "ours", "defender", words=("defender", "graph")),
    text(
        "Tenant",
        "The name under which the tenant's work is kept: home, unless further tenants are worked on.",
        "ours",
        "home",
        limit=OURS,
    ),
    text("TenantId", "The tenant it belongs to.", "alert, else ours", "99999999-8888-7777-6666-555555555555"),
    time("CreatedTime", "When Defender raised it; its day is the PartitionKey.", "alert", _NEWS),
    time("AlertUpdated", "Defender's last update of the version shown.", "alert", _NEWS.replace(minute=16)),
    time("FirstEventTime", "The first event that Defender saw.", "alert", _NEWS.replace(minute=12)),
    time("LastEventTime", "The last event that Defender saw.", "alert", _NEWS.replace(minute=13)),
    time("ResolvedTime", "When it was resolved.", "alert", _NEWS.replace(hour=9)),
    text("RecommendedActions", "What Defender recommends.", "alert (Graph only)", "…", limit=8 * LINE),
    count("CommentCount", "Comments on the alert.", "alert", 1),
    json_text(
        "CommentsJson",
        "The comments, newest first: author, created, text.",
        "alert",
        '[{"author":"soc@contoso.example","text":"triage started"}]',
        limit=4 * LINE,
    ),
)
