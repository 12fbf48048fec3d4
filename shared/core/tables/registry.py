"""DeviceRegistryEvents: a process made, changed or deleted a registry key or value."""

from shared.core.tables.cells import Row, registry
from shared.core.tables.table import IndicatorKind, Table, Told, words


def _told(who: str, action: str, row: Row) -> Told:
    return (who, "changed", registry(row)[1].strip())


TABLE = Table(
    name="DeviceRegistryEvents",
    columns=words(
        "RegistryKey RegistryValueName RegistryValueType RegistryValueData PreviousRegistryKey "
        "PreviousRegistryValueName PreviousRegistryValueData"
    ),
    rule_columns=("InitiatingProcessVersionInfoOriginalFileName",),
    names={IndicatorKind.REGISTRY: ("RegistryKey",)},
    told=_told,
    target=registry,
    counted=("registry change", "registry changes"),
    shown_as="registry",
)
