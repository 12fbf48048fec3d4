from local.simulator.engine import Engine
from local.simulator.gate import Gate
from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Evidence
from shared.core.correlate.finding import Finding
from shared.core.hunting import Case
from shared.core.hunting.finding_query import MAX_CHARS
from shared.core.tables import BY_NAME
from tests.core.hunting.builders import DEVICE, SHA1, START, Row, alert, by, hunted, process, row, started

OWN = (4711, START, "powershell.exe")


def returned(rows: list[Row], finding: Finding) -> set[tuple[object, ...]]:
    """What the published query returns when these rows are all there is."""
    engine = Engine()
    for table in BY_NAME:
        engine.load(
            table, [{k: v for k, v in one.items() if k != "Table"} for one in rows if one["Table"] == table]
        )
    found = engine.run(finding.query).rows
    engine.close()
    return {(one["Table"], one["DeviceId"], str(one["ReportId"])) for one in found}


def shown(finding: Finding) -> set[tuple[object, ...]]:
    return {(tied.event.table, tied.event.device_id, tied.event.report_id) for tied in finding.events}


def test_it_returns_every_event_of_the_tree_and_no_neighbour(gate: Gate) -> None:
    child = (4712, START.plus(1), "a.exe")
    shell = (20, START.plus(-90_000), "explorer.exe")
    rows = [
        started(*OWN[:2], OWN[2], shell),
        started(*shell[:2], shell[2]),
        started(*child[:2], child[2], OWN),
        row("DeviceNetworkEvents", START.plus(2)) | by(child, OWN),
        row("DeviceRegistryEvents", START.plus(3)) | by(OWN, shell),
        row("DeviceImageLoadEvents", START.plus(4)) | by(OWN, shell),
        row("DeviceLogonEvents", START.plus(5)) | by(OWN, shell),
        row("DeviceEvents", START.plus(6)) | by(OWN, shell),
    ]
    neighbours = [
        started(4711, START.plus(-3_600), "powershell.exe"),
        row("DeviceNetworkEvents", START.plus(3)) | by((4711, START.plus(-3_600), "powershell.exe")),
        row("DeviceNetworkEvents", START.plus(3)) | by((4711, START, "x")) | {"DeviceId": "b" * 40},
        row("DeviceFileEvents", START.plus(3)) | by(shell),
    ]
    finding = hunted([Case(alert(process()))], rows)["da1_1"]
    assert gate.judge(finding.query).ok
    assert len(finding.events) == len(rows)
    assert returned(rows + neighbours, finding) == shown(finding)


def test_it_returns_rows_that_hang_on_no_process() -> None:
    rows = [row("DeviceFileEvents", START, SHA1=SHA1), row("DeviceFileEvents", START, SHA1="f" * 40)]
    finding = hunted([Case(alert(Evidence(kind=EvidenceKind.FILE, sha1=SHA1)))], rows[:1])["da1_1"]
    assert returned(rows, finding) == shown(finding)


def test_however_large_the_tree_it_fits_its_column_and_still_returns_everything(gate: Gate) -> None:
    for children in (100, 400):
        rows = [started(*OWN[:2], OWN[2])]
        for n in range(children):
            child = (5_000 + n * 4, START.plus(1 + n), "child.exe")
            rows += [
                started(*child[:2], child[2], OWN),
                row("DeviceFileEvents", START.plus(2 + n)) | by(child),
            ]
        finding = hunted([Case(alert(process()))], rows)["da1_1"]
        assert len(finding.query) <= MAX_CHARS + 100
        assert len(finding.events) == len(rows)
        assert gate.judge(finding.query).ok
        assert returned(rows, finding) >= shown(finding)


def test_nothing_tied_is_nothing_to_ask() -> None:
    assert hunted([Case(alert(process()))], [])["da1_1"].query == ""


def test_the_device_is_in_the_query() -> None:
    finding = hunted([Case(alert(process()))], [started(*OWN[:2], OWN[2])])["da1_1"]
    assert DEVICE in finding.query
