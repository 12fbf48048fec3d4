"""KQL for what hunting itself knows of an alert or a device."""

from collections.abc import Iterable, Mapping, Sequence, Set

from shared.core.correlate import Cell
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
    return kql.lines(
        "AlertEvidence",
        f"| where Timestamp {span}",
        f"| where AlertId in {kql.strings(want.alert_id for want in wants)}",
        f"| project {EVIDENCE_COLUMNS}",
    )


def device_query(wants: Sequence[DeviceKnown]) -> str:
    """Those of the devices that any table of hunting knows, with the last time each was heard of; and into
    which others they were merged."""
    span = kql.between(min(want.first for want in wants), max(want.last for want in wants))
    devices = kql.strings(want.device_id for want in wants)
    parts = [
        f"{table} | where Timestamp {span} | where DeviceId in {devices} | project DeviceId, Timestamp"
        for table in ("DeviceInfo", *BY_NAME)
    ]
    seen = kql.lines(kql.union(parts), "| summarize LastSeen = max(Timestamp) by DeviceId")
    merged = kql.lines(
        f"DeviceInfo | where Timestamp {span}",
        f"| where (DeviceId in {devices} and isnotempty(MergedToDeviceId))"
        f" or MergedDeviceIds has_any {devices}",
        "| summarize arg_max(Timestamp, MergedToDeviceId, MergedDeviceIds) by DeviceId",
        "| project DeviceId, MergedToDeviceId, MergedDeviceIds",
    )
    return kql.union([seen, merged])


def merged_devices(rows: Iterable[Mapping[str, Cell]], asked: Set[str]) -> dict[str, str]:
    """The device that each of those asked for was merged into, by its id in lower case.

    https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-deviceinfo-table (read 2026-11): a device
    that is set up anew gets another id, the old one's rows name the new and the new one's the old ones.
    """
    found: dict[str, str] = {}
    for row in rows:
        device, into = (str(row.get(name) or "").lower() for name in ("DeviceId", "MergedToDeviceId"))
        if device in asked and into and into != device:
            found[device] = into
        earlier = str(row.get("MergedDeviceIds") or "").lower()
        for old in asked if device and earlier else ():
            if old != device and old in earlier:
                found.setdefault(old, device)
    return found
