"""DeviceFileEvents: a process created, changed, renamed or deleted a file."""

from shared.core.tables.cells import Row, text
from shared.core.tables.table import FILE_COLUMNS, FILE_HASHES, IndicatorKind, Table, Told, words

_VERBS = {
    "FileCreated": "created",
    "FileModified": "changed",
    "FileRenamed": "renamed",
    "FileDeleted": "deleted",
}


def _told(who: str, action: str, row: Row) -> Told:
    return (who, _VERBS.get(action, action), f"files in {_folder(text(row, 'FolderPath'))}")


def _folder(path: str) -> str:
    cut = max(path.rfind("\\"), path.rfind("/"))
    return path[: cut + 1] or path or "an unknown folder"


TABLE = Table(
    name="DeviceFileEvents",
    columns=(
        *FILE_COLUMNS,
        *words(
            "FileOriginUrl FileOriginReferrerUrl FileOriginIP PreviousFileName PreviousFolderPath "
            "RequestProtocol RequestSourceIP RequestAccountName RequestAccountDomain ShareName "
            "AdditionalFields"
        ),
    ),
    rule_columns=("InitiatingProcessVersionInfoOriginalFileName",),
    names={
        IndicatorKind.FILE_HASH: FILE_HASHES,
        IndicatorKind.FILE_NAME: ("FileName",),
        IndicatorKind.ADDRESS: ("FileOriginIP", "RequestSourceIP"),
        IndicatorKind.URL: ("FileOriginUrl", "FileOriginReferrerUrl"),
    },
    told=_told,
    counted=("file event", "file events"),
    devices_by="SHA1",
    shown_as="file",
)
