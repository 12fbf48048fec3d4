"""The probe finds nothing on the unchanged stand-ins, and each deliberate change of one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from local.doctor import probe as probing
from local.doctor.arguments import parse
from local.doctor.probe import PARTS, probe
from local.doctor.probe.asking import Answered, BoundReached
from local.doctor.probe.beliefs import BELIEFS
from local.doctor.probe.columns import COLUMNS
from local.doctor.probe.forms import form, refusal
from local.doctor.probe.report import Report
from local.identity import DEFENDER, GRAPH
from local.ops.screen import Screen
from local.simulator.engine import Result, TimedOut, hunting_schema
from local.simulator.faults import Fault
from shared.core import tables
from tests.local.doctor.probe.changes import CASES, Case
from tests.local.doctor.probe.conftest import Probed

ROOT = Path(__file__).parents[4]


def test_nothing_differs_on_the_unchanged_stand_ins(probed: Probed) -> None:
    report = probe(probed.asker())
    assert [difference.lines() for difference in report.differences] == []
    assert report.unseen == []
    assert report.ended == ""
    asked = {belief.key for belief in BELIEFS} - {"hunting.heavy"}
    columns = sum(len(of) for of in COLUMNS.values())
    told = sum(not belief.believed for belief in BELIEFS)
    assert report.agreed == len(asked) - told + columns


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_deliberate_change_of_a_stand_in_is_reported(
    probed: Probed, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    case.change(monkeypatch, probed.simulator)
    report = probe(probed.asker(), [case.part])
    assert any(case.about in difference.about for difference in report.differences), report.lines("it")


def test_at_least_fifteen_changes_are_tried_in_every_part() -> None:
    assert len(CASES) >= 15
    assert {case.part for case in CASES} == set(PARTS)


def test_a_heavy_query_is_asked_only_where_it_is_wanted(
    probed: Probed, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, asked = probed.simulator.tenant.engine, list[str]()
    run = engine.run

    def running(kql: str, **named: Any) -> Result:
        asked.append(kql)
        if kql.count("join") > 1:
            raise TimedOut("for a test")
        return run(kql, **named)

    monkeypatch.setattr(engine, "run", running)
    assert probe(probed.asker(), ["refusals"]).differences == []
    assert not any("join" in kql for kql in asked)
    assert probe(probed.asker(), ["refusals"], heavy=True).differences == []
    assert any("join" in kql for kql in asked)


def test_a_heavy_query_that_is_answered_otherwise_is_reported(probed: Probed) -> None:
    """Here it is answered at once, which is no refusal at all."""
    report = probe(probed.asker(), ["refusals"], heavy=True)
    [found] = report.differences
    assert (found.about, found.seen) == ("a query that takes too long", "taken")


@pytest.mark.parametrize(("api", "gone"), [(DEFENDER, "Defender's alerts"), (GRAPH, "Graph's alerts")])
def test_a_list_that_is_not_for_this_sign_in_differs_in_nothing(
    probed: Probed, monkeypatch: pytest.MonkeyPatch, api: str, gone: str
) -> None:
    monkeypatch.setitem(probed.tokens.roles, api, ("ThreatHunting.Read.All",))
    report = probe(probed.asker(), ["defender alerts", "graph alerts", "access"])
    assert not any(gone in one.about for one in report.differences)
    assert report.differences == []


def test_a_tenant_that_answers_nothing_to_this_sign_in_differs_in_nothing(
    probed: Probed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for api in (DEFENDER, GRAPH):
        monkeypatch.setitem(probed.tokens.roles, api, ())
    report = probe(probed.asker())
    assert report.differences == []
    assert len(report.unseen) >= len(COLUMNS) + len(BELIEFS) - 5
    assert "could not be seen" in report.lines("it")[0]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_that_is_busy_differs_in_nothing(probed: Probed, status: int) -> None:
    probed.simulator.faults.add(Fault(kind="status", status=status, times=1_000))
    try:
        report = probe(probed.asker(), [part for part in PARTS if part != "access"])
    finally:
        probed.simulator.faults.forget()
    assert report.differences == []


def test_calls_are_bounded_and_it_says_where_it_ended(
    probed: Probed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.doctor.probe.asking.MOST_CALLS", 3)
    monkeypatch.setattr("local.doctor.probe.asking.MOST_HUNTS", 2)
    asker = probed.asker()
    report = probe(asker)
    assert (asker.calls, asker.hunts) == (0, 2)
    assert "more than 2 hunting calls" in report.lines("it")[-1]
    with pytest.raises(BoundReached):
        for _ in range(4):
            asker.get(asker.defender, "/api/alerts/x")


def test_the_report_holds_no_name_of_the_tenant(probed: Probed) -> None:
    """It says forms, codes and names of Microsoft's, and nothing of what an answer says."""
    text = "\n".join(probe(probed.asker()).lines("a tenant")).lower()
    known = probed.simulator.tenant
    names = {str(machine["computerDnsName"]) for machine in known.directory.machines()}
    names |= {str(alert["id"]) for alert in known.alerts.listed(known.clock.now())}
    names |= {"contoso", "fin.clerk", "127.0.0.1", "99999999-8888"}
    assert [name for name in names if name.lower() in text] == []


def test_a_message_or_a_code_that_holds_a_name_is_not_passed_on() -> None:
    answer = Answered(400, "marquevo.example said no", "Table 'X' of marquevo")
    assert refusal(answer, "X") == "400 another code, names it"
    assert "marquevo" not in form({"marquevo": 1})
    report = Report()
    report.take_tables([("DeviceEvents", {**COLUMNS["DeviceEvents"], "kelvast_CF": "string"}, "")])
    assert "kelvast" not in "\n".join(report.lines("it"))


def test_beliefs_are_asked_once_each_and_are_nobody_s_but_the_probe_s(probed: Probed) -> None:
    assert len({belief.key for belief in BELIEFS}) == len(BELIEFS)
    assert all(belief.source for belief in BELIEFS)
    users = [
        file
        for folder in ("shared", "local")
        for part in (ROOT / folder).iterdir()
        if part.name != "node_modules"
        for file in [*part.rglob("*.py"), part]
        if file.suffix == ".py"
        and "doctor/probe" not in file.as_posix()
        and "doctor.probe" in file.read_text("utf-8")
    ]
    assert users == []


def test_columns_are_those_that_the_app_asks_for_and_the_stand_in_has() -> None:
    schema = hunting_schema()
    for table in tables.TABLES:
        asked = {*tables.COMMON_COLUMNS, *table.columns, *tables.ACTOR_COLUMNS, *table.rule_columns} - {
            "Table"
        }
        assert set(COLUMNS[table.name]) == asked
    for name, columns in COLUMNS.items():
        assert {column: schema[name][column] for column in columns} == columns


def test_the_command_writes_the_report(
    probed: Probed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Target:
        name, is_local = "the local stack", True

    monkeypatch.setattr(probing, "asker_of", lambda target: probed.asker())
    out = io.StringIO()
    given = parse(["--probe", "--out", str(tmp_path / "probe.txt")])
    assert probing.run(Target(), Screen(out, out), out=given.out, heavy=given.heavy) == 0  # type: ignore[arg-type]
    written = (tmp_path / "probe.txt").read_text("utf-8")
    assert written.startswith("Probe of the local stack: ")
    assert "0 differ" in written.splitlines()[0]


@pytest.mark.parametrize("arguments", [["--out", "x"], ["--heavy"], ["--probe", "--out", "/nowhere/x/y"]])
def test_wrong_arguments_end_in_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
