"""The clients against the simulated Defender and Graph, with the platform's own credential asking for tokens.

The simulator was written from the documentation and imports nothing of ours: a parameter that it does not
know is a 400.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.certs import Certificates
from local.identity import DEFENDER, GRAPH, IdentityEndpoint
from local.simulator import ticks
from local.simulator.clock import Clock as SimulatedTime
from local.simulator.config import Config
from local.simulator.faults import Fault
from local.simulator.gate import Gate
from local.simulator.simulator import Simulator
from shared.adapters.defender import DefenderAlerts, DefenderDirectory
from shared.adapters.graph import GraphAlerts
from shared.adapters.http.auth import Tokens, own_credential
from shared.adapters.http.call_counts import CallCounts
from shared.adapters.http.json_api import JsonApi
from shared.adapters.hunting import GraphHunter
from shared.core.alert.normalize import normalize
from shared.core.lookups.entities import Enrichment
from shared.core.progress.polling import Window
from shared.core.values.instant import Instant
from shared.errors import AccessDenied, NotFound, QueryRejected, Throttled, UnexpectedResponse
from tests.adapters.service import FakeClock

ROLES = {
    DEFENDER: [f"{name}.Read.All" for name in ("Alert", "Machine", "File", "Ip", "Url", "User")],
    GRAPH: ["SecurityAlert.Read.All", "ThreatHunting.Read.All"],
}
DEVICE, SHA1 = "a" * 40, "b" * 40
FIRST = Instant.parse("2026-11-24T11:00:00.0000001Z")
ALERTS = 30


def alert(number: int) -> dict[str, object]:
    """Alerts one tick apart: closer than any datetime could tell."""
    moment = FIRST.plus(number / 10_000_000).text()
    return {
        "id": f"da{number:018d}_-1",
        "severity": "High",
        "status": "New",
        "title": "t",
        "category": "Execution",
        "alertCreationTime": moment,
        "lastUpdateTime": moment,
        "machineId": DEVICE,
        "evidence": [{"entityType": "Ip", "ipAddress": "203.0.113.10"}],
    }


def graph_alert(number: int) -> dict[str, object]:
    moment = FIRST.plus(number / 10_000_000).text()
    evidence = {"@odata.type": "#microsoft.graph.security.ipEvidence", "ipAddress": "203.0.113.10"}
    return {
        "id": f"da{number:018d}_-1",
        "severity": "high",
        "status": "new",
        "title": "t",
        "serviceSource": "microsoftDefenderForEndpoint",
        "createdDateTime": moment,
        "lastUpdateDateTime": moment,
        "evidence": [evidence],
    }


def recording(folder: Path) -> Path:
    bodies: dict[str, list[dict[str, object]]] = {
        "alerts": [alert(n) for n in range(ALERTS)],
        "graph_alerts": [graph_alert(n) for n in range(ALERTS)],
        "machines": [{"id": DEVICE, "computerDnsName": "pc1.example", "machineTags": ["x"]}],
        "users": [{"mostPrevalentMachineId": DEVICE, "accountName": "ann", "accountDomain": "contoso"}],
        "files": [{"sha1": SHA1, "signer": "Contoso", "globalPrevalence": 5, "organizationPrevalence": 2}],
        "ips": [{"ipAddress": "203.0.113.10", "organizationPrevalence": 3}],
        "domains": [{"host": "evil.example", "organizationPrevalence": 1}],
    }
    for name, items in bodies.items():
        (folder / f"{name}.json").write_text(json.dumps({"value": items}), "utf-8")
    (folder / "hunting").mkdir()
    moments = [f"2026-11-24T10:00:00.123456{n}Z" for n in range(3)]
    rows = [
        {"Timestamp": moment, "DeviceId": DEVICE, "ReportId": n, "FileName": f"{n}.exe"}
        for n, moment in enumerate(moments)
    ]
    (folder / "hunting" / "DeviceProcessEvents.ndjson").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return folder


@dataclass
class World:
    """The simulated services and our clients of them."""

    simulator: Simulator
    identity: IdentityEndpoint
    defender: JsonApi
    graph: JsonApi
    clock: FakeClock
    counts: CallCounts

    @property
    def directory(self) -> DefenderDirectory:
        return DefenderDirectory(self.defender, self.clock)

    @property
    def hunter(self) -> GraphHunter:
        return GraphHunter(self.graph, self.clock)


@pytest.fixture
def world(
    gate: Gate, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    (tmp_path / "data").mkdir()
    with IdentityEndpoint(roles=ROLES) as identity:
        for name, value in identity.settings.items():
            monkeypatch.setenv(name, value)
        config = Config(
            public_key=identity.issuer.write_public_key(tmp_path / "public.pem"),
            cert=certificates.cert,
            key=certificates.key,
            data=recording(tmp_path / "data"),
            shift=False,
        )
        now = SimulatedTime(ticks.parse("2026-11-24T12:00:00Z"))
        with Simulator(config, clock=now, gate=gate) as simulator:
            yield _world(simulator, identity)


def _world(simulator: Simulator, identity: IdentityEndpoint) -> World:
    scopes = [f"{DEFENDER}/.default", f"{GRAPH}/.default"]
    tokens = Tokens(own_credential(os.environ, identity.identity.client_id, "https://login.example"), scopes)
    clock, counts = FakeClock(), CallCounts()
    defender = JsonApi("defender", simulator.defender_url, scopes[0], tokens, clock=clock, counts=counts)
    graph = JsonApi("graph", simulator.graph_url, scopes[1], tokens, clock=clock, counts=counts)
    return World(simulator, identity, defender, graph, clock, counts)


WHOLE = Window(FIRST, FIRST.plus(1))


@pytest.mark.parametrize("source", ["defender", "graph"])
def test_windows_meet_to_the_tick_without_loss_or_overlap(world: World, source: str) -> None:
    alerts = DefenderAlerts(world.defender) if source == "defender" else GraphAlerts(world.graph)
    middle = FIRST.plus(12 / 10_000_000)
    first, second = (
        {normalize(item, source, fallback=FIRST).id for item in alerts.updated_in(window).items}
        for window in (Window(FIRST, middle), Window(middle, WHOLE.end))
    )
    assert (len(first), len(second), len(first | second)) == (12, ALERTS - 12, ALERTS)


@pytest.mark.parametrize("source", ["defender", "graph"])
def test_evidence_comes_with_updates_and_not_with_the_audit(world: World, source: str) -> None:
    alerts = DefenderAlerts(world.defender) if source == "defender" else GraphAlerts(world.graph)
    updated = [normalize(item, source, fallback=FIRST) for item in alerts.updated_in(WHOLE).items]
    created = [normalize(item, source, fallback=FIRST) for item in alerts.created_in(WHOLE).items]
    assert {each.evidence[0].ip_address for each in updated} == {"203.0.113.10"}
    assert {each.id for each in created} == {each.id for each in updated}
    assert not any(each.evidence for each in created)
    one = normalize(alerts.one(updated[0].id), source, fallback=FIRST)
    assert one == updated[0]
    with pytest.raises(NotFound):
        alerts.one("da0_0")


def test_every_entity_is_looked_up_as_the_service_wants_to_be_asked(world: World) -> None:
    directory = world.directory
    asked = Enrichment(
        devices=directory.devices([DEVICE, "c" * 40]),
        users=directory.users([DEVICE, "c" * 40]),
        files=directory.files([SHA1, "d" * 64]),
        addresses=directory.addresses(["203.0.113.10", "198.51.100.1", "2001:db8::1", "no address"]),
        domains=directory.domains(["evil.example", "other.example"]),
    )
    assert {(kind, key): outcome.value for kind, key, outcome, _ in asked.outcomes()} == {
        ("device", DEVICE): "found",
        ("device", "c" * 40): "not found",
        ("users", DEVICE): "found",
        ("users", "c" * 40): "not found",
        ("file", SHA1): "found",
        ("file", "d" * 64): "not found",
        ("address", "203.0.113.10"): "found",
        ("address", "198.51.100.1"): "found",
        ("address", "2001:db8::1"): "not found",
        ("address", "no address"): "not found",
        ("domain", "evil.example"): "found",
        ("domain", "other.example"): "found",
    }
    device, file, users = asked.devices[DEVICE].value, asked.files[SHA1].value, asked.users[DEVICE].value
    address = asked.addresses["203.0.113.10"].value
    assert device is not None and (device.name, device.tags) == ("pc1.example", ("x",))
    assert users is not None and [user.account.name for user in users] == ["ann"]
    assert file is not None and (file.signer, file.org_prevalence) == ("Contoso", 2)
    assert address is not None and address.org_prevalence == 3


def test_many_devices_cost_one_call_and_what_the_list_lacks_is_asked_for_alone(world: World) -> None:
    keys = [DEVICE, "c" * 40, "e" * 40, "x' or id ne 'y"]
    found = world.directory.devices(keys)
    assert {key: look.outcome.value for key, look in found.items()} == {
        DEVICE: "found",
        "c" * 40: "not found",
        "e" * 40: "not found",
        "x' or id ne 'y": "not found",
    }
    calls = world.counts.taken()["calls"]
    assert (calls["defender machines"], calls["defender machine"]) == (1, 3)
    assert world.directory.file_statistics([SHA1])[SHA1].outcome.value == "found"


def test_a_list_of_devices_is_never_asked_for_with_more_than_the_service_takes(world: World) -> None:
    keys = [f"{n:040x}" for n in range(60)]
    world.simulator.tenant.put_entities("machines", [{"id": key} for key in keys])
    assert {look.outcome.value for look in world.directory.devices(keys).values()} == {"found"}
    calls = world.counts.taken()["calls"]
    assert calls["defender machines"] == 3  # none of them refused, else each device is a call
    assert "defender machine" not in calls


def test_a_device_that_was_merged_into_another_is_described_as_that_one_is_now(world: World) -> None:
    old, between, new, lost = (f"{n:040x}" for n in range(0xA0, 0xA4))
    machines: list[dict[str, object]] = [
        {"id": old, "riskScore": "Low", "mergedIntoMachineId": between.upper()},
        {"id": between, "riskScore": "Low", "mergedIntoMachineId": new},
        {"id": new, "riskScore": "High", "mergedIntoMachineId": None},
        {"id": lost, "riskScore": "Low", "mergedIntoMachineId": "f" * 40},
    ]
    world.simulator.tenant.put_entities("machines", machines)
    found = world.directory.devices([old, new, lost])
    told = {key: look.value and (look.value.id, look.value.risk_score) for key, look in found.items()}
    assert told == {old: (old, "High"), new: (new, "High"), lost: (lost, "Low")}


def test_devices_merged_in_a_circle_cost_a_few_calls_and_no_look_up(world: World) -> None:
    one, two = "0" * 39 + "1", "0" * 39 + "2"
    machines = [{"id": one, "mergedIntoMachineId": two}, {"id": two, "mergedIntoMachineId": one}]
    world.simulator.tenant.put_entities("machines", machines)
    assert world.directory.devices([one])[one].outcome.value == "found"
    assert world.counts.taken()["calls"]["defender machine"] == 4


def test_a_missing_role_is_named_and_a_granted_one_heals_with_the_next_token(world: World) -> None:
    world.identity.set_roles(DEFENDER, ["Machine.Read.All"])
    with pytest.raises(AccessDenied) as caught:
        DefenderAlerts(world.defender).updated_in(WHOLE)
    assert (caught.value.roles, caught.value.audience) == (("Machine.Read.All",), DEFENDER)
    assert world.directory.files([SHA1])[SHA1].outcome.value == "forbidden"
    assert world.directory.devices([DEVICE])[DEVICE].outcome.value == "found"


def test_a_token_that_has_expired_is_replaced_within_the_call(world: World) -> None:
    world.identity.set_lifetime(-60)
    world.defender._tokens.token(f"{DEFENDER}/.default")
    world.identity.set_lifetime(3_600)
    assert len(DefenderAlerts(world.defender).updated_in(WHOLE).items) == ALERTS
    assert world.identity.asked[DEFENDER] == 2


def test_hunting_returns_rows_exact_to_the_tick(world: World) -> None:
    kql = (
        "DeviceProcessEvents | where ReportId > 0 | project Timestamp, ReportId, FileName "
        "| order by ReportId asc"
    )
    assert world.hunter.run("anchors", kql, "P30D") == (
        {"Timestamp": "2026-11-24T10:00:00.1234561Z", "ReportId": 1, "FileName": "1.exe"},
        {"Timestamp": "2026-11-24T10:00:00.1234562Z", "ReportId": 2, "FileName": "2.exe"},
    )


def test_a_query_that_the_parser_refuses_is_rejected_by_name(world: World) -> None:
    with pytest.raises(QueryRejected, match=r"'anchors'.*NoSuchColumn"):
        world.hunter.run("anchors", "DeviceProcessEvents | where NoSuchColumn == 1", "P1D")


def test_the_documented_quota_ends_the_hunt_and_is_counted(world: World) -> None:
    with pytest.raises(Throttled) as caught:
        for _ in range(46):
            world.hunter.run("q", "DeviceProcessEvents | take 1", "P1D")
    assert caught.value.quota == "calls" and 0 < caught.value.retry_after <= 60
    assert world.counts.taken() == {"calls": {"graph hunting": 46}, "throttled": {"graph hunting": 1}}
    assert world.clock.slept == []


def test_the_documented_quota_closes_one_kind_of_look_up(world: World) -> None:
    found = world.directory.domains([f"h{n}.example" for n in range(150)])
    ends = [look.outcome.value for look in found.values()]
    assert (ends.count("found"), ends.count("throttled")) == (100, 50)
    assert world.counts.taken()["calls"]["defender domain stats"] <= 104
    assert world.directory.devices([DEVICE])[DEVICE].outcome.value == "found"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="status", status=429, retry_after=3),
        Fault(kind="status", status=503),
        Fault(kind="status", status=500, times=2),
        Fault(kind="cut"),
        Fault(kind="html"),
        Fault(kind="malformed"),
    ],
    ids=lambda fault: fault.kind,
)
def test_a_passing_fault_costs_a_second_try_and_no_alert(world: World, fault: Fault) -> None:
    world.simulator.faults.add(fault)
    assert len(DefenderAlerts(world.defender).updated_in(WHOLE).items) == ALERTS
    assert len(world.clock.slept) == fault.times


@pytest.mark.parametrize("source", ["defender", "graph"])
def test_a_page_link_to_another_host_is_not_followed(world: World, source: str) -> None:
    alerts = DefenderAlerts(world.defender) if source == "defender" else GraphAlerts(world.graph)
    world.simulator.faults.add(Fault(kind="foreign_next_link"))
    with pytest.raises(UnexpectedResponse, match="link to another place"):
        alerts.updated_in(WHOLE)
