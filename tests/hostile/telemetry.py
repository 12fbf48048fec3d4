"""Hunting's answers about an alert: rows of the alert's own things, with odd values wherever one fits."""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence

from shared.adapters.http.answers import read_json
from shared.core.alert.model import Alert, Evidence
from shared.core.correlate.finding import Cell
from shared.core.hunting import Query
from shared.core.values.instant import Instant
from tests.core.hunting.builders import Row, by, row, started

_DEVICE = "d" * 40
_TABLES = ("DeviceFileEvents", "DeviceRegistryEvents", "DeviceImageLoadEvents", "DeviceEvents")
# Numbers and times as no process has them, in the columns by which rows are tied.
_PIDS: tuple[Cell, ...] = (2**63, -1, 10**400, 1e300, float("nan"), True, "9" * 5_000, " 12 ", 0, None)
_TIMES = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00+23:59", "", "now")


class Telemetry:
    """Answers every question of a hunt about `alert`; `odd` are the values put wherever a text can stand."""

    def __init__(self, alert: Alert, odd: Sequence[Cell]) -> None:
        self._alert = alert
        self._odd = itertools.cycle(odd)
        self.device = (
            alert.device_id or next((item.device_id for item in alert.evidence if item.device_id), _DEVICE)
        ).lower()
        self.at = (alert.first_event or alert.created).plus(30)
        self._rows = (*self._own(), *self._foreign())

    def __call__(self, query: Query) -> tuple[Mapping[str, Cell], ...]:
        """The rows for one question, read as an answer is; more than was asked for must do no harm."""
        rows: tuple[Row, ...] = self._rows
        if query.name == "alert-evidence":
            rows = tuple(self._evidence_rows())
        elif query.name == "device-known":
            rows = ({"DeviceId": self.device, "LastSeen": self.at.text()}, {"DeviceId": next(self._odd)}, {})
        found = read_json(json.dumps(rows).encode("ascii"))
        assert isinstance(found, list)
        return tuple(found)

    def _texts(self, *columns: str) -> dict[str, Cell]:
        return {column: next(self._odd) for column in columns}

    def _own(self) -> Iterator[Row]:
        """What the alert's processes did, and rows that name the rest of its evidence."""
        actors = [
            (item.process_id, item.process_created, item.file_name or "")
            for item in self._alert.evidence
            if item.process_id is not None and item.process_created is not None
        ]
        for actor in actors[:3]:
            pid, born, name = actor
            texts = self._texts("ProcessCommandLine", "FolderPath", "SHA1", "AccountName", "AccountSid")
            own = texts | {"FileName": name, "DeviceId": self.device}
            yield started(pid, born, name, (4, born.plus(-60), "services.exe"), **own)
            yield started(
                pid, born.plus(5), name, actor, DeviceId=self.device, **self._texts("AdditionalFields")
            )
            yield from self._activities(actor)
        for item in self._alert.evidence[:6]:
            yield self._naming(item)

    def _activities(self, actor: tuple[int, Instant, str]) -> Iterator[Row]:
        for table in _TABLES:
            texts = self._texts(
                "ActionType", "ReportId", "FileName", "FolderPath", "SHA1", "RegistryKey", "RegistryValueData"
            )
            at = {"DeviceId": self.device, "DeviceName": next(self._odd)}
            yield row(table, actor[1].plus(7), **(by(actor) | at | texts))
        texts = self._texts("RemoteIP", "RemoteUrl", "RemotePort", "InitiatingProcessCommandLine", "Protocol")
        yield row("DeviceNetworkEvents", actor[1].plus(8), **(by(actor) | texts | {"DeviceId": self.device}))
        yield row("DeviceFileEvents", actor[1], DeviceId=self.device, Rows=9_999, **by(actor))

    def _naming(self, item: Evidence) -> Row:
        account = item.account
        columns: dict[str, Cell] = {
            "DeviceId": self.device,
            "SHA1": item.sha1,
            "FileName": item.file_name,
            "RemoteIP": item.ip_address,
            "RemoteUrl": item.url,
            "RegistryKey": "\\".join(filter(None, (item.registry_hive, item.registry_key))),
            "AccountName": account.name if account else None,
            "AccountSid": account.sid if account else None,
            **by((77, self.at.plus(-5), "odd.exe")),
            **self._texts("ActionType", "ProcessCommandLine", "InitiatingProcessFolderPath"),
        }
        return row("DeviceLogonEvents" if account else "DeviceEvents", self.at, **columns)

    def _foreign(self) -> Iterator[Row]:
        """Rows as no honest service sends them."""
        yield {}
        yield {"Table": "DeviceProcessEvents", "DeviceId": self.device}
        for pid, time in itertools.product(_PIDS, _TIMES):
            made = started(1, self.at, "x.exe", (1, self.at, "y.exe"), DeviceId=self.device)
            times = {"Timestamp": self.at.text() if pid is True else time, "ProcessCreationTime": time}
            yield made | times | {"ProcessId": pid, "InitiatingProcessId": pid, "Rows": None}
        for item in self._alert.evidence[:2]:
            if item.process_created is not None:
                actor = by((item.process_id or 0, item.process_created, item.file_name or ""))
                for pid in _PIDS:
                    child = started(1, item.process_created.plus(9), "x.exe", DeviceId=self.device)
                    yield child | actor | {"ProcessId": pid}
        for column in ("Table", "Timestamp", "DeviceId", "Rows", "Generation", "Match", "ReportId"):
            yield row("DeviceEvents", self.at, DeviceId=self.device) | {column: next(self._odd)}

    def _evidence_rows(self) -> Iterator[Row]:
        """What hunting's own table says of the alert's evidence."""
        columns = ("EntityType", "DeviceId", "FileName", "SHA1", "RemoteIP", "RemoteUrl", "AccountSid")
        details: tuple[Cell, ...] = (
            "",
            "{",
            "[]",
            '{"ProcessId":1e300,"CreationTimeUtc":[]}',
            next(self._odd),
        )
        for kind, detail in itertools.product(
            ("Process", "File", "Ip", "Url", "User", next(self._odd)), details
        ):
            texts = self._texts(*columns) | {"EntityType": kind, "AdditionalFields": detail}
            about: Row = {"AlertId": self._alert.id, "Timestamp": self.at.text()}
            yield about | texts | {"DeviceId": self.device}
        yield self._texts(*columns) | {"AlertId": self._alert.id}
        yield {"AlertId": next(self._odd)}
