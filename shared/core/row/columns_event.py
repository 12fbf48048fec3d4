"""The columns of `AlertEvents`: one row per telemetry event tied to an alert, flat and always filled."""

from datetime import UTC, datetime

from shared.core.row.column import LINE, OURS, Source
from shared.core.tables import Target

NO_DEPTH = 9999
_OWN = "the process of the row; in DeviceProcessEvents the one created"

ours = Source("ours")
hunt = Source("hunt")
timestamp = Source("Timestamp")

EVENT = (
    ours.text("AlertId", "The alert's id.", "da638999111222333444_-1234567890"),
    ours.text("Tenant", "As in `Alerts`.", "home", limit=OURS),
    ours.count("Revision", "The alert row's revision when this row was last written.", 1),
    hunt.text("SourceTable", "The hunting table.", "DeviceNetworkEvents"),
    hunt.text("ReportId", "As in the hunting row.", "78123"),
    timestamp.time("EventTime", "When it happened.", datetime(2026, 11, 23, 8, 12, 33, 57732, tzinfo=UTC)),
    timestamp.text("EventTimeText", "The same with all seven digits.", "2026-11-23T08:12:33.0577322Z"),
    hunt.text("ActionType", "What happened.", "ConnectionSuccess"),
    ours.text("Tie", "How it is tied to the alert.", "own"),
    ours.count(
        "Depth",
        "Where in the tree: 0 the alert's process, 1 its children, -1 its parent; 9999 outside it.",
        0,
        unknown=NO_DEPTH,
    ),
    hunt.line("Detections", "Titles of the detections that this row met, gravest first."),
    ours.flag("InTree", "True where it hangs on a process of the tree.", True),
    hunt.text("DvcId", "The device's id.", "1e5bc9d7e413ddd7902c2932e418702b84d0cc07"),
    hunt.text("DvcHostname", "The device's name.", "ws-0042.contoso.example"),
    hunt.text("ProcessName", f"File name of {_OWN}.", "powershell.exe"),
    hunt.text("ProcessId", "Its pid, as text.", "3276"),
    hunt.text("ProcessCreationTime", "Its creation time.", "2026-11-23T08:12:32.9581596Z"),
    hunt.text("ProcessCommandLine", "Its command line.", "powershell.exe -nop …", limit=4 * LINE),
    hunt.text("ProcessSHA1", "Its image's SHA-1.", "0123456789abcdef0123456789abcdef01234567"),
    hunt.text("Username", "The account it runs as.", "CONTOSO\\alice"),
    hunt.text("ParentProcessName", "Its parent's file name.", "winword.exe"),
    hunt.text("ParentProcessId", "Its parent's pid, as text.", "8420"),
    ours.text("TargetKind", "What it was done to.", "address", words=tuple(Target)),
    ours.line("Target", "That, in one line.", "203.0.113.10 port 80"),
    hunt.text("FileName", "The file's name."),
    hunt.line("FilePath", "Its path as hunting has it."),
    hunt.text("FileSHA1", "Its SHA-1."),
    hunt.text("FileSHA256", "Its SHA-256."),
    hunt.text("RemoteIP", "The other end's address.", "203.0.113.10"),
    hunt.count("RemotePort", "Its port; -1 where there is none.", 80, unknown=-1),
    hunt.line("RemoteUrl", "Its URL or host."),
    hunt.line("RegistryKey", "The registry key."),
    hunt.text("RegistryValueName", "The value's name."),
    hunt.line("RegistryValueData", "The value's data."),
    hunt.text("LogonType", "How somebody logged on."),
    hunt.text("AdditionalFields", "Hunting's further fields, JSON as it came.", limit=4 * LINE),
    ours.line("ValuesTruncated", "Columns of this row that were cut to fit."),
)
