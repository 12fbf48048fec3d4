"""Times that are none, processes that ran before, and devices of which only some table speaks."""

from dataclasses import dataclass, field

import pytest

from local.simulator.engine import Engine
from shared.core.alert.model import Alert, Evidence
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


@dataclass(slots=True)
class Scenes:
    """Devices on each of which something else happened, hunted together: a question of the local engine
    costs the same for one as for many, and what is found on one says nothing of another."""

    alerts: list[Alert] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def told(self, evidence: Evidence, *rows: Row, device: str = "") -> str:
        """The id of an alert on a device of its own, or on `device`, whose rows these are."""
        where = device or f"{len(self.alerts) + 1:x}" * 40
        number = f"da{len(self.alerts)}_1"
        self.alerts.append(alert(evidence, id=number, device_id=where))
        self.rows += ({"DeviceId": where, **one} for one in rows)
        return number

    def found(self) -> dict[str, Finding]:
        """The findings by alert id, where the local engine answers."""
        engine = Engine()
        for one in self.rows:
            engine.load(str(one["Table"]), [{name: cell for name, cell in one.items() if name != "Table"}])
        hunt = start([Case(one) for one in self.alerts], NOW, POLICY)
        while hunt.queries:
            hunt = hunt.answered([Answer(query, rows=engine.run(query.kql).rows) for query in hunt.queries])
        engine.close()
        return hunt.findings()


def on_it(one: Row) -> Row:
    """The row without its device, which a scene sets."""
    return {name: cell for name, cell in one.items() if name != "DeviceId"}


def test_a_process_that_ran_before_is_tied_by_the_rows_that_name_it() -> None:
    scenes, told = Scenes(), []
    for name, days in (("svchost.exe", 45), ("SearchIndexer.exe", 9)):
        own = (668, START.plus(-days * 86_400), name)
        acts = [
            row("DeviceRegistryEvents", START.plus(n), RegistryKey="HKLM\\X", **by(own)) for n in range(88)
        ]
        acts.append(started(5_000, START.plus(9), "evil.exe", own))
        told.append(scenes.told(process(*own), *map(on_it, acts)))
    own, child = (668, START.plus(-90_000), "agent.exe"), (700, START.plus(-80_000), "a.exe")
    as_parent = scenes.told(process(*own), on_it(started(900, START, "cmd.exe", child, **by(child, own))))
    found = scenes.found()
    for one in told:
        assert (found[one].status, found[one].method) == (Status.CORRELATED, Method.EXACT_PROCESS), one
        assert found[one].event_count == len(found[one].events) == 89, one
    assert found[as_parent].status is Status.CORRELATED, "named as a parent alone"


def test_any_row_of_a_device_is_knowledge_of_it() -> None:
    scenes, known = Scenes(), dict[str, str]()
    times: Row = {"Timestamp": START.plus(-86_400).text(), "ReportId": 1}
    for table, more in (("DeviceLogonEvents", by((9, START, "x.exe"))), ("DeviceInfo", {})):
        known[scenes.told(process(), {"Table": table, **times, **more})] = table
    unknown = scenes.told(process())
    found = scenes.found()
    for one, table in known.items():
        assert found[one].reason is Reason.NOT_SEEN, table
    assert found[unknown].reason is Reason.DEVICE_UNKNOWN


def test_a_device_that_was_merged_is_followed_and_a_circle_ends_no_hunt() -> None:
    scenes, old = Scenes(), {"says": "b" * 40, "is told": "c" * 40, "circle": "d" * 40}
    new = {name: f"{number}" * 40 for number, name in enumerate(old, 4)}
    table: Row = {"Table": "DeviceInfo", "Timestamp": START.plus(-60).text()}
    merged: dict[str, list[Row]] = {
        "says": [{**table, "ReportId": 1, "MergedToDeviceId": new["says"]}],
        "is told": [
            {
                **table,
                "ReportId": 1,
                "DeviceId": new["is told"],
                "MergedDeviceIds": f'["{"e" * 40}","{old["is told"]}"]',
            }
        ],
        "circle": [
            {**table, "ReportId": 1, "MergedToDeviceId": new["circle"]},
            {**table, "ReportId": 2, "DeviceId": new["circle"], "MergedToDeviceId": old["circle"]},
        ],
    }
    told = {name: scenes.told(process(), *merged[name], device=old[name]) for name in old}
    for name in ("says", "is told"):
        acts = row("DeviceFileEvents", START.plus(1), **by((4711, START, "powershell.exe")))
        scenes.rows.append(acts | {"DeviceId": new[name]})
    by_id = scenes.found()
    found = {name: by_id[number] for name, number in told.items()}
    for name in ("says", "is told"):
        one = found[name]
        assert (one.method, len(one.events)) == (Method.EXACT_PROCESS, 1), name
        assert one.anchors[0].device_id == new[name]
        left = f"what hunting may have under {old[name]}: that device is {new[name]} now"
        assert one.left_out == (left,), name
    assert found["circle"].status is Status.NO_MATCH
