"""What a recording is about: devices, accounts, files, and the rows and processes telemetry tells of."""

from dataclasses import dataclass, field

from local.incidents.chance import guid_of, md5_of, sha1_of, sha256_of

Cell = str | int | float | bool | None
RowKey = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True)
class Account:
    """An account as telemetry names it. `object_id` and `upn` are empty for local and service accounts."""

    name: str
    domain: str
    sid: str
    object_id: str = ""
    upn: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """A device as every table names it. `family` is windows, linux or macos."""

    short: str
    family: str
    platform: str
    ip: str
    users: tuple[Account, ...]
    group: str = "Workstations"
    version: str = ""
    build: int | None = None

    @property
    def id(self) -> str:
        """40 hexadecimal digits: machineId in alerts, DeviceId in hunting."""
        return sha1_of("device", self.short)

    @property
    def dns(self) -> str:
        """The fully qualified name."""
        return f"{self.short}.contoso.example"


@dataclass(frozen=True, slots=True)
class File:
    """A file with its hashes; `folder` comes without the file name, in the spelling of the device.

    Hunting's SHA256 is "usually not populated" (advanced-hunting-devicefileevents-table, read 2026-11-24), so
    only a third of the files have one. `hashed=False` is a file that was locked or remote: no hash at all.
    """

    name: str
    folder: str
    company: str = ""
    signer: str = ""
    hashed: bool = True
    content: str = ""  # another content under the same name has other hashes
    original: str = ""  # what its version information calls it, where that is not its name
    copied_from: str = ""  # the path of the file that it is a copy of

    @property
    def path(self) -> str:
        """The full path including the file name, as hunting's FolderPath shows it."""
        separator = "\\" if "\\" in self.folder else "/"
        return self.folder.rstrip(separator) + separator + self.name

    @property
    def sha1(self) -> str:
        """The SHA-1, or nothing."""
        return sha1_of("file", self._made_as, self.content) if self.hashed else ""

    @property
    def sha256(self) -> str:
        """The SHA-256 where hunting knows it; usually nothing."""
        return self.full_sha256 if self.hashed and int(self.sha1[0], 16) < 5 else ""

    @property
    def full_sha256(self) -> str:
        """The SHA-256 as the file API knows it even where hunting does not."""
        return sha256_of("file", self._made_as, self.content) if self.hashed else ""

    @property
    def md5(self) -> str:
        """The MD5, or nothing."""
        return md5_of("file", self._made_as, self.content) if self.hashed else ""

    @property
    def size(self) -> int:
        """Bytes."""
        return 4_096 + int(sha1_of("size", self._made_as, self.content)[:5], 16)

    @property
    def own_name(self) -> str:
        """The original file name of its version information; nothing where it has none."""
        return self.original or (self.name if self.company else "")

    @property
    def _made_as(self) -> str:
        return self.copied_from or self.path


@dataclass(slots=True, eq=False)
class Row:
    """One row of a hunting table, and the process that caused it; `owner` of a creation is the one created.

    Mutable because ReportIds are counted at the end, in time order over the whole device.
    """

    table: str
    device: Device
    time: int
    columns: dict[str, Cell]
    owner: "Process | None" = None
    about: tuple[str, ...] = ()
    report_id: int = 0
    arrives_after: float | None = None


@dataclass(slots=True, eq=False)
class Process:
    """One process and everything it caused: the generator's own knowledge, from which the truth is told.

    exec keeps a process: `image` and `command_line` are the newest ones and `births` has one row for each.
    `shown_created` is the creation time as later rows print it, which on macOS and Linux may be cut.
    """

    device: Device
    pid: int
    created: int
    image: File
    command_line: str
    account: Account
    parent: "Process | None"
    integrity: str = ""
    is_root: bool = False
    ended: int = 0
    story: str = ""
    shown_created: int = 0
    parent_name: str = ""
    births: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    children: "list[Process]" = field(default_factory=list)


def person(name: str) -> Account:
    """An account of the directory, known to Entra too."""
    number = 1_100 + int(sha1_of("rid", name)[:3], 16)
    sid = f"S-1-5-21-1004336348-1177238915-682003330-{number}"
    return Account(name, "contoso", sid, guid_of("account", name), f"{name}@contoso.example")


def local_account(name: str, device: str, uid: int) -> Account:
    """An account that only one Linux or macOS device knows."""
    return Account(name, device, f"S-1-5-21-{uid}" if uid else "S-1-5-18")


SYSTEM = Account("system", "nt authority", "S-1-5-18")
NETWORK_SERVICE = Account("network service", "nt authority", "S-1-5-20")
