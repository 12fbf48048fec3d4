"""Writes down what happens, row by row, and remembers which process caused which row."""

from collections.abc import Mapping

from local.incidents.chance import Chance
from local.incidents.clock import MINUTE, SECOND, cut, show
from local.incidents.columns import Columns, address_type, created, file, initiating, signature
from local.incidents.pids import Pids
from local.incidents.world import Account, Cell, Device, File, Process, Row

_LIFE = 2 * MINUTE


class Recorder:
    """The recording in the making: rows of all tables, processes of all devices.

    `story` and `chance` belong to whoever is telling at the moment; noise tells under the empty name.
    """

    def __init__(self, chance: Chance) -> None:
        self.rows: list[Row] = []
        self._about: dict[str, list[Row]] = {}
        self.processes: list[Process] = []
        self.pids = Pids()
        self.chance = chance
        self.story = ""

    def begin(self, story: str, chance: Chance) -> None:
        """From here on, `story` tells, drawing from `chance`."""
        self.story, self.chance = story, chance

    def start(
        self,
        parent: Process | None,
        image: File,
        command_line: str,
        *,
        at: int,
        device: Device | None = None,
        account: Account | None = None,
        integrity: str | None = None,
        is_root: bool = False,
        life: int = _LIFE,
        pid: int | None = None,
        reuse: bool = False,
        about: tuple[str, ...] = (),
    ) -> Process:
        """A process that `parent` started at `at`, with its creation row.

        Without a parent there is no row: the machine's first processes are older than the sensor.
        A `pid` given must be claimed already.
        """
        where = parent.device if parent is not None else device
        who = account if account is not None else parent.account if parent is not None else None
        if where is None or who is None:
            raise ValueError(f"{command_line!r} needs a device and an account, of its own or a parent's")
        if pid is None:
            take = self.pids.again if reuse else self.pids.fresh
            pid = take(where, self.chance, at, at + life)
        rank = (integrity or _inherited(parent)) if where.family == "windows" else ""
        process = Process(where, pid, at, image, command_line, who, parent, rank, is_root, at + life)
        process.story, process.shown_created = self.story, at
        self.processes.append(process)
        if parent is not None:
            process.parent_name = parent.image.name
            parent.children.append(process)
            self._birth(process, parent, at, about)
        return process

    def exec(self, process: Process, image: File, command_line: str, *, at: int, digits: int = 7) -> None:
        """`process` becomes another program under its old pid; the row names it as its own parent.

        From here on its creation time is printed with `digits` sub-second digits only, a few microseconds
        off, as seen on macOS (`...44.594155Z` beside `...44.59Z`).
        """
        before = {**initiating(process), **signature(process)}
        process.image, process.command_line = image, command_line
        process.shown_created = cut(process.created, digits)
        columns = {**before, **created(process)}
        columns["ProcessCreationTime"] = show(process.created + self.chance.integer(3, 900))
        self._keep(process, Row("DeviceProcessEvents", process.device, at, columns, process), birth=True)

    def network(
        self,
        process: Process,
        at: int,
        *,
        ip: str,
        port: int = 443,
        url: str = "",
        action: str = "ConnectionSuccess",
        about: tuple[str, ...] = (),
    ) -> Row:
        """A connection `process` made or tried; `url` is a URL or a bare host name, as hunting mixes them."""
        columns: Columns = {
            "RemoteIP": ip,
            "RemotePort": port,
            "RemoteUrl": url,
            "RemoteIPType": address_type(ip),
            "LocalIP": process.device.ip,
            "LocalPort": self.chance.integer(49_152, 65_535),
            "LocalIPType": "Private",
            "Protocol": "Tcp",
        }
        return self.event("DeviceNetworkEvents", process, at, action, columns, about=about)

    def file(
        self,
        process: Process,
        at: int,
        action: str,
        subject: File,
        *,
        previous: str = "",
        origin: str = "",
        about: tuple[str, ...] = (),
    ) -> Row:
        """FileCreated, FileModified, FileRenamed (`previous` is the old name) or FileDeleted."""
        columns: Columns = {**file(subject), "FileSize": subject.size}
        if previous:
            columns["PreviousFileName"] = previous
            columns["PreviousFolderPath"] = subject.folder
        if origin:
            columns["FileOriginUrl"] = origin
        return self.event("DeviceFileEvents", process, at, action, columns, about=about)

    def registry(
        self,
        process: Process,
        at: int,
        *,
        key: str,
        name: str,
        value: str,
        kind: str = "String",
        about: tuple[str, ...] = (),
    ) -> Row:
        """A registry value set; `key` is the full path with its hive."""
        columns: Columns = {
            "RegistryKey": key,
            "RegistryValueName": name,
            "RegistryValueData": value,
            "RegistryValueType": kind,
        }
        return self.event("DeviceRegistryEvents", process, at, "RegistryValueSet", columns, about=about)

    def image_load(self, process: Process, at: int, library: File) -> Row:
        """A library that `process` loaded."""
        return self.event("DeviceImageLoadEvents", process, at, "ImageLoaded", file(library))

    def logon(
        self,
        process: Process,
        at: int,
        action: str,
        who: Account,
        *,
        ip: str = "",
        kind: str = "Network",
        failure: str = "",
        from_device: str = "",
        about: tuple[str, ...] = (),
    ) -> Row:
        """A logon, written by `process` (lsass.exe, sshd); the table has neither Upn nor ObjectId."""
        columns: Columns = {
            "LogonType": kind,
            "AccountName": who.name,
            "AccountDomain": who.domain,
            "AccountSid": who.sid,
            "FailureReason": failure,
            "RemoteIP": ip,
            "RemoteDeviceName": from_device,
            "LogonId": self.chance.integer(100_000, 9_999_999),
        }
        if ip:
            columns["RemoteIPType"] = address_type(ip)
        return self.event("DeviceLogonEvents", process, at, action, columns, about=about)

    def event(
        self,
        table: str,
        process: Process,
        at: int,
        action: str,
        columns: Mapping[str, Cell],
        *,
        about: tuple[str, ...] = (),
    ) -> Row:
        """Any event that `process` caused, in `table`."""
        all_columns: Columns = {"ActionType": action, **columns, **initiating(process)}
        if table == "DeviceEvents":  # the one table that does not tell the initiating process's rank
            all_columns.pop("InitiatingProcessIntegrityLevel", None)
            all_columns.pop("InitiatingProcessTokenElevation", None)
        return self._keep(process, Row(table, process.device, at, all_columns, process, about))

    def fact(self, table: str, device: Device, at: int, columns: Mapping[str, Cell]) -> Row:
        """A row that no process caused: the state of a device, a certificate."""
        row = Row(table, device, at, dict(columns))
        self.rows.append(row)
        return row

    def tagged(self, tag: str) -> list[Row]:
        """The rows recorded as being about `tag`."""
        return list(self._about.get(tag, ()))

    def _birth(self, process: Process, parent: Process, at: int, about: tuple[str, ...]) -> None:
        columns = {**created(process), **initiating(parent), **signature(parent)}
        # the sensor stamps the row a little after the process was created
        later = (process.created ^ (process.pid * 2_654_435_761)) % 300_000
        self._keep(
            process,
            Row("DeviceProcessEvents", process.device, at + later, columns, process, about),
            birth=True,
        )
        if at + later > parent.ended:
            self._outlive(parent, at + later)

    def _keep(self, process: Process, row: Row, *, birth: bool = False) -> Row:
        if birth:
            row.columns["ActionType"] = "ProcessCreated"
        (process.births if birth else process.events).append(row)
        for tag in row.about:
            self._about.setdefault(tag, []).append(row)
        self.rows.append(row)
        if row.time > process.ended:
            self._outlive(process, row.time)
        return row

    def _outlive(self, process: Process, until: int) -> None:
        process.ended = until + SECOND
        self.pids.prolong(process.device, process.pid, process.created, process.ended)


def _inherited(parent: Process | None) -> str:
    return parent.integrity if parent is not None and parent.integrity else "Medium"
