"""Alerts and hunting rows for the tests of hunting and correlation."""

from collections.abc import Iterable, Mapping, Sequence

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Alert, Evidence, Severity
from shared.core.correlate.finding import Cell, Finding
from shared.core.hunting import Answer, Case, Hunt, HuntPolicy, start
from shared.core.values.instant import Instant

DEVICE = "a" * 40
OTHER_DEVICE = "b" * 40
START = Instant.parse("2026-11-24T10:00:00.1234567Z")
NOW = START.plus(3 * 3_600)
POLICY = HuntPolicy()
SHA1 = "1234567890abcdef1234567890abcdef12345678"

Row = dict[str, Cell]


def alert(*evidence: Evidence, **fields: object) -> Alert:
    """An alert on DEVICE at START with this evidence."""
    usual: dict[str, object] = {
        "id": "da1_1",
        "source": "defender",
        "created": START.plus(120),
        "last_update": START.plus(120),
        "severity": Severity.HIGH,
        "severity_text": "High",
        "title": "Suspicious activity",
        "status": "New",
        "first_event": START,
        "last_event": START.plus(5),
        "device_id": DEVICE,
        "evidence": evidence,
    }
    return Alert(**(usual | fields))  # type: ignore[arg-type]  # a builder takes whatever a test needs


def process(
    pid: int | None = 4711,
    created: Instant | None = START,
    name: str | None = "powershell.exe",
    **more: object,
) -> Evidence:
    """A process as evidence."""
    return Evidence(
        kind=EvidenceKind.PROCESS,
        process_id=pid,
        process_created=created,
        file_name=name,
        **more,  # type: ignore[arg-type]
    )


def everything(text: str, number: int = 4711) -> tuple[Evidence, ...]:
    """One piece of evidence of every kind with `text` wherever a text can stand."""
    account = Account(name=text, domain=text, sid=text, object_id=text, upn=text)
    return (
        Evidence(
            kind=EvidenceKind.PROCESS,
            process_id=number,
            process_created=START,
            file_name=text,
            device_id=text,
            command_line=text,
        ),
        Evidence(kind=EvidenceKind.PROCESS, process_id=number, file_name=text, folder_path=text, sha1=text),
        Evidence(kind=EvidenceKind.FILE, sha1=text, sha256=text, md5=text, file_name=text, folder_path=text),
        Evidence(kind=EvidenceKind.IP, ip_address=text),
        Evidence(kind=EvidenceKind.URL, url=text),
        Evidence(kind=EvidenceKind.REGISTRY, registry_hive=text, registry_key=text, registry_value_name=text),
        Evidence(kind=EvidenceKind.USER, account=account),
        Evidence(kind=EvidenceKind.USER, account=Account(name=text, domain=text)),
    )


_REPORT_IDS = iter(
    range(1_000_000, 10_000_000)
)  # of one length: as text they are in the order they were made


def row(table: str, at: Instant, **columns: Cell) -> Row:
    """A row of a hunting table as our queries return it; ReportIds count up."""
    usual: Row = {
        "Table": table,
        "Timestamp": at.text(),
        "DeviceId": DEVICE,
        "ReportId": next(_REPORT_IDS),
        "ActionType": "Something",
    }
    return usual | columns


def started(
    pid: int, at: Instant, name: str, parent: tuple[int, Instant, str] | None = None, **columns: Cell
) -> Row:
    """A creation row."""
    own: Row = {
        "ActionType": "ProcessCreated",
        "ProcessId": pid,
        "ProcessCreationTime": at.text(),
        "FileName": name,
        "ProcessCommandLine": f"{name} -x",
    }
    return row("DeviceProcessEvents", at.plus(0.01), **(own | by(parent) | columns))


def by(
    actor: tuple[int, Instant, str] | None, starter: tuple[int, Instant, str] | None = None
) -> dict[str, Cell]:
    """The columns that say who acted, and who had started the actor."""
    columns: dict[str, Cell] = {}
    for prefix, one in (("InitiatingProcess", actor), ("InitiatingProcessParent", starter)):
        if one is not None:
            columns[prefix + "Id"], columns[prefix + "CreationTime"] = one[0], one[1].text()
            columns[prefix + "FileName"] = one[2]
    return columns


def hunted(
    cases: Sequence[Case],
    rows: Iterable[Mapping[str, Cell]],
    *,
    now: Instant = NOW,
    policy: HuntPolicy = POLICY,
) -> dict[str, Finding]:
    """The findings after a hunt in which every question about rows is answered with all of `rows`."""
    return finished(begun(cases, now, policy), tuple(rows)).findings()


def begun(cases: Sequence[Case], now: Instant = NOW, policy: HuntPolicy = POLICY) -> Hunt:
    """A hunt that has asked its first questions."""
    return start(cases, now, policy)


def finished(hunt: Hunt, rows: tuple[Mapping[str, Cell], ...]) -> Hunt:
    """The hunt at its end; more rows than were asked for must do no harm, so all are given each time."""
    while hunt.queries:
        hunt = hunt.answered([Answer(query, rows=_fit(query.name, rows)) for query in hunt.queries])
    return hunt


def _fit(name: str, rows: tuple[Mapping[str, Cell], ...]) -> tuple[Mapping[str, Cell], ...]:
    if name == "alert-evidence":
        return tuple(one for one in rows if "AlertId" in one)
    if name == "device-known":
        return tuple(one for one in rows if "LastSeen" in one)
    return tuple(one for one in rows if "Table" in one)
