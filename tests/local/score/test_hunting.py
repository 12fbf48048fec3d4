"""Batches, the time they are hunted at, and queries that are refused."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from local.score.hunting import Asked, batches, findings
from local.score.recording import Recording, load
from local.score.run import production
from local.simulator.engine import Engine, EngineError, Result, TimedOut
from shared.core.correlate.finding import Finding, Reason, Status
from shared.core.hunting import Case
from tests.local.score import small

NAME = "odd.exe"


def crowd(folder: Path, *days: str) -> Recording:
    """A recording of one process and its alert each day."""
    rows, alerts = [], []
    for number, day in enumerate(days):
        born = small.at(1, day=day)
        parent = (7, "explorer.exe", small.at(0, day=day))
        rows.append(small.process(100 + number, NAME, born, parent=parent, report=number))
        named = small.by_process(100 + number, NAME, born)
        alerts.append(small.alert(f"da{number}", small.at(2, day=day), named))
    return load(small.write(folder / "recording", alerts=alerts, rows={"DeviceProcessEvents": rows}))


def hunted(recording: Recording, asked: Asked | None = None) -> dict[str, Finding]:
    policy, found = production(), dict[str, Finding]()
    for cases, now in batches(recording.alerts, policy):
        found |= findings(recording.engine, cases, now, policy.hunt, asked or Asked())
    return found


def test_a_recording_may_span_years(tmp_path: Path) -> None:
    recording = crowd(tmp_path, "2019-03-01", "2019-03-02", "2024-07-01")
    parts = [[case.alert.id for case in cases] for cases, _ in batches(recording.alerts, production())]
    assert parts == [["da0", "da1"], ["da2"]]
    assert {one.status for one in hunted(recording).values()} == {Status.CORRELATED}


def test_a_batch_is_hunted_when_its_telemetry_is_in(tmp_path: Path) -> None:
    recording = crowd(tmp_path, "2019-03-01", "2024-07-01")
    early, late = (now for _, now in batches(recording.alerts, production()))
    assert early == recording.alerts[0].created.plus(2 * 86_400)
    assert late == recording.newest.plus(3 * 3_600)


def test_batches_are_no_larger_than_in_production(tmp_path: Path) -> None:
    recording = crowd(tmp_path, *["2024-07-01"] * 5)
    policy = replace(production(), batch_size=2)
    assert [len(cases) for cases, _ in batches(recording.alerts, policy)] == [2, 2, 1]


class Picky(Engine):
    """An engine that does not answer a query which holds a text."""

    refuses = ""
    error: type[EngineError] = EngineError

    def run(self, kql: str, **options: object) -> Result:
        if self.refuses in kql:
            raise self.error("no")
        return super().run(kql)


@pytest.fixture
def picky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recording]:
    monkeypatch.setattr("local.score.recording.Engine", Picky)
    recording = crowd(tmp_path, *["2024-07-01"] * 4)
    monkeypatch.setattr(Picky, "refuses", "102")  # a pid that only one alert names
    yield recording


def test_a_refused_query_fails_its_own_alert_alone(picky: Recording) -> None:
    found = hunted(picky)
    failed = {alert_id: one for alert_id, one in found.items() if one.status is not Status.CORRELATED}
    assert set(failed) == {"da2"}
    assert failed["da2"].reason is Reason.QUERY_REJECTED


def test_a_query_out_of_time_is_asked_in_parts(picky: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Picky, "error", TimedOut)
    found = hunted(picky)
    assert {alert_id for alert_id, one in found.items() if one.status is Status.CORRELATED} == {
        f"da{number}" for number in range(4) if number != 2
    }


def test_an_answer_over_the_services_limit_is_asked_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = crowd(tmp_path, *["2024-07-01"] * 2)
    whole, parts = Asked(), Asked()
    expected = hunted(recording, whole)
    monkeypatch.setattr("local.score.hunting._MANY", 1)
    monkeypatch.setattr("local.score.hunting._MOST_BYTES", 3_000)
    assert hunted(recording, parts) == expected
    assert parts.calls > whole.calls


def test_what_it_cost_is_counted(tmp_path: Path) -> None:
    recording, told = crowd(tmp_path, "2024-07-01"), list[int]()
    asked = Asked(on_call=lambda one: told.append(one.calls))
    findings(recording.engine, [Case(recording.alerts[0])], recording.newest, production().hunt, asked)
    assert asked.calls == len(asked.texts) == len(told) >= asked.rounds >= 1
    assert told == list(range(asked.calls))
    assert asked.rows >= 1
