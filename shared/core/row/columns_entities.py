"""The columns that say what the alert is about: its device, users, and evidence, with what was looked up."""

from datetime import UTC, datetime

from shared.core.row.column import LINE, LONG, OURS, WORD, count, json_text, text, time
from shared.core.row.users import Origin

_PROCESS = "evidence: the first process by its rank, else telemetry"
_FILE = "evidence: the first file by its rank, else telemetry"
_DEVICE = "look-up, else alert"
_USER = "see `UserFrom`"

DEVICE = (
    text("DvcHostname", "The device's name.", "alert, else look-up", "ws-0042.contoso.example"),
    text(
        "DvcId",
        "Defender's id of the device.",
        "alert, else telemetry",
        "1e5bc9d7e413ddd7902c2932e418702b84d0cc07",
    ),
    text(
        "DeviceFrom",
        'Where what is known of the device comes from: `look-up`, `alert` (its deviceEvidence), with "and" '
        "where each filled a gap; `telemetry` before it where only the tied process says which device it is.",
        "ours",
        "look-up and alert",
        limit=OURS,
    ),
    text("DvcIpAddr", "Its last address.", _DEVICE, "10.0.4.42"),
    text("DvcExternalIpAddr", "Its last address as seen from outside.", _DEVICE, "203.0.113.7"),
    text("DvcOs", "Its operating system.", _DEVICE, "Windows11"),
    text("DvcOsVersion", "Its version.", _DEVICE, "23H2"),
    text("DvcOsBuild", "Its build, as text.", _DEVICE, "26100"),
    text("DvcGroup", "Its device group.", "alert, else look-up", "Workstations"),
    text("DvcTags", "Its tags, with commas between.", _DEVICE, "finance, vip", limit=LINE),
    json_text("DvcTagsJson", "The same as a list.", _DEVICE, '["finance","vip"]', limit=2 * LINE),
    text("DvcRiskScore", "Defender's risk score.", _DEVICE, "High"),
    text("DvcExposure", "Defender's exposure level.", "device look-up", "Medium"),
    text("DvcValue", "The value the organisation gave it.", "device look-up", "High"),
    text("DvcHealth", "Its sensor's health.", _DEVICE, "Active"),
    time(
        "DvcLastSeen", "When it last reported.", "device look-up", datetime(2026, 11, 23, 8, 10, tzinfo=UTC)
    ),
    count("DvcCount", "Devices that the alert names.", "alert and evidence", 1),
)
USER = (
    text("Username", "The user, `DOMAIN\\name` where both are known.", _USER, "CONTOSO\\alice"),
    text("UserUpn", "The user's principal name.", _USER, "alice@contoso.example"),
    text("UserSid", "The user's SID.", _USER, "S-1-5-21-1004336348-1177238915-682003330-1104"),
    text("UserObjectId", "The user's Entra object id.", _USER, "11111111-2222-3333-4444-555555555555"),
    text(
        "UserFrom",
        "Who says that it is this user: the evidence, the alert's relatedUser (`alert`), the account of a "
        "process of the alert (`process`) or of the process it is tied to (`telemetry`), or that they were "
        "logged on to the device.",
        "ours",
        "evidence",
        words=tuple(Origin),
    ),
    text(
        "LoggedOnUsers",
        "Users seen on the alert's devices, those of the device shown first, with commas between.",
        "alert and look-up",
        "CONTOSO\\alice, CONTOSO\\bob",
        limit=LINE,
    ),
    json_text(
        "LoggedOnUsersJson",
        "The same as a list of objects, domain admins marked, and the device named where it is another.",
        "alert and look-up",
        '[{"name":"CONTOSO\\\\alice","isDomainAdmin":false}]',
        limit=4 * LINE,
    ),
)
EVIDENCE = (
    text(
        "ProcessFrom",
        "Who names the process: the evidence, or telemetry alone.",
        "ours",
        "evidence",
        words=(Origin.EVIDENCE, Origin.TELEMETRY, Origin.NONE),
    ),
    text("ProcessName", "The process's file name.", _PROCESS, "powershell.exe"),
    text("ProcessId", "Its pid, as text.", _PROCESS, "3276"),
    text(
        "ProcessCreationTime",
        "Its creation time, all seven digits.",
        _PROCESS,
        "2026-11-23T08:12:32.9581596Z",
    ),
    text("ProcessCommandLine", "Its command line.", _PROCESS, "powershell.exe -nop -w hidden …", limit=LONG),
    text("ParentProcessName", "Its parent's file name.", _PROCESS, "winword.exe"),
    text("ParentProcessId", "Its parent's pid, as text.", _PROCESS, "8420"),
    text(
        "FileFrom",
        "Who names the file: the evidence, or telemetry alone (the image of the tied process).",
        "ours",
        "evidence",
        words=(Origin.EVIDENCE, Origin.TELEMETRY, Origin.NONE),
    ),
    text("FileName", "The file's name, or that of the process's image.", _FILE, "a.ps1"),
    text("FilePath", "Its folder.", _FILE, "C:\\Users\\alice\\AppData\\Local\\Temp", limit=LINE),
    text("FileSHA1", "Its SHA-1.", _FILE, "89abcdef0123456789abcdef0123456789abcdef"),
    text("FileSHA256", "Its SHA-256, often unknown to Defender.", _FILE, ""),
    text("FileMD5", "Its MD5.", _FILE, ""),
    text("FileSigner", "Who signed it.", "look-up, else alert", "Microsoft Windows"),
    text(
        "FileCertificate",
        'Whether its signature\'s certificate is valid; "" where that is not known.',
        "file look-up",
        "Valid",
        words=("", "Valid", "NotValid"),
    ),
    text("FilePublisher", "Who published it.", "look-up, else alert", "Microsoft Corporation"),
    count(
        "FileGlobalPrevalence",
        "Devices anywhere that Defender saw it on; -1 where that is not known.",
        "file look-up",
        3,
        unknown=-1,
    ),
    count(
        "FileOrgPrevalence",
        "Devices of the organisation that saw it; -1 where that is not known.",
        "file look-up",
        1,
        unknown=-1,
    ),
    text("IpAddr", "The first address by its rank.", "evidence", "203.0.113.10"),
    text("IpAddrs", "All addresses, with commas between.", "evidence", "203.0.113.10", limit=LINE),
    text(
        "Url",
        "The first URL or domain.",
        "evidence, else the alert's domains",
        "http://203.0.113.10/a.ps1",
        limit=LINE,
    ),
    text("Domains", "Domains that Defender names, with commas between.", "alert", "evil.example", limit=LINE),
    text(
        "FileHashes",
        "All hashes of all files, in lower case, with commas between.",
        "evidence",
        "89abcdef0123456789abcdef0123456789abcdef",
        limit=2 * LINE,
    ),
    text(
        "RegistryKey",
        "The first registry key, hive first.",
        "evidence",
        "HKEY_LOCAL_MACHINE\\SOFTWARE\\…",
        limit=LINE,
    ),
    text("RegistryValue", "Its value's name.", "evidence", "Updater", limit=WORD),
    text("RegistryValueData", "Its value's data.", "evidence", "C:\\ProgramData\\u.exe", limit=LINE),
    text(
        "DetectionStatus",
        "What Defender did on detection, the worst of it: Detected, Blocked, Prevented.",
        "evidence",
        "Detected",
    ),
    text("RemediationStatus", "What became of it, the worst of it (Graph only).", "evidence", "Remediated"),
    text("EvidenceVerdict", "The gravest verdict on the evidence (Graph only).", "evidence", "Malicious"),
    count("EvidenceCount", "Pieces of evidence.", "evidence", 4),
    text(
        "EvidenceIds",
        "A fingerprint of each piece, by which new evidence is told from old; not for consumers.",
        "ours",
        "0f3a9c21d4 77be01f2aa",
        limit=4 * LINE,
    ),
    json_text(
        "EntitiesJson",
        "Each entity: kind, which item of the alert's evidence it is, its fields, its own detection, "
        "remediation and verdict, what is known of it and from where, how its look-up ended, prevalence, and "
        "a hunting link of its own.",
        "evidence and look-ups",
        '[{"kind":"address","value":"203.0.113.10","lookup":"found","orgPrevalence":2}]',
        limit=LONG,
    ),
    text(
        "EnrichmentStatus",
        "How the look-ups ended: Partial where one was throttled, forbidden or failed; None where there was "
        "nothing to look up.",
        "ours",
        "Complete",
        words=("Complete", "Partial", "None", "NotLookedUp"),
    ),
    text("EnrichmentDetail", "The look-ups that did not end well, and why.", "ours", "", limit=LINE),
)
