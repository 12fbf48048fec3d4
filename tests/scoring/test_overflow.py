"""What many alerts and busy devices cost."""

import pytest

from shared.core.hunting import hunt
from tests.scoring.conftest import made
from tests.scoring.harness import Recording, alone, load, run, scores


@pytest.mark.parametrize("most_rows", [10_000, pytest.param(hunt.MOST_ROWS, marks=pytest.mark.slow)])
def test_a_build_server_costs_no_more_than_a_laptop(
    most_rows: int,
    contoso: Recording,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One alert among more process creations than an answer of the service may have rows, as it is and at a
    tenth of that."""
    monkeypatch.setattr("local.simulator.engine.MAX_ROWS", most_rows)
    monkeypatch.setattr(hunt, "MOST_ROWS", most_rows)
    creations = str(most_rows * 11 // 10)
    build_server = load(made(tmp_path_factory, "--kind", "buildserver", "--creations", creations))
    found = run(build_server)
    (score,) = scores(build_server, found.findings)
    assert (score.recall, score.precision) == (1.0, 1.0)
    (laptop,) = (alert for alert in contoso.alerts if alert.title == "Unusual document activity")
    usual = alone(contoso, laptop.id)
    assert found.calls <= usual.calls + 1
    assert found.rows <= usual.rows + 20


def test_a_storm_is_told_apart_to_the_last_row_in_few_calls(storm: Recording) -> None:
    found = run(storm, now=storm.newest.plus(600))
    wrong = [
        score.line()
        for score in scores(storm, found.findings)
        if (score.missing or score.extra)
        or (score.finding.status, score.finding.method) != (score.truth["status"], score.truth["method"])
    ]
    assert not wrong
    assert found.calls <= 16  # two batches of a hundred
