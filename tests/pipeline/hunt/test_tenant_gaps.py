"""Tenants that lack a table, a column, or hunting at all: real queries, refused by Microsoft's own parser."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import timedelta

import pytest

from local.simulator.engine import Engine, hunting_schema
from local.simulator.gate import Gate
from local.simulator.hunting import refusal_of
from shared.core.alert.model import Evidence
from shared.core.correlate.finding import Cell, Finding, Method, Reason, Status
from shared.core.hunting import Case
from shared.core.tables import TABLES
from shared.errors import AccessDenied, AppError, QueryRejected, Unavailable
from shared.pipeline.hunt.hunting import Hunted, Hunts
from shared.pipeline.policy import Policy
from shared.pipeline.stored import lease
from shared.pipeline.stored.lease import HeldLease
from tests.core.hunting.builders import NOW, START, alert, by, process, row, started
from tests.pipeline.world import World

# One set for most tests: the engine learns the queries of a tenant once.
FEW = ("AlertEvidence", "DeviceInfo", "DeviceProcessEvents")
OWN = (4711, START, "powershell.exe")
ROWS = [
    started(*OWN, (20, START.plus(-9_000), "explorer.exe"), ProcessTokenElevation="TokenElevationTypeFull"),
    row("DeviceNetworkEvents", START.plus(1), RemoteIP="203.0.113.9", **by(OWN)),
    row("DeviceFileEvents", START.plus(2), SHA1="f" * 40, **by(OWN)),
    row("DeviceRegistryEvents", START.plus(3), RegistryKey=r"HKEY_LOCAL_MACHINE\SOFTWARE\X", **by(OWN)),
    row("DeviceImageLoadEvents", START.plus(4), FileName="a.dll", **by(OWN)),
    row("DeviceLogonEvents", START.plus(5), AccountName="bob", **by(OWN)),
    row("DeviceEvents", START.plus(6), **by(OWN)),
]


def _hunted(held: HeldLease, cases: Sequence[Case]) -> list[Hunted]:
    with closing(Hunts(held)) as hunts:
        return [one.result() for _, one in hunts.begin(cases, urgent=False, seconds_left=300)]


class Tenant:
    """A world whose hunting has not what it `lacks`; `refused` counts queries that name it."""

    def __init__(self, gate: Gate, *lacking: str) -> None:
        self.world = World(now=NOW.to_datetime(), hunt=self.hunt)
        self.refused = 0
        self._gate = gate
        self.lacks(*lacking)

    def lacks(self, *lacking: str) -> None:
        self.lacking, schema = lacking, hunting_schema(lacking)
        self._engine = Engine(schema)
        for one in ROWS:
            table = str(one["Table"])
            if columns := schema.get(table):
                self._engine.load(table, [{name: one[name] for name in columns if name in one}])

    def hunt(self, name: str, kql: str) -> Sequence[Mapping[str, Cell]]:
        verdict = self._gate.judge(kql, self.lacking)
        if not verdict.ok:
            self.refused += 1
            raise QueryRejected(name, refusal_of(verdict))
        return self._engine.run(kql, types=verdict.columns).rows

    def finding(self, *evidence: Evidence) -> Finding:
        """What a hunt by an instance that knows nothing of itself finds."""
        case = Case(alert(*(evidence or (process(),))))
        held = lease.take(self.world.ports(), Policy(), "me")
        assert held is not None
        [hunted] = _hunted(held, [case])
        held.release()
        return hunted.findings[case.alert.id]


def tables_of(finding: Finding) -> set[str]:
    return {one.event.table for one in finding.events}


def test_a_table_that_is_not_there_costs_that_table(gate: Gate) -> None:
    table = "DeviceProcessEvents"  # the one that most of a query goes by
    tenant = Tenant(gate, *FEW)
    finding = tenant.finding()
    assert finding.status is Status.CORRELATED
    assert tables_of(finding) == {one.name for one in TABLES} - {table}
    assert f"{table}, which this tenant's hunting lacks" in finding.left_out
    assert tenant.refused == 1
    assert tenant.finding() == finding
    assert tenant.refused == 1  # known from the first time on, to every instance
    assert gate.judge(finding.query, tenant.lacking).ok  # an analyst's query runs in this tenant, too


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("DeviceRegistryEvents", "InitiatingProcessParentId"),  # all have, and joins go by it
        ("DeviceEvents", "InitiatingProcessCreationTime"),
    ],
)
def test_a_column_that_is_not_there_costs_that_column(gate: Gate, table: str, column: str) -> None:
    tenant = Tenant(gate, f"{table}.{column}")
    finding = tenant.finding()
    loses_its_rows = column == "InitiatingProcessCreationTime"  # who acted cannot be told without it
    assert tables_of(finding) == {one.name for one in TABLES} - ({table} if loses_its_rows else set())
    assert all(column not in one.event.row for one in finding.events if one.event.table == table)
    assert [one for one in finding.left_out if "lacks" in one] == [
        f"{column} of {table}, which this tenant's hunting lacks"
    ]
    assert tenant.refused == 1
    assert gate.judge(finding.query, tenant.lacking).ok


def test_many_gaps_are_learned_one_after_the_other(gate: Gate) -> None:
    lacking = ("DeviceLogonEvents", "DeviceImageLoadEvents", "DeviceEvents.LogonId", "DeviceFileEvents.SHA1")
    tenant = Tenant(gate, *lacking)
    finding = tenant.finding()
    assert tables_of(finding) == {one.name for one in TABLES} - set(lacking[:2])
    assert len([one for one in finding.left_out if "lacks" in one]) == 4


def test_a_gap_is_tried_again_after_a_day(gate: Gate) -> None:
    tenant = Tenant(gate, *FEW)
    tenant.finding()
    tenant.lacks()
    tenant.world.now += timedelta(hours=23)
    assert "DeviceProcessEvents" not in tables_of(tenant.finding())
    tenant.world.now += timedelta(hours=2)
    finding = tenant.finding()
    assert "DeviceProcessEvents" in tables_of(finding)
    assert finding.left_out == ()


def test_an_alert_tied_by_evidence_does_without_the_table_too(gate: Gate) -> None:
    tenant = Tenant(gate, *FEW)
    finding = tenant.finding(process(created=None, pid=None, name=None, ip_address="203.0.113.9"))
    assert (finding.method, finding.status) == (Method.ADDRESS, Status.CORRELATED)
    assert {one for one in finding.left_out if "lacks" in one} == {
        "AlertEvidence, which this tenant's hunting lacks",
        "DeviceProcessEvents, which this tenant's hunting lacks",
    }


def test_without_the_table_of_devices_no_device_is_called_unknown(gate: Gate) -> None:
    tenant = Tenant(gate, *FEW)
    elsewhere = alert(process(), device_id="c" * 40)
    held = lease.take(tenant.world.ports(), Policy(), "me")
    assert held is not None
    [hunted] = _hunted(held, [Case(elsewhere)])
    assert hunted.findings[elsewhere.id].reason is Reason.NOT_SEEN


def test_a_refusal_that_names_nothing_of_ours_stays_one(caplog: pytest.LogCaptureFixture) -> None:
    world = World(now=NOW.to_datetime())
    world.failures["hunting api"] = [QueryRejected("chain", "Failed to resolve scalar expression named 'x'")]
    held = lease.take(world.ports(), Policy(), "me")
    assert held is not None
    [hunted] = _hunted(held, [Case(alert(process()))])
    assert hunted.findings["da1_1"].reason is Reason.QUERY_REJECTED
    assert world.calls == ["hunt"]


def test_what_the_cache_cannot_keep_is_known_to_the_instance(gate: Gate) -> None:
    tenant = Tenant(gate, *FEW)
    tenant.world.cache.broken = True
    ports = tenant.world.ports()
    for _ in range(3):
        held = lease.take(ports, Policy(), "me")
        assert held is not None
        [hunted] = _hunted(held, [Case(alert(process()))])
        held.release()
        assert hunted.findings["da1_1"].status is Status.CORRELATED
        tenant.world.now += timedelta(minutes=5)
    assert tenant.refused == 1


class Unlicensed:
    """A world whose hunting is refused for want of a licence, until `licensed`."""

    def __init__(self) -> None:
        self.world = World(now=NOW.to_datetime(), hunt=self.hunt)
        self.licensed = False

    def hunt(self, name: str, kql: str) -> Sequence[Mapping[str, Cell]]:
        if not self.licensed:
            raise denied()
        return ()

    def reason(self) -> Reason:
        held = lease.take(self.world.ports(), Policy(), "me")
        assert held is not None
        [hunted] = _hunted(held, [Case(alert(process()))])
        held.release()
        return hunted.findings["da1_1"].reason


def denied() -> AppError:
    role = "ThreatHunting.Read.All"
    return AccessDenied("no licence", status=403, roles=(role,), needed=role)


def test_a_tenant_without_hunting_is_told_once_and_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    tenant = Unlicensed()
    for _ in range(9):
        assert tenant.reason() is Reason.LICENCE_MISSING
        tenant.world.now += timedelta(minutes=1)
    assert tenant.world.calls == ["hunt"]
    assert sum("hunting denied" in one.message for one in caplog.records) == 1
    for _ in range(24):
        tenant.world.now += timedelta(hours=1)
        tenant.reason()
    assert len(tenant.world.calls) <= 8  # ever longer, up to six hours


def test_hunting_that_is_bought_is_found() -> None:
    tenant = Unlicensed()
    tenant.reason()
    tenant.licensed = True
    tenant.world.now += timedelta(minutes=11)
    assert tenant.reason() is Reason.DEVICE_UNKNOWN
    tenant.licensed = False
    tenant.reason()
    tenant.world.now += timedelta(minutes=11)  # the wait begins anew
    tenant.licensed = True
    assert tenant.reason() is Reason.DEVICE_UNKNOWN
    assert len(tenant.world.calls) >= 4


def test_one_outage_is_not_taken_for_a_gap() -> None:
    world = World(now=NOW.to_datetime())
    world.failures["hunting api"] = [Unavailable("Failed to resolve scalar expression named 'SHA1'")]
    held = lease.take(world.ports(), Policy(), "me")
    assert held is not None
    _hunted(held, [Case(alert(process()))])
    assert world.ports().hunter.gaps() == frozenset()
