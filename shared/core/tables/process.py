"""DeviceProcessEvents: a process was created. The row is about the new process; the actor is its parent."""

from shared.core.tables.cells import Row, Target, joined, text
from shared.core.tables.table import (
    CREATED,
    FILE_COLUMNS,
    FILE_HASHES,
    IMAGE_HASHES,
    IndicatorKind,
    Table,
    words,
)


def _told(who: str, action: str, row: Row) -> None:
    """Nothing: starts are told from the process tree."""


def _target(row: Row) -> tuple[Target, str]:
    pid = text(row, "ProcessId")
    return Target.PROCESS, joined(text(row, "FileName"), f"(pid {pid})" if pid else "")


TABLE = Table(
    name="DeviceProcessEvents",
    columns=(
        *FILE_COLUMNS,
        *words(
            "ProcessId ProcessCreationTime ProcessCommandLine ProcessIntegrityLevel ProcessTokenElevation "
            "ProcessVersionInfoOriginalFileName ProcessVersionInfoCompanyName AccountName AccountDomain "
            "AccountSid AccountUpn AccountObjectId LogonId AdditionalFields"
        ),
    ),
    rule_columns=("InitiatingProcessVersionInfoOriginalFileName", "InitiatingProcessIntegrityLevel"),
    created=CREATED,
    names={
        IndicatorKind.FILE_HASH: (*FILE_HASHES, *IMAGE_HASHES),
        IndicatorKind.FILE_NAME: ("FileName",),
        IndicatorKind.ACCOUNT: ("AccountSid", "AccountName"),
    },
    told=_told,
    target=_target,
    counted=("process", "processes"),
    devices_by="SHA1",
    shown_as="process",
)
