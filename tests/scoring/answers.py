"""What each question of the next steps must answer on a recording, worked out from its rows by hand."""

import ipaddress
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from local.simulator.engine import Engine
from shared.core.correlate import ACTIONS
from shared.core.hunting.questions import (
    LOOSE_FOLDERS,
    Around,
    Came,
    Elsewhere,
    LogOns,
    LogOnsTo,
    Named,
    NewEnding,
    Question,
    SameValue,
    Usual,
)
from shared.core.values.instant import Instant

type Row = Mapping[str, Any]
type Counted = Counter[tuple[str, ...]]

_OF_FILES = {
    "DeviceProcessEvents": "started",
    "DeviceFileEvents": "on disk",
    "DeviceImageLoadEvents": "loaded",
}
_LOG_ON = ("DeviceName", "AccountName", "ActionType", "LogonType", "RemoteDeviceName", "RemoteIP")
_USUAL = ("DeviceName", "AccountName")
_VALUE = ("DeviceName", "RegistryValueData", "InitiatingProcessFileName")
_ENDING = ("DeviceName", "InitiatingProcessFileName", "ShareName")
_CAME = ("Timestamp", "DeviceName", "ActionType", "FolderPath")
_AROUND = ("Timestamp", "ActionType", "Name", "Detail", "By")
COLUMNS: dict[type, tuple[tuple[str, ...], str]] = {
    Elsewhere: (("DeviceId", "How", "Found"), "Rows"),
    Usual: (_USUAL, "Runs"),
    SameValue: (_VALUE, "Rows"),
    LogOns: (_LOG_ON, "Rows"),
    LogOnsTo: (_LOG_ON, "Rows"),
    NewEnding: (_ENDING, "Files"),
    Came: (_CAME, ""),
    Around: (_AROUND, ""),
    Named: (("DeviceId", "DeviceName"), ""),
}
"""By what an answer's rows are told apart, and the column that counts what each stands for."""


def answered(question: Question, rows: list[dict[str, Any]]) -> Counted:
    """The engine's answer, counted."""
    names, counted = COLUMNS[type(question)]
    found: Counted = Counter()
    for row in rows:
        found[tuple(str(row[name] or "") for name in names)] += int(row[counted]) if counted else 1
    return found


