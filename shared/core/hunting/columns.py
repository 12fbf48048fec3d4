"""Which tables are hunted, and which of their columns come back: what ties, tells or stands in a row.

Columns: https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-schema-tables (read 2026-11).
"""

from shared.core.correlate import PROCESSES
from shared.core.hunting import kql

_ACTOR = (
    "InitiatingProcessId, InitiatingProcessCreationTime, InitiatingProcessFileName, "
    "InitiatingProcessFolderPath, InitiatingProcessCommandLine, InitiatingProcessSHA1, "
    "InitiatingProcessSHA256, InitiatingProcessAccountName, InitiatingProcessAccountDomain, "
    "InitiatingProcessAccountSid, InitiatingProcessParentId, "
    "InitiatingProcessParentFileName, InitiatingProcessParentCreationTime"
)
_FILE = "FileName, FolderPath, SHA1, SHA256, MD5, FileSize"
_OWN = {
    PROCESSES: f"{_FILE}, ProcessId, ProcessCreationTime, ProcessCommandLine, ProcessIntegrityLevel, "
    "ProcessTokenElevation, ProcessVersionInfoOriginalFileName, ProcessVersionInfoCompanyName, AccountName, "
    "AccountDomain, AccountSid, AccountUpn, AccountObjectId, LogonId, AdditionalFields",
    "DeviceNetworkEvents": "RemoteIP, RemotePort, RemoteUrl, RemoteIPType, LocalIP, LocalPort, Protocol, "
    "AdditionalFields",
    "DeviceFileEvents": f"{_FILE}, FileOriginUrl, FileOriginReferrerUrl, FileOriginIP, PreviousFileName, "
    "PreviousFolderPath, RequestProtocol, RequestSourceIP, RequestAccountName, RequestAccountDomain, "
    "ShareName, AdditionalFields",
    "DeviceRegistryEvents": "RegistryKey, RegistryValueName, RegistryValueType, RegistryValueData, "
    "PreviousRegistryKey, PreviousRegistryValueName, PreviousRegistryValueData",
    "DeviceImageLoadEvents": _FILE,
    "DeviceLogonEvents": "LogonType, AccountName, AccountDomain, AccountSid, Protocol, FailureReason, "
    "IsLocalAdmin, LogonId, RemoteDeviceName, RemoteIP, RemoteIPType, RemotePort, AdditionalFields",
    "DeviceEvents": f"{_FILE}, AccountName, AccountDomain, AccountSid, RemoteUrl, RemoteDeviceName, "
    "RemoteIP, RemotePort, LocalIP, ProcessId, ProcessCreationTime, ProcessCommandLine, LogonId, "
    "RegistryKey, RegistryValueName, RegistryValueData, FileOriginUrl, FileOriginIP, AdditionalFields",
}
TABLES = tuple(_OWN)


def projection(table: str, *more: str) -> str:
    """The `project` step of one table: its name as a column, `more` computed ones, and the columns used."""
    computed = ", ".join([f"Table = {kql.literal(table)}", *more])
    columns = [computed, "Timestamp, DeviceId, DeviceName, ActionType, ReportId", _OWN[table], _ACTOR]
    return "| project " + ",\n    ".join(columns)
