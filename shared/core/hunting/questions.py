"""Questions that an analyst asks next, each as KQL that is short enough to stand in a link.

What an answer's rows mean is said by each question's first line. A question looks forward from `since`
without an end, so that whoever asks it later sees what came later.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.core.correlate import ACTIONS, spelling
from shared.core.hunting import kql
from shared.core.tables import BY_NAME, DEVICE_EVENTS, LOGONS, PROCESSES
from shared.core.values import Instant

MOST_OF_A_KIND = 5
_LONGEST_COMMAND = 160  # of a command's beginning, where the whole would make the link too long
_FILES, _IMAGES = "DeviceFileEvents", "DeviceImageLoadEvents"
_NETWORK, _REGISTRY = "DeviceNetworkEvents", "DeviceRegistryEvents"
# Where people and programs without rights can write, and so where what does not belong there is run from.
LOOSE_FOLDERS = ("Users", "Temp", "tmp", "ProgramData", "Public", "shm", "Perflogs", "Recycle.Bin")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Which devices met any of the files, addresses or hosts: a row for each device and thing, the first to
    meet it first. Hashes may be SHA-1, SHA-256 or MD5; names of files stand where no hash is known."""

    since: Instant
    hashes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def queries(self) -> tuple[str, ...]:
        """The query."""
        branches = [*self._of_files(), *self._of_addresses()]
        return _one(kql.union(branches), *_first_and_last("DeviceName, DeviceId, How, Found"))

    def _of_files(self) -> Iterable[str]:
        columns = dict.fromkeys(_HASHES[len(one)] for one in self.hashes)
        for table in (PROCESSES, _FILES, _IMAGES):
            tests = [(column, self._hashes_of(column)) for column in columns]
            if self.names:
                tests.append(("FileName", self.names))
            yield from self._branch(table, [test for test in tests if test[0] in BY_NAME[table].columns])

    def _hashes_of(self, column: str) -> tuple[str, ...]:
        return tuple(one for one in self.hashes if _HASHES[len(one)] == column)

    def _of_addresses(self) -> Iterable[str]:
        spelt = [text for one in self.addresses for text in spelling.address_spellings(one)]
        by_address = [("RemoteIP", tuple(spelt))] if spelt else []
        by_host = [("RemoteUrl", self.hosts)] if self.hosts else []
        yield from self._branch(_NETWORK, [*by_address, *by_host])
        yield from self._branch(LOGONS, by_address)

    def _branch(self, table: str, tests: list[tuple[str, tuple[str, ...]]]) -> Iterable[str]:
        """Rows of the table that pass any of the tests, with what they passed by."""
        if not tests:
            return
        conditions = [f"{column} {_operator(column)} {kql.strings(values)}" for column, values in tests]
        pairs = zip(conditions, (column for column, _ in tests), strict=True)
        found = ", ".join(f"{condition}, {column}" for condition, column in pairs)
        yield kql.lines(
            table,
            _from(self.since),
            f"| where {' or '.join(conditions)}",
            f'| project Timestamp, DeviceName, DeviceId, How = "{_HOW[table]}", Found = case({found}, "")',
        )


def _first_and_last(by: str) -> tuple[str, str]:
    """When each was first and last seen, and how often; the first first."""
    shown = "First = min(Timestamp), Last = max(Timestamp), Rows = count()"
    return f"| summarize {shown} by {by}", "| sort by First asc"


def _one(*lines: str) -> tuple[str, ...]:
    """The one query of these lines."""
    return (kql.lines(*lines),)


_HOW = {PROCESSES: "started", _FILES: "on disk", _IMAGES: "loaded", _NETWORK: "connection", LOGONS: "log-on"}
_HASHES = {32: "MD5", 40: "SHA1", 64: "SHA256"}


def _operator(column: str) -> str:
    return "has_any" if column.endswith("Url") else "in~"