class Rows:
    """All rows of a recording."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tables: dict[str, list[tuple[int, Row]]] = {}  # each row with its ticks, in time order

    def of(self, table: str, first: Instant, last: Instant | None = None) -> Iterator[Row]:
        """The table's rows of that time."""
        if table not in self._tables:
            read = [(Instant.parse(row["Timestamp"]).ticks, row) for row in self._engine.run(table).rows]
            self._tables[table] = sorted(read, key=_ticks)
        rows = self._tables[table]
        begin = bisect_left(rows, first.ticks, key=_ticks)
        end = len(rows) if last is None else bisect_right(rows, last.ticks, key=_ticks)
        for _, row in rows[begin:end]:
            yield row

    def promised(self, question: Question) -> Counted:
        """What the question must bring, counted as `answered` does."""
        match question:
            case Elsewhere():
                return Counter(self._elsewhere(question))
            case Usual():
                return Counter(_cells(row, _USUAL) for row in self.starts(question))
            case SameValue():
                rows = self.of("DeviceRegistryEvents", question.since)
                return Counter(_cells(row, _VALUE) for row in rows if _is_value(row, question))
            case LogOns():
                rows = self.of("DeviceLogonEvents", question.since)
                return Counter(_cells(row, _LOG_ON) for row in rows if _is_log_on(row, question))
            case LogOnsTo():
                rows = self.of("DeviceLogonEvents", question.first, question.last)
                here = (row for row in rows if row["DeviceId"] == question.device_id)
                far = (row for row in here if row["RemoteIP"] or row["RemoteDeviceName"])
                return Counter(_cells(row, _LOG_ON) for row in far)
            case NewEnding():
                rows = self.of("DeviceFileEvents", question.since)
                ending = question.ending.lower()
                return Counter(
                    _cells(row, _ENDING) for row in rows if row["FileName"].lower().endswith(ending)
                )
            case Came():
                rows = self.of("DeviceFileEvents", question.since)
                wanted = (question.hash or question.name).lower()
                named = "FileName" if question.name else "SHA1" if len(wanted) == 40 else "SHA256"
                return Counter(_cells(row, _CAME) for row in rows if row[named].lower() == wanted)
            case Around():
                return Counter(self._around(question))
            case Named():
                rows = self.of("DeviceInfo", question.since)
                mine = (row for row in rows if _is_named(row["DeviceName"], question.name))
                return Counter({_cells(row, ("DeviceId", "DeviceName")): 1 for row in mine})

    def starts(self, question: Usual) -> Iterator[Row]:
        """Starts of the program by the starter."""
        for row in self.of("DeviceProcessEvents", question.since):
            is_by = (
                not question.starter or row["InitiatingProcessFileName"].lower() == question.starter.lower()
            )
            if row["FileName"].lower() == question.program.lower() and is_by:
                yield row

    def _elsewhere(self, question: Elsewhere) -> Iterator[tuple[str, ...]]:
        hashes, names = {one.lower() for one in question.hashes}, {one.lower() for one in question.names}
        for table, how in _OF_FILES.items():
            for row in self.of(table, question.since):
                for column in ("MD5", "SHA1", "SHA256"):
                    if row.get(column, "").lower() in hashes - {""}:
                        yield row["DeviceId"], how, row[column]
                        break
                else:
                    if row["FileName"].lower() in names:
                        yield row["DeviceId"], how, row["FileName"]
        for row in self.of("DeviceNetworkEvents", question.since):
            if _is_address(row["RemoteIP"], question.addresses):
                yield row["DeviceId"], "connection", row["RemoteIP"]
            elif any(
                re.search(rf"(?<!\w){re.escape(one)}(?!\w)", row["RemoteUrl"]) for one in question.hosts
            ):
                yield row["DeviceId"], "connection", row["RemoteUrl"]
        for row in self.of("DeviceLogonEvents", question.since):
            if _is_address(row["RemoteIP"], question.addresses):
                yield row["DeviceId"], "log-on", row["RemoteIP"]

    def _around(self, question: Around) -> Iterator[tuple[str, ...]]:
        wanted = {
            "DeviceProcessEvents": ("FileName", "ProcessCommandLine", _is_loose),
            "DeviceEvents": ("FileName", "AdditionalFields", lambda row: row["ActionType"] in ACTIONS),
            "DeviceNetworkEvents": ("RemoteIP", "RemoteUrl", lambda row: row["RemoteIPType"] == "Public"),
            "DeviceLogonEvents": ("AccountName", "RemoteIP", lambda row: bool(row["RemoteIP"])),
            "DeviceRegistryEvents": ("RegistryValueName", "RegistryValueData", _is_autostart),
        }
        for table, (name, detail, test) in wanted.items():
            for row in self.of(table, question.first, question.last):
                if row["DeviceId"] == question.device_id and test(row):
                    yield _cells(row, ("Timestamp", "ActionType", name, detail, "InitiatingProcessFileName"))


def _ticks(timed: tuple[int, Row]) -> int:
    return timed[0]


def _cells(row: Row, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(row[name] or "") for name in names)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _is_loose(row: Row) -> bool:
    folders = _words(row["FolderPath"])
    return any(_words(folder) <= folders for folder in LOOSE_FOLDERS)


def _is_autostart(row: Row) -> bool:
    return bool(_words(row["RegistryKey"]) & {"run", "runonce", "services", "winlogon"})


def _is_address(text: str, addresses: tuple[str, ...]) -> bool:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return False
    plain = getattr(found, "ipv4_mapped", None) or found
    return str(plain) in addresses


def _is_value(row: Row, question: SameValue) -> bool:
    tail = question.key.partition("\\")[2].lower().removeprefix("system\\currentcontrolset\\")
    named = not question.name or row["RegistryValueName"].lower() == question.name.lower()
    return bool(row["RegistryKey"].lower().endswith("\\" + tail)) and named


def _is_named(name: str, wanted: str) -> bool:
    return name.lower() == wanted.lower() or name.lower().startswith(wanted.lower() + ".")


def _is_log_on(row: Row, question: LogOns) -> bool:
    accounts = {one.lower() for one in question.accounts}
    from_here = bool(question.from_name) and _is_named(row["RemoteDeviceName"], question.from_name)
    return (
        row["AccountName"].lower() in accounts
        or from_here
        or _is_address(row["RemoteIP"], question.from_addresses)
    )
