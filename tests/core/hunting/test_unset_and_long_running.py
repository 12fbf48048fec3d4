"""Times that are none, processes that ran before, and devices of which only some table speaks."""

import pytest

from local.simulator.engine import Engine
from shared.core.alert.normalize import normalize
from shared.core.correlate.finding import Finding, Method, Reason, Status
from shared.core.hunting import Answer, Case, start
from tests.core.hunting.builders import (
    DEVICE,
    NOW,
    POLICY,
    SHA1,
    START,
    Row,
    alert,
    by,
    hunted,
    process,
    row,
    started,
)

UNSET = ["0001-01-01T00:00:00Z", "1601-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]


def asked(case: Case, *rows: Row) -> Finding:
    """The finding where the local engine answers."""
    engine = Engine()
    for one in rows:
        engine.load(str(one["Table"]), [{name: cell for name, cell in one.items() if name != "Table"}])
    hunt = start([case], NOW, POLICY)
    while hunt.queries:
        hunt = hunt.answered([Answer(query, rows=engine.run(query.kql).rows) for query in hunt.queries])
    engine.close()
    return hunt.findings()[case.alert.id]


@pytest.mark.parametrize("unset", UNSET)
def test_a_process_without_a_time_is_looked_for_by_its_hash(unset: str) -> None:
    raw = {
        "id": "da1_1",
        "alertCreationTime": START.plus(60).text(),
        "firstEventTime": START.text(),
        "machineId": DEVICE,
        "evidence": [
            {"entityType": "Process", "processId": 7, "processCreationTime": unset, "sha1": SHA1},
        ],
    }
    read = normalize(raw, "defender", fallback=START)
    finding = hunted([Case(read)], [started(7, START, "a.exe", SHA1=SHA1)])["da1_1"]
    assert (finding.status, finding.method) == (Status.CORRELATED, Method.FILE_HASH)


@pytest.mark.parametrize("unset", UNSET)
def test_a_row_whose_actor_has_no_time_has_no_actor(unset: str) -> None:
    actor = {**by((7, START, "a.exe")), "InitiatingProcessCreationTime": unset}
    mention = row("DeviceFileEvents", START, SHA1=SHA1, **actor)
    finding = hunted([Case(alert(process(7, None, "a.exe", sha1=SHA1)))], [mention])["da1_1"]
    assert (finding.method, finding.anchors) == (Method.FILE_HASH, ())


@pytest.mark.parametrize(("name", "days"), [("svchost.exe", 45), ("SearchIndexer.exe", 9)])
def test_a_process_that_ran_before_is_tied_by_the_rows_that_name_it(name: str, days: int) -> None:
    own = (668, START.plus(-days * 86_400), name)
    acts = [row("DeviceRegistryEvents", START.plus(n), RegistryKey="HKLM\\X", **by(own)) for n in range(88)]
    finding = asked(Case(alert(process(*own))), *acts, started(5_000, START.plus(9), "evil.exe", own))
    assert (finding.status, finding.method) == (Status.CORRELATED, Method.EXACT_PROCESS)
    assert finding.event_count == len(finding.events) == 89


def test_a_process_is_tied_by_a_row_that_names_it_as_a_parent_alone() -> None:
    own, child = (668, START.plus(-90_000), "agent.exe"), (700, START.plus(-80_000), "a.exe")
    finding = asked(Case(alert(process(*own))), started(900, START, "cmd.exe", child, **by(child, own)))
    assert finding.status is Status.CORRELATED


@pytest.mark.parametrize("table", ["DeviceLogonEvents", "DeviceInfo"])
def test_any_row_of_a_device_is_knowledge_of_it(table: str) -> None:
    other = by((9, START, "x.exe")) if table != "DeviceInfo" else {}
    about = {
        "Table": table,
        "Timestamp": START.plus(-86_400).text(),
        "DeviceId": DEVICE,
        "ReportId": 1,
        **other,
    }
    assert asked(Case(alert(process())), about).reason is Reason.NOT_SEEN
    assert asked(Case(alert(process())), {**about, "DeviceId": "c" * 40}).reason is Reason.DEVICE_UNKNOWN


NEW = "d" * 40


@pytest.mark.parametrize(
    "told",
    [
        {"DeviceId": DEVICE, "MergedToDeviceId": NEW},
        {"DeviceId": NEW, "MergedDeviceIds": f'["{"e" * 40}","{DEVICE}"]'},
    ],
)
def test_a_device_that_was_merged_is_followed(told: dict[str, str]) -> None:
    about: Row = {"Table": "DeviceInfo", "Timestamp": START.plus(-60).text(), "ReportId": 1, **told}
    acts = row("DeviceFileEvents", START.plus(1), **by((4711, START, "powershell.exe"))) | {"DeviceId": NEW}
    finding = asked(Case(alert(process())), about, acts)
    assert (finding.method, len(finding.events)) == (Method.EXACT_PROCESS, 1)
    assert finding.anchors[0].device_id == NEW
    assert finding.left_out == (f"what hunting may have under {DEVICE}: that device is {NEW} now",)


def test_devices_that_were_merged_in_a_circle_end_no_hunt() -> None:
    times = {"Table": "DeviceInfo", "Timestamp": START.plus(-60).text()}
    there: Row = {**times, "DeviceId": DEVICE, "MergedToDeviceId": NEW, "ReportId": 1}
    back: Row = {**times, "DeviceId": NEW, "MergedToDeviceId": DEVICE, "ReportId": 2}
    assert asked(Case(alert(process())), there, back).status is Status.NO_MATCH
