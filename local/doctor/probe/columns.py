"""Columns of hunting tables that are believed to be there, with their types: those that the app asks for.

Types as `getschema` names them. From the schema reference, one page a table, such as
https://learn.microsoft.com/defender-xdr/advanced-hunting-deviceprocessevents-table (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping

_BY_TYPE: Mapping[str, Mapping[str, str]] = {
    "DeviceProcessEvents": {
        "string": (
            "AccountDomain AccountName AccountObjectId AccountSid AccountUpn ActionType "
            "AdditionalFields DeviceId DeviceName FileName FolderPath "
            "InitiatingProcessAccountDomain InitiatingProcessAccountName "
            "InitiatingProcessAccountSid InitiatingProcessCommandLine InitiatingProcessFileName "
            "InitiatingProcessFolderPath InitiatingProcessIntegrityLevel "
            "InitiatingProcessParentFileName InitiatingProcessSHA1 InitiatingProcessSHA256 "
            "InitiatingProcessVersionInfoOriginalFileName MD5 ProcessCommandLine "
            "ProcessIntegrityLevel ProcessTokenElevation ProcessVersionInfoCompanyName "
            "ProcessVersionInfoOriginalFileName SHA1 SHA256"
        ),
        "long": "FileSize InitiatingProcessId InitiatingProcessParentId LogonId ProcessId ReportId",
        "datetime": (
            "InitiatingProcessCreationTime InitiatingProcessParentCreationTime ProcessCreationTime Timestamp"
        ),
    },
    "DeviceNetworkEvents": {
        "string": (
            "ActionType AdditionalFields DeviceId DeviceName InitiatingProcessAccountDomain "
            "InitiatingProcessAccountName InitiatingProcessAccountSid "
            "InitiatingProcessCommandLine InitiatingProcessFileName InitiatingProcessFolderPath "
            "InitiatingProcessParentFileName InitiatingProcessSHA1 InitiatingProcessSHA256 "
            "InitiatingProcessVersionInfoOriginalFileName LocalIP Protocol RemoteIP RemoteIPType "
            "RemoteUrl"
        ),
        "datetime": "InitiatingProcessCreationTime InitiatingProcessParentCreationTime Timestamp",
        "long": "InitiatingProcessId InitiatingProcessParentId ReportId",
        "int": "LocalPort RemotePort",
    },
    "DeviceFileEvents": {
        "string": (
            "ActionType AdditionalFields DeviceId DeviceName FileName FileOriginIP "
            "FileOriginReferrerUrl FileOriginUrl FolderPath InitiatingProcessAccountDomain "
            "InitiatingProcessAccountName InitiatingProcessAccountSid "
            "InitiatingProcessCommandLine InitiatingProcessFileName InitiatingProcessFolderPath "
            "InitiatingProcessParentFileName InitiatingProcessSHA1 InitiatingProcessSHA256 "
            "InitiatingProcessVersionInfoOriginalFileName MD5 PreviousFileName PreviousFolderPath "
            "RequestAccountDomain RequestAccountName RequestProtocol RequestSourceIP SHA1 SHA256 "
            "ShareName"
        ),
        "long": "FileSize InitiatingProcessId InitiatingProcessParentId ReportId",
        "datetime": "InitiatingProcessCreationTime InitiatingProcessParentCreationTime Timestamp",
    },
    "DeviceRegistryEvents": {
        "string": (
            "ActionType DeviceId DeviceName InitiatingProcessAccountDomain "
            "InitiatingProcessAccountName InitiatingProcessAccountSid "
            "InitiatingProcessCommandLine InitiatingProcessFileName InitiatingProcessFolderPath "
            "InitiatingProcessParentFileName InitiatingProcessSHA1 InitiatingProcessSHA256 "
            "InitiatingProcessVersionInfoOriginalFileName PreviousRegistryKey "
            "PreviousRegistryValueData PreviousRegistryValueName RegistryKey RegistryValueData "
            "RegistryValueName RegistryValueType"
        ),
        "datetime": "InitiatingProcessCreationTime InitiatingProcessParentCreationTime Timestamp",
        "long": "InitiatingProcessId InitiatingProcessParentId ReportId",
    },
    "DeviceImageLoadEvents": {
        "string": (
            "ActionType DeviceId DeviceName FileName FolderPath InitiatingProcessAccountDomain "
            "InitiatingProcessAccountName InitiatingProcessAccountSid "
            "InitiatingProcessCommandLine InitiatingProcessFileName InitiatingProcessFolderPath "
            "InitiatingProcessParentFileName InitiatingProcessSHA1 InitiatingProcessSHA256 "
            "InitiatingProcessVersionInfoOriginalFileName MD5 SHA1 SHA256"
        ),
        "long": "FileSize InitiatingProcessId InitiatingProcessParentId ReportId",
        "datetime": "InitiatingProcessCreationTime InitiatingProcessParentCreationTime Timestamp",
    },
    "DeviceLogonEvents": {
        "string": (
            "AccountDomain AccountName AccountSid ActionType AdditionalFields DeviceId DeviceName "
            "FailureReason InitiatingProcessAccountDomain InitiatingProcessAccountName "
            "InitiatingProcessAccountSid InitiatingProcessCommandLine InitiatingProcessFileName "
            "InitiatingProcessFolderPath InitiatingProcessParentFileName InitiatingProcessSHA1 "
            "InitiatingProcessSHA256 LogonType Protocol RemoteDeviceName RemoteIP RemoteIPType"
        ),
        "datetime": "InitiatingProcessCreationTime InitiatingProcessParentCreationTime Timestamp",
        "long": "InitiatingProcessId InitiatingProcessParentId LogonId ReportId",
        "bool": "IsLocalAdmin",
        "int": "RemotePort",
    },
    "DeviceEvents": {
        "string": (
            "AccountDomain AccountName AccountSid ActionType AdditionalFields DeviceId DeviceName "
            "FileName FileOriginIP FileOriginUrl FolderPath InitiatingProcessAccountDomain "
            "InitiatingProcessAccountName InitiatingProcessAccountSid "
            "InitiatingProcessCommandLine InitiatingProcessFileName InitiatingProcessFolderPath "
            "InitiatingProcessParentFileName InitiatingProcessSHA1 InitiatingProcessSHA256 "
            "InitiatingProcessVersionInfoOriginalFileName LocalIP MD5 ProcessCommandLine "
            "RegistryKey RegistryValueData RegistryValueName RemoteDeviceName RemoteIP RemoteUrl "
            "SHA1 SHA256"
        ),
        "long": "FileSize InitiatingProcessId InitiatingProcessParentId LogonId ProcessId ReportId",
        "datetime": (
            "InitiatingProcessCreationTime InitiatingProcessParentCreationTime ProcessCreationTime Timestamp"
        ),
        "int": "RemotePort",
    },
    "DeviceInfo": {
        "string": "DeviceId DeviceName MergedToDeviceId",
        "datetime": "Timestamp",
    },
    "AlertInfo": {
        "string": "AlertId",
        "datetime": "Timestamp",
    },
    "AlertEvidence": {
        "string": (
            "AccountDomain AccountName AccountObjectId AccountSid AccountUpn AdditionalFields "
            "AlertId DeviceId DeviceName EntityType EvidenceRole FileName FolderPath "
            "ProcessCommandLine RegistryKey RegistryValueData RegistryValueName RemoteIP "
            "RemoteUrl SHA1 SHA256"
        ),
        "datetime": "Timestamp",
    },
}

COLUMNS: Mapping[str, Mapping[str, str]] = {
    table: {column: kind for kind, columns in by_type.items() for column in columns.split()}
    for table, by_type in _BY_TYPE.items()
}
"""By table: each column's type."""
