"""What correlation finds in the recorded incident, against the truth of what caused what."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence

import pytest

from local.incidents.make import CONTOSO
from local.score.hunting import RULES, SETTLED
from local.simulator.gate import Gate
from shared.core.conclude import proves
from shared.core.correlate.finding import Status
from shared.core.hunting import Answer, Case, start
from tests.scoring.harness import (
    POLICY,
    Recording,
    Score,
    alone,
    by_pid_alone,
    load,
    one_of_each_shape,
    run,
    scores,
    whole,
)


@pytest.fixture(scope="module", params=["contoso", "busier"])
def recording(request: pytest.FixtureRequest) -> Recording:
    found: Recording = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def scored(recording: Recording) -> list[Score]:
    made = scores(recording, whole(recording).findings)
    print("", *(score.line() for score in made), sep="\n")
    return made


def test_every_row_of_an_alert_with_a_process_is_found_and_hardly_another(scored: list[Score]) -> None:
    by_process = [score for score in scored if score.is_by_rows and score.has_process]
    assert len(by_process) >= 10
    for score in by_process:
        assert score.recall == 1.0, (score.line(), score.missing)
        assert score.precision >= 0.99, (score.line(), score.extra)


def test_alerts_without_a_process_are_tied_by_what_they_name(scored: list[Score]) -> None:
    by_evidence = [score for score in scored if score.is_by_rows and not score.has_process]
    assert len(by_evidence) >= 5
    for score in by_evidence:
        assert score.recall >= 0.95, (score.line(), score.missing)
        assert score.precision >= 0.95, (score.line(), score.extra)


def test_status_reason_and_method_are_those_of_the_truth(scored: list[Score]) -> None:
    for score in scored:
        finding = score.finding
        assert finding.status == score.truth["status"], score.line()
        assert finding.reason == score.truth["reason"], score.line()
        assert finding.method == score.truth["method"], score.line()
        assert finding.event_count >= len(finding.events), score.line()


def test_the_anchors_are_the_processes_that_the_alert_is_about(scored: list[Score]) -> None:
    """Of several that touched a thing, at least the one that is meant."""
    for score in scored:
        if score.is_by_rows:
            expected = {(one["DeviceId"], one["ProcessId"]) for one in score.truth["anchors"]}
            found = {(key.device_id, key.pid) for key in score.finding.anchors}
            assert found <= expected and bool(found) == bool(expected), score.line()
            if score.has_process:
                assert found == expected, score.line()


def test_an_alert_with_only_a_device_shows_that_device(scored: list[Score], recording: Recording) -> None:
    (score,) = (score for score in scored if score.truth["scored_by"] == "device")
    devices = {alert.id: alert.device_id for alert in recording.alerts}
    assert {tied.event.device_id for tied in score.finding.events} == {devices[score.alert_id]}


def test_matching_by_pid_alone_would_be_noticed(contoso: Recording) -> None:
    wrong = by_pid_alone(contoso).findings
    by_process = [score for score in scores(contoso, wrong) if score.is_by_rows and score.has_process]
    assert sum(score.precision < 0.99 for score in by_process) >= 5


def test_what_is_found_does_not_depend_on_the_company_an_alert_is_hunted_in(contoso: Recording) -> None:
    together = whole(contoso).findings
    by_method = {together[alert.id].method: alert for alert in contoso.alerts}  # one of each kind
    assert len(by_method) >= 8
    for alert in by_method.values():
        assert alone(contoso, alert.id).findings[alert.id] == together[alert.id], alert.title


def test_the_service_accepts_every_published_query(scored: list[Score], gate: Gate) -> None:
    queries = sorted(one_of_each_shape(score.finding.query for score in scored if score.finding.query))
    assert len(queries) >= 10
    verdicts = gate.judge_all(queries)
    assert [one.messages for one in verdicts if not one.ok] == []


def test_a_published_query_returns_every_event_shown(
    recording: Recording, scored: list[Score], contoso: Recording
) -> None:
    """Of the busier recording, one query of each shape."""
    queries = [score.finding.query for score in scored]
    chosen = {"", *(queries if recording is contoso else one_of_each_shape(queries))}
    for score in (score for score in scored if score.finding.query in chosen):
        finding = score.finding
        if finding.status is not Status.CORRELATED:
            assert finding.query == ""
            continue
        rows = recording.engine.run(finding.query).rows
        returned = {(row["Table"], row["DeviceId"], str(row["ReportId"])) for row in rows}
        shown = {(t.event.table, t.event.device_id, t.event.report_id) for t in finding.events}
        assert shown <= returned, score.title


def test_every_query_of_the_hunt_is_accepted_by_the_service(contoso: Recording, gate: Gate) -> None:
    texts = whole(contoso).texts
    assert len(texts) >= 2
    assert all(verdict.ok for verdict in gate.judge_all(texts))


def test_telemetry_that_comes_late_is_found_by_the_next_hunt(contoso: Recording) -> None:
    early = load(CONTOSO, without_late=True)
    (alert,) = (one for one in early.alerts if "certutil" in one.title)
    soon, later = alert.created.plus(60), alert.created.plus(600)
    first = run(early, [Case(alert)], now=soon).findings[alert.id]
    assert (first.status, first.reason) == (Status.NO_MATCH, "TelemetryNotInYet")
    second = run(contoso, [Case(alert, first)], now=later).findings[alert.id]
    assert (second.status, second.method) == (Status.CORRELATED, "ExactProcess")
    assert second == run(contoso, [Case(alert)], now=later).findings[alert.id]


def test_the_whole_incident_costs_ten_calls(contoso: Recording) -> None:
    done = whole(contoso)
    assert done.calls <= 10
    assert done.rounds <= 4


def _rounds_of(recording: Recording, cases: Sequence[Case]) -> Counter[str]:
    """How often something was asked for each alert, where all are hunted together."""
    hunt = start(cases, recording.newest.plus(SETTLED), POLICY, proves(RULES.rules()))
    rounds: Counter[str] = Counter()
    while hunt.queries:
        rounds.update({alert_id for query in hunt.queries for alert_id in query.alert_ids})
        answers = [Answer(query, rows=recording.engine.run(query.kql).rows) for query in hunt.queries]
        hunt = hunt.answered(answers)
    return rounds


def test_an_alert_that_names_a_process_takes_one_question_or_two(contoso: Recording) -> None:
    by_device: dict[str | None, list[Case]] = defaultdict(list)
    for alert in contoso.alerts:
        is_tied_so = whole(contoso).findings[alert.id].method in ("ExactProcess", "ProcessWithinTolerance")
        if is_tied_so and any(item.process_id is not None for item in alert.evidence):
            by_device[alert.device_id].append(Case(alert))
    rounds: Counter[str] = Counter()
    # No two alerts of one device in a hunt: what is asked for one serves none of the others.
    for apart in itertools.zip_longest(*by_device.values()):
        rounds |= _rounds_of(contoso, [case for case in apart if case is not None])
    assert len(rounds) == sum(map(len, by_device.values())) >= 12
    assert max(rounds.values()) == 2
    assert sum(asked == 1 for asked in rounds.values()) >= len(rounds) / 2
