"""The columns of `AlertEvents`: one row per telemetry event tied to an alert, flat and always filled."""

from datetime import UTC, datetime

from shared.core.row.column import LINE, OURS, WORD, count, flag, text, time
from shared.core.tables import Target

NO_DEPTH = 9999
_OWN = "the process of the row; in DeviceProcessEvents the one created"

EVENT = (
    text("AlertId", "The alert's id.", "ours", "da638999111222333444_-1234567890"),
    text("Tenant", "As in `Alerts`.", "ours", "home", limit=OURS),
    count("Revision", "The alert row's revision when this row was last written.", "ours", 1),
    text("SourceTable", "The hunting table.", "hunt", "DeviceNetworkEvents"),
    text("ReportId", "As in the hunting row.", "hunt", "78123"),
    time("EventTime", "When it happened.", "Timestamp", datetime(2026, 11, 23, 8, 12, 33, 57732, tzinfo=UTC)),
    text("EventTimeText", "The same with all seven digits.", "Timestamp", "2026-11-23T08:12:33.0577322Z"),
    text("ActionType", "What happened.", "hunt", "ConnectionSuccess"),
    text("Tie", "How it is tied to the alert.", "ours", "own"),
    count(
        "Depth",
        "Where in the tree: 0 the alert's process, 1 its children, -1 its parent; 9999 outside it.",
        "ours",
        0,
        unknown=NO_DEPTH,
    ),
    text("Detections", "Titles of the detections that this row met, gravest first.", "hunt", "", limit=LINE),
    flag("InTree", "True where it hangs on a process of the tree.", "ours", True),
    text("DvcId", "The device's id.", "hunt", "1e5bc9d7e413ddd7902c2932e418702b84d0cc07"),
    text("DvcHostname", "The device's name.", "hunt", "ws-0042.contoso.example"),
    text("ProcessName", f"File name of {_OWN}.", "hunt", "powershell.exe"),
    text("ProcessId", "Its pid, as text.", "hunt", "3276"),
    text("ProcessCreationTime", "Its creation time.", "hunt", "2026-11-23T08:12:32.9581596Z"),
    text("ProcessCommandLine", "Its command line.", "hunt", "powershell.exe -nop …", limit=4 * LINE),
    text("ProcessSHA1", "Its image's SHA-1.", "hunt", "0123456789abcdef0123456789abcdef01234567"),
    text("Username", "The account it runs as.", "hunt", "CONTOSO\\alice"),
    text("ParentProcessName", "Its parent's file name.", "hunt", "winword.exe"),
    text("ParentProcessId", "Its parent's pid, as text.", "hunt", "8420"),
    text("TargetKind", "What it was done to.", "ours", "address", words=tuple(Target)),
    text("Target", "That, in one line.", "ours", "203.0.113.10 port 80", limit=LINE),
    text("FileName", "The file's name.", "hunt", ""),
    text("FilePath", "Its path as hunting has it.", "hunt", "", limit=LINE),
    text("FileSHA1", "Its SHA-1.", "hunt", ""),
    text("FileSHA256", "Its SHA-256.", "hunt", ""),
    text("RemoteIP", "The other end's address.", "hunt", "203.0.113.10"),
    count("RemotePort", "Its port; -1 where there is none.", "hunt", 80, unknown=-1),
    text("RemoteUrl", "Its URL or host.", "hunt", "", limit=LINE),
    text("RegistryKey", "The registry key.", "hunt", "", limit=LINE),
    text("RegistryValueName", "The value's name.", "hunt", "", limit=WORD),
    text("RegistryValueData", "The value's data.", "hunt", "", limit=LINE),
    text("LogonType", "How somebody logged on.", "hunt", ""),
    text("AdditionalFields", "Hunting's further fields, JSON as it came.", "hunt", "", limit=4 * LINE),
    text("ValuesTruncated", "Columns of this row that were cut to fit.", "ours", "", limit=LINE),
)
