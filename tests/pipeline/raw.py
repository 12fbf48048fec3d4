"""Raw alerts as Defender lists them, around the world's start."""

from datetime import timedelta

from shared.core.values.instant import Instant
from tests.pipeline.world import START

DEVICE = "1e5bc9d7e413ddd7902c2932e418702b84d0cc07"


def ago(minutes: float) -> str:
    """The API's text of a moment that many minutes before the world's start."""
    return Instant.of(START - timedelta(minutes=minutes)).text()


def raw_alert(
    alert_id: str, *, minutes_ago: float, updated_minutes_ago: float | None = None, **changes: object
) -> dict[str, object]:
    """An alert with one process, one file, one outside address and a URL."""
    return {
        "id": alert_id,
        "incidentId": 4711,
        "severity": "High",
        "status": "New",
        "title": "Suspicious PowerShell command line",
        "category": "Execution",
        "detectionSource": "WindowsDefenderAtp",
        "alertCreationTime": ago(minutes_ago),
        "firstEventTime": ago(minutes_ago + 2),
        "lastEventTime": ago(minutes_ago + 1),
        "lastUpdateTime": ago(minutes_ago if updated_minutes_ago is None else updated_minutes_ago),
        "machineId": DEVICE,
        "computerDnsName": "ws-0042.contoso.example",
        "mitreTechniques": ["T1059.001"],
        "evidence": [
            {
                "entityType": "Process",
                "fileName": "powershell.exe",
                "filePath": "C:\\Windows\\System32",
                "sha1": "0123456789abcdef0123456789abcdef01234567",
                "processId": 3276,
                "processCommandLine": "powershell.exe -nop",
                "processCreationTime": ago(minutes_ago + 2),
                "accountName": "alice",
            },
            {"entityType": "Ip", "ipAddress": "203.0.113.10"},
            {"entityType": "Url", "url": "http://c2.example.net/a.ps1"},
        ],
    } | changes
