"""DeviceImageLoadEvents: a process loaded a library."""

from shared.core.tables.cells import Row, text
from shared.core.tables.table import FILE_COLUMNS, FILE_HASHES, IndicatorKind, Table, Told


def _told(who: str, action: str, row: Row) -> Told:
    return (who, "loaded", text(row, "FileName") or "a library")


TABLE = Table(
    name="DeviceImageLoadEvents",
    columns=FILE_COLUMNS,
    rule_columns=("InitiatingProcessVersionInfoOriginalFileName",),
    names={IndicatorKind.FILE_HASH: FILE_HASHES, IndicatorKind.FILE_NAME: ("FileName",)},
    told=_told,
    devices_by="SHA1",
    shown_as="library",
)
