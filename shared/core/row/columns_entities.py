"""The columns that say what the alert is about: its device, users, and evidence, with what was looked up."""

from datetime import UTC, datetime

from shared.core.row.column import LINE, LONG, OURS, Source
from shared.core.row.users import Origin

alert_first = Source("alert, else look-up")
ours = Source("ours")
look_up_first = Source("look-up, else alert")
device = Source("device look-up")
user = Source("see `UserFrom`")
both = Source("alert and look-up")
process = Source("evidence: the first process by its rank, else telemetry")
file = Source("evidence: the first file by its rank, else telemetry")
file_look_up = Source("file look-up")
evidence = Source("evidence")

DEVICE = (
    alert_first.text("DvcHostname", "The device's name.", "ws-0042.contoso.example"),
    Source("alert, else telemetry").text(
        "DvcId", "Defender's id of the device.", "1e5bc9d7e413ddd7902c2932e418702b84d0cc07"
    ),
    ours.text(
        "DeviceFrom",
        'Where what is known of the device comes from: `look-up`, `alert` (its deviceEvidence), with "and" '
        "where each filled a gap; `telemetry` before it where only the tied process says which device it is.",
        "look-up and alert",
        limit=OURS,
    ),
    look_up_first.text("DvcIpAddr", "Its last address.", "10.0.4.42"),
    look_up_first.text("DvcExternalIpAddr", "Its last address as seen from outside.", "203.0.113.7"),
    look_up_first.text("DvcOs", "Its operating system.", "Windows11"),
    look_up_first.text("DvcOsVersion", "Its version.", "23H2"),
    look_up_first.text("DvcOsBuild", "Its build, as text.", "26100"),
    alert_first.text("DvcGroup", "Its device group.", "Workstations"),
    look_up_first.line("DvcTags", "Its tags, with commas between.", "finance, vip"),
    look_up_first.json("DvcTagsJson", "The same as a list.", '["finance","vip"]', limit=2 * LINE),
    look_up_first.text("DvcRiskScore", "Defender's risk score.", "High"),
    device.text("DvcExposure", "Defender's exposure level.", "Medium"),
    device.text("DvcValue", "The value the organisation gave it.", "High"),
    look_up_first.text("DvcHealth", "Its sensor's health.", "Active"),
    device.time("DvcLastSeen", "When it last reported.", datetime(2026, 11, 23, 8, 10, tzinfo=UTC)),
    Source("alert and evidence").count("DvcCount", "Devices that the alert names.", 1),
)
USER = (
    user.text("Username", "The user, `DOMAIN\\name` where both are known.", "CONTOSO\\alice"),
    user.text("UserUpn", "The user's principal name.", "alice@contoso.example"),
    user.text("UserSid", "The user's SID.", "S-1-5-21-1004336348-1177238915-682003330-1104"),
    user.text("UserObjectId", "The user's Entra object id.", "11111111-2222-3333-4444-555555555555"),
    ours.text(
        "UserFrom",
        "Who says that it is this user: the evidence, the alert's relatedUser (`alert`), the account of a "
        "process of the alert (`process`) or of the process it is tied to (`telemetry`), or that they were "
        "logged on to the device.",
        "evidence",
        words=tuple(Origin),
    ),
    both.line(
        "LoggedOnUsers",
        "Users seen on the alert's devices, those of the device shown first, with commas between.",
        "CONTOSO\\alice, CONTOSO\\bob",
    ),
    both.json(
        "LoggedOnUsersJson",
        "The same as a list of objects, domain admins marked, and the device named where it is another.",
        '[{"name":"CONTOSO\\\\alice","isDomainAdmin":false}]',
        limit=4 * LINE,
    ),
)
EVIDENCE = (
    ours.text(
        "ProcessFrom",
        "Who names the process: the evidence, or telemetry alone.",
        "evidence",
        words=(Origin.EVIDENCE, Origin.TELEMETRY, Origin.NONE),
    ),
    process.text("ProcessName", "The process's file name.", "powershell.exe"),
    process.text("ProcessId", "Its pid, as text.", "3276"),
    process.text(
        "ProcessCreationTime", "Its creation time, all seven digits.", "2026-11-23T08:12:32.9581596Z"
    ),
    process.text("ProcessCommandLine", "Its command line.", "powershell.exe -nop -w hidden …", limit=LONG),
    process.text("ParentProcessName", "Its parent's file name.", "winword.exe"),
    process.text("ParentProcessId", "Its parent's pid, as text.", "8420"),
    ours.text(
        "FileFrom",
        "Who names the file: the evidence, or telemetry alone (the image of the tied process).",
        "evidence",
        words=(Origin.EVIDENCE, Origin.TELEMETRY, Origin.NONE),
    ),
    file.text("FileName", "The file's name, or that of the process's image.", "a.ps1"),
    file.line("FilePath", "Its folder.", "C:\\Users\\alice\\AppData\\Local\\Temp"),
    file.text("FileSHA1", "Its SHA-1.", "89abcdef0123456789abcdef0123456789abcdef"),
    file.text("FileSHA256", "Its SHA-256, often unknown to Defender."),
    file.text("FileMD5", "Its MD5."),
    look_up_first.text("FileSigner", "Who signed it.", "Microsoft Windows"),
    file_look_up.text(
        "FileCertificate",
        'Whether its signature\'s certificate is valid; "" where that is not known.',
        "Valid",
        words=("", "Valid", "NotValid"),
    ),
    look_up_first.text("FilePublisher", "Who published it.", "Microsoft Corporation"),
    file_look_up.count(
        "FileGlobalPrevalence",
        "Devices anywhere that Defender saw it on; -1 where that is not known.",
        3,
        unknown=-1,
    ),
    file_look_up.count(
        "FileOrgPrevalence",
        "Devices of the organisation that saw it; -1 where that is not known.",
        1,
        unknown=-1,
    ),
    evidence.text("IpAddr", "The first address by its rank.", "203.0.113.10"),
    evidence.line("IpAddrs", "All addresses, with commas between.", "203.0.113.10"),
    Source("evidence, else the alert's domains").line(
        "Url", "The first URL or domain.", "http://203.0.113.10/a.ps1"
    ),
    Source("alert").line("Domains", "Domains that Defender names, with commas between.", "evil.example"),
    evidence.text(
        "FileHashes",
        "All hashes of all files, in lower case, with commas between.",
        "89abcdef0123456789abcdef0123456789abcdef",
        limit=2 * LINE,
    ),
    evidence.line("RegistryKey", "The first registry key, hive first.", "HKEY_LOCAL_MACHINE\\SOFTWARE\\…"),
    evidence.text("RegistryValue", "Its value's name.", "Updater"),
    evidence.line("RegistryValueData", "Its value's data.", "C:\\ProgramData\\u.exe"),
    evidence.text(
        "DetectionStatus",
        "What Defender did on detection, the worst of it: Detected, Blocked, Prevented.",
        "Detected",
    ),
    evidence.text("RemediationStatus", "What became of it, the worst of it (Graph only).", "Remediated"),
    evidence.text("EvidenceVerdict", "The gravest verdict on the evidence (Graph only).", "Malicious"),
    evidence.count("EvidenceCount", "Pieces of evidence.", 4),
    ours.text(
        "EvidenceIds",
        "A fingerprint of each piece, by which new evidence is told from old; not for consumers.",
        "0f3a9c21d4 77be01f2aa",
        limit=4 * LINE,
    ),
    Source("evidence and look-ups").json(
        "EntitiesJson",
        "Each entity: kind, which item of the alert's evidence it is, its fields, its own detection, "
        "remediation and verdict, what is known of it and from where, how its look-up ended, prevalence, and "
        "a hunting link of its own.",
        '[{"kind":"address","value":"203.0.113.10","lookup":"found","orgPrevalence":2}]',
    ),
    ours.text(
        "EnrichmentStatus",
        "How the look-ups ended: Partial where one was throttled, forbidden or failed; None where there was "
        "nothing to look up.",
        "Complete",
        words=("Complete", "Partial", "None", "NotLookedUp"),
    ),
    ours.line("EnrichmentDetail", "The look-ups that did not end well, and why."),
)
