"""The columns that say what the alert is about: its device, users, and evidence, with what was looked up."""

from datetime import UTC, datetime

from shared.core.row.column import LINE, LONG, WORD, count, json_text, text, time

_PROCESS = "evidence: the first process"
_FILE = "evidence: the first file, else the process's image"

DEVICE = (
    text("DvcHostname", "The device's name.", "alert, else look-up", "ws-0042.contoso.example"),
    text("DvcId", "Defender's id of the device.", "alert", "1e5bc9d7e413ddd7902c2932e418702b84d0cc07"),
    text("DvcIpAddr", "Its last address.", "device look-up", "10.0.4.42"),
    text("DvcExternalIpAddr", "Its last address as seen from outside.", "device look-up", "203.0.113.7"),
    text("DvcOs", "Its operating system.", "device look-up", "Windows11"),
    text("DvcOsVersion", "Its version.", "device look-up", "23H2"),
    text("DvcGroup", "Its device group.", "alert, else look-up", "Workstations"),
    text("DvcTags", "Its tags, with commas between.", "device look-up", "finance, vip", limit=LINE),
    json_text("DvcTagsJson", "The same as a list.", "device look-up", '["finance","vip"]', limit=2 * LINE),
    text("DvcRiskScore", "Defender's risk score.", "device look-up", "High"),
    text("DvcExposure", "Defender's exposure level.", "device look-up", "Medium"),
    text("DvcValue", "The value the organisation gave it.", "device look-up", "High"),
    text("DvcHealth", "Its sensor's health.", "device look-up", "Active"),
    time(
        "DvcLastSeen", "When it last reported.", "device look-up", datetime(2026, 11, 23, 8, 10, tzinfo=UTC)
    ),
    count("DvcCount", "Devices that the alert names.", "alert and evidence", 1),
)
USER = (
    text(
        "Username", "The user, `DOMAIN\\name` where both are known.", "alert, else evidence", "CONTOSO\\alice"
    ),
    text("UserUpn", "The user's principal name.", "alert, else evidence", "alice@contoso.example"),
    text(
        "UserSid", "The user's SID.", "alert, else evidence", "S-1-5-21-1004336348-1177238915-682003330-1104"
    ),
    text(
        "UserObjectId",
        "The user's Entra object id.",
        "alert, else evidence",
        "11111111-2222-3333-4444-555555555555",
    ),
    text(
        "LoggedOnUsers",
        "Users seen on the device, with commas between.",
        "alert and look-up",
        "CONTOSO\\alice, CONTOSO\\bob",
        limit=LINE,
    ),
    json_text(
        "LoggedOnUsersJson",
        "The same as a list of objects, domain admins marked.",
        "alert and look-up",
        '[{"name":"CONTOSO\\\\alice","isDomainAdmin":false}]',
        limit=4 * LINE,
    ),
)
EVIDENCE = (
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
    text("FileName", "The file's name.", _FILE, "a.ps1"),
    text("FilePath", "Its folder.", _FILE, "C:\\Users\\alice\\AppData\\Local\\Temp", limit=LINE),
    text("FileSHA1", "Its SHA-1.", _FILE, "89abcdef0123456789abcdef0123456789abcdef"),
    text("FileSHA256", "Its SHA-256, often unknown to Defender.", _FILE, ""),
    text("FileMD5", "Its MD5.", _FILE, ""),
    text("FileSigner", "Who signed it.", "file look-up", "Microsoft Windows"),
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
    text("IpAddr", "The first address.", "evidence", "203.0.113.10"),
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
        "What Defender did on detection: Detected, Blocked, Prevented.",
        "evidence",
        "Detected",
    ),
    text("RemediationStatus", "What became of it (Graph only).", "evidence", "remediated"),
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
        "Each entity: kind, which item of the alert's evidence it is, its fields, how its look-up ended, "
        "prevalence, and a hunting link of its own.",
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
