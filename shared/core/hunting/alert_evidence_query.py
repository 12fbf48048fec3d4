"""KQL for what hunting itself knows of an alert or a device."""

from collections.abc import Sequence

from shared.core.hunting import kql
from shared.core.hunting.wants import AlertEvidence, DeviceKnown
from shared.core.tables import BY_NAME

EVIDENCE_COLUMNS = (
    "Timestamp, AlertId, EntityType, EvidenceRole, DeviceId, DeviceName, FileName, FolderPath, SHA1, SHA256, "
    "ProcessCommandLine, RemoteIP, RemoteUrl, AccountName, AccountDomain, AccountSid, AccountUpn, "
    "AccountObjectId, RegistryKey, RegistryValueName, RegistryValueData, AdditionalFields"
)


def alert_evidence_query(wants: Sequence[AlertEvidence]) -> str:
    """The evidence that hunting's own table has of the alerts.

    https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-alertevidence-table (read 2026-11)
    """
    span = kql.between(min(want.first for want in wants), max(want.last for want in wants))
    return "\n".join(
        [
            "AlertEvidence",
            f"| where Timestamp {span}",
            f"| where AlertId in {kql.strings(want.alert_id for want in wants)}",
            f"| project {EVIDENCE_COLUMNS}",
        ]
    )


def device_query(wants: Sequence[DeviceKnown]) -> str:
    """Those of the devices that any table of hunting knows, with the last time each was heard of."""
    span = kql.between(min(want.first for want in wants), max(want.last for want in wants))
    devices = kql.strings(want.device_id for want in wants)
    parts = [
        f"{table} | where Timestamp {span} | where DeviceId in {devices} | project DeviceId, Timestamp"
        for table in ("DeviceInfo", *BY_NAME)
    ]
    return "\n".join([kql.union(parts), "| summarize LastSeen = max(Timestamp) by DeviceId"])