@dataclass(frozen=True, slots=True)
class Usual:
    """How often each device starts this program by this one, and how often with this very command: a row for
    each device and account, those with the same command first."""

    since: Instant
    program: str
    command: str = ""
    starter: str = ""

    def queries(self) -> tuple[str, ...]:
        """The query; then one that compares how the command begins, then one that compares none."""
        if not self.command:
            return (self._query(""),)
        head = self.command[:_LONGEST_COMMAND]
        whole = f"ProcessCommandLine =~ {kql.literal(self.command)}"
        begins = f"ProcessCommandLine startswith {kql.literal(head)}"
        return tuple(map(self._query, (whole, begins, "")))

    def _query(self, test: str) -> str:
        by = f" and InitiatingProcessFileName =~ {kql.literal(self.starter)}" if self.starter else ""
        same = f"SameCommand = countif({test}), " if test else ""
        order = "SameCommand desc, Runs desc" if test else "Runs desc"
        return kql.lines(
            PROCESSES,
            _from(self.since),
            f"| where FileName =~ {kql.literal(self.program)}{by}",
            f"| summarize Runs = count(), {same}First = min(Timestamp), Last = max(Timestamp) "
            "by DeviceName, AccountName",
            f"| sort by {order}",
        )


@dataclass(frozen=True, slots=True)
class SameValue:
    """Which devices have a registry value of this name under this key: a row for each device, what it holds
    and which program set it. `key` is canonical, as `spelling.registry_key` writes it."""

    since: Instant
    key: str
    name: str = ""

    def queries(self) -> tuple[str, ...]:
        """The query."""
        named = f" and RegistryValueName =~ {kql.literal(self.name)}" if self.name else ""
        return _one(
            _REGISTRY,
            _from(self.since),
            f"| where RegistryKey endswith {kql.literal(spelling.registry_tail(self.key))}{named}",
            *_first_and_last("DeviceName, RegistryValueData, InitiatingProcessFileName"),
        )


@dataclass(frozen=True, slots=True)
class LogOns:
    """Who logged on where, by any of these accounts or from this device: a row for each device, account, way
    and origin, the first first."""

    since: Instant
    accounts: tuple[str, ...] = ()
    from_name: str = ""
    from_addresses: tuple[str, ...] = ()

    def queries(self) -> tuple[str, ...]:
        """The query."""
        tests = []
        if self.accounts:
            tests.append(f"AccountName in~ {kql.strings(self.accounts)}")
        if self.from_name:
            named = kql.literal(self.from_name)
            tests.append(
                f"RemoteDeviceName =~ {named} or RemoteDeviceName startswith "
                f"{kql.literal(self.from_name + '.')}"
            )
        if self.from_addresses:
            spelt = [text for one in self.from_addresses for text in spelling.address_spellings(one)]
            tests.append(f"RemoteIP in~ {kql.strings(spelt)}")
        return _log_ons(_from(self.since), " or ".join(tests))


@dataclass(frozen=True, slots=True)
class LogOnsTo:
    """Who logged on to this device from another, or tried to, in this time: a row for each account, way and
    origin, the first first."""

    device_id: str
    first: Instant
    last: Instant

    def queries(self) -> tuple[str, ...]:
        """The query."""
        device = f"DeviceId == {kql.literal(self.device_id)}"
        test = f"{device} and (isnotempty(RemoteIP) or isnotempty(RemoteDeviceName))"
        return _log_ons(f"| where Timestamp {kql.between(self.first, self.last)}", test)


def _log_ons(when: str, test: str) -> tuple[str, ...]:
    return _one(
        LOGONS,
        when,
        f"| where {test}",
        *_first_and_last("DeviceName, AccountName, ActionType, LogonType, RemoteDeviceName, RemoteIP"),
    )


