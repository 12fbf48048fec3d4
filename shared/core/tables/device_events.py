"""DeviceEvents: everything that has no table of its own, told by its ActionType."""

from shared.core.tables.cells import Row, text
from shared.core.tables.table import FILE_COLUMNS, FILE_HASHES, IndicatorKind, Table, Told, antivirus, words


def _told(who: str, action: str, row: Row) -> Told | None:
    if not action:
        return None
    target = text(row, "FileName") or text(row, "RemoteUrl") or text(row, "RemoteIP")
    return antivirus(action, row) or (who, f"caused {action}", f"on {target}" if target else "")


TABLE = Table(
    name="DeviceEvents",
    columns=(
        *FILE_COLUMNS,
        *words(
            "AccountName AccountDomain AccountSid RemoteUrl RemoteDeviceName RemoteIP RemotePort LocalIP "
            "ProcessId ProcessCreationTime ProcessCommandLine LogonId RegistryKey RegistryValueName "
            "RegistryValueData FileOriginUrl FileOriginIP AdditionalFields"
        ),
    ),
    rule_columns=("InitiatingProcessVersionInfoOriginalFileName",),
    names={
        IndicatorKind.FILE_HASH: FILE_HASHES,
        IndicatorKind.FILE_NAME: ("FileName",),
        IndicatorKind.ADDRESS: ("RemoteIP", "FileOriginIP"),
        IndicatorKind.URL: ("RemoteUrl", "FileOriginUrl"),
        IndicatorKind.REGISTRY: ("RegistryKey",),
    },
    told=_told,
)
