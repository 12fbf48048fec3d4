"""What is known of a hunting table, and what all of the tables have in common.

Columns: https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-schema-tables (read 2026-11).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.core.tables.cells import Row, Target, text, whatever_it_names

type Told = tuple[str, str, str]
"""(who, did, what) of an event; equal ones are told once, with their number."""


class IndicatorKind(StrEnum):
    """What an alert's evidence names and a row may name too, the surest first. Each is a correlation method
    of the same word."""

    FILE_HASH = "FileHash"
    FILE_NAME = "FileName"
    ADDRESS = "Address"
    URL = "Url"
    REGISTRY = "Registry"
    ACCOUNT = "Account"


def words(text: str) -> tuple[str, ...]:
    """The words of a text: a list of columns on few lines."""
    return tuple(text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessColumns:
    """The columns in which a row describes a process, "" where it does not say; `account` is their prefix."""

    pid: str
    created: str
    name: str
    folder: str = ""
    command_line: str = ""
    sha1: str = ""
    sha256: str = ""
    account: str = ""


CREATED = ProcessColumns(
    pid="ProcessId",
    created="ProcessCreationTime",
    name="FileName",
    folder="FolderPath",
    command_line="ProcessCommandLine",
    sha1="SHA1",
    sha256="SHA256",
    account="Account",
)
ACTOR = ProcessColumns(
    pid="InitiatingProcessId",
    created="InitiatingProcessCreationTime",
    name="InitiatingProcessFileName",
    folder="InitiatingProcessFolderPath",
    command_line="InitiatingProcessCommandLine",
    sha1="InitiatingProcessSHA1",
    sha256="InitiatingProcessSHA256",
    account="InitiatingProcessAccount",
)
STARTER = ProcessColumns(
    pid="InitiatingProcessParentId",
    created="InitiatingProcessParentCreationTime",
    name="InitiatingProcessParentFileName",
)

# Asked of every table: what identifies a row, and who acted.
COMMON_COLUMNS = words("Timestamp DeviceId DeviceName ActionType ReportId")
ACTOR_COLUMNS = words(
    "InitiatingProcessId InitiatingProcessCreationTime InitiatingProcessFileName InitiatingProcessFolderPath "
    "InitiatingProcessCommandLine InitiatingProcessSHA1 InitiatingProcessSHA256 InitiatingProcessAccountName "
    "InitiatingProcessAccountDomain InitiatingProcessAccountSid InitiatingProcessParentId "
    "InitiatingProcessParentFileName InitiatingProcessParentCreationTime"
)
# Groups of columns that several tables have.
FILE_COLUMNS = words("FileName FolderPath SHA1 SHA256 MD5 FileSize")
FILE_HASHES = words("SHA1 SHA256 MD5")
# KQL types of the columns that are no strings.
TYPES: Mapping[str, str] = {
    **dict.fromkeys(words("ReportId FileSize LogonId"), "long"),
    **dict.fromkeys(words("ProcessId InitiatingProcessId InitiatingProcessParentId"), "long"),
    **dict.fromkeys(words("Timestamp ProcessCreationTime InitiatingProcessCreationTime"), "datetime"),
    **dict.fromkeys(words("InitiatingProcessParentCreationTime"), "datetime"),
    **dict.fromkeys(words("RemotePort LocalPort"), "int"),
    **dict.fromkeys(words("IsLocalAdmin"), "bool"),
}
IMAGE_HASHES = ("InitiatingProcessSHA1", "InitiatingProcessSHA256")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """One hunting table. A row is about the process it reports as `created`, else about the one that acted.

    `columns` are its own columns that come back, besides the common ones and the actor's; `rule_columns` are
    those that detection rules alone read. `names` says in which columns it names what an alert's evidence may
    name, and so by which of them it is searched. `told` makes a line of the story from (name of the acting
    process, action, row), None where nothing is to be told; `target` says what the event was done to.
    `counted` is the word for one row and for many where a row is something that a process did, None where it
    is not. `devices_by` is the column by which the devices that met the same thing are counted. `shown_as` is
    the report page's kind.
    """

    name: str
    columns: tuple[str, ...]
    rule_columns: tuple[str, ...] = ()
    created: ProcessColumns | None = None
    names: Mapping[IndicatorKind, tuple[str, ...]]
    told: Callable[[str, str, Row], Told | None]
    target: Callable[[Row], tuple[Target, str]] = whatever_it_names
    counted: tuple[str, str] | None = None
    devices_by: str = ""
    shown_as: str = "other"

    @property
    def process(self) -> ProcessColumns:
        """The columns of the process that a row is about."""
        return self.created or ACTOR

    @property
    def parent(self) -> ProcessColumns:
        """The columns of that process's parent."""
        return ACTOR if self.created else STARTER

    @property
    def asked(self) -> tuple[str, ...]:
        """Every column that comes back."""
        return (*COMMON_COLUMNS, *self.columns, *ACTOR_COLUMNS, *self.rule_columns)


def antivirus(action: str, row: Row) -> Told | None:
    """What Defender Antivirus says it found; None for any other action."""
    if not action.startswith("Antivirus"):
        return None
    return ("Defender Antivirus", "found", text(row, "FileName") or "a threat")