@dataclass(frozen=True, slots=True)
class NewEnding:
    """Which devices and programs have files of this ending: a row for each device, program and share."""

    since: Instant
    ending: str

    def queries(self) -> tuple[str, ...]:
        """The query."""
        return _one(
            _FILES,
            _from(self.since),
            f"| where FileName endswith {kql.literal(self.ending)}",
            "| summarize Files = count(), First = min(Timestamp), Last = max(Timestamp) "
            "by DeviceName, InitiatingProcessFileName, ShareName",
            "| sort by First asc",
        )


@dataclass(frozen=True, slots=True)
class Came:
    """How a file came: who wrote it, from which address, on all devices; a row for each time, the first
    first. `hash` or, where there is none, `name`."""

    since: Instant
    hash: str = ""
    name: str = ""

    def queries(self) -> tuple[str, ...]:
        """The query."""
        test = (
            f"{_HASHES[len(self.hash)]} =~ {kql.literal(self.hash)}"
            if self.hash
            else f"FileName =~ {kql.literal(self.name)}"
        )
        shown = (
            "Timestamp, DeviceName, ActionType, FolderPath, FileOriginUrl, FileOriginReferrerUrl, "
            "InitiatingProcessFileName, InitiatingProcessCommandLine"
        )
        return _one(
            _FILES, _from(self.since), f"| where {test}", f"| project {shown}", "| sort by Timestamp asc"
        )


@dataclass(frozen=True, slots=True)
class Around:
    """What was telling on one device in this time, in time order: programs out of folders that anybody can
    write to, what the sensor decided on, outside connections, log-ons from elsewhere, new autostarts."""

    device_id: str
    first: Instant
    last: Instant

    def queries(self) -> tuple[str, ...]:
        """The query."""
        loose = f"FolderPath has_any ({', '.join(map(kql.literal, LOOSE_FOLDERS))})"
        starts = 'RegistryKey has_any ("Run", "RunOnce", "Services", "Winlogon")'
        parts = [
            (PROCESSES, loose, "FileName", "ProcessCommandLine"),
            (DEVICE_EVENTS, f"ActionType in {kql.strings(ACTIONS)}", "FileName", "AdditionalFields"),
            (_NETWORK, 'RemoteIPType == "Public"', "RemoteIP", "RemoteUrl"),
            (LOGONS, "isnotempty(RemoteIP)", "AccountName", "RemoteIP"),
            (_REGISTRY, starts, "RegistryValueName", "RegistryValueData"),
        ]
        shorter = [part for part in parts if part[0] != DEVICE_EVENTS]
        return self._query(parts), self._query(shorter)

    def _query(self, parts: Iterable[tuple[str, str, str, str]]) -> str:
        device, span = kql.literal(self.device_id), kql.between(self.first, self.last)
        branches = [
            f"({table}\n    | where Timestamp {span} and DeviceId == {device}\n    | where {test}\n"
            f"    | project Timestamp, ActionType, Name = {name}, Detail = tostring({detail}), "
            "By = InitiatingProcessFileName)"
            for table, test, name, detail in parts
        ]
        return kql.lines("union", ",\n".join(f"    {one}" for one in branches), "| sort by Timestamp asc")


@dataclass(frozen=True, slots=True)
class Named:
    """By which ids hunting knows a device of this name: a row for each id, the last seen first."""

    since: Instant
    name: str

    def queries(self) -> tuple[str, ...]:
        """The query."""
        whole, short = kql.literal(self.name), kql.literal(self.name + ".")
        return _one(
            "DeviceInfo",
            _from(self.since),
            f"| where DeviceName =~ {whole} or DeviceName startswith {short}",
            "| summarize First = min(Timestamp), Last = max(Timestamp) by DeviceId, DeviceName",
            "| sort by Last desc",
        )


type Question = Elsewhere | Usual | SameValue | LogOns | LogOnsTo | NewEnding | Came | Around | Named


def _from(since: Instant) -> str:
    return f"| where Timestamp >= {kql.moment(since)}"
