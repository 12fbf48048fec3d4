"""Tenants with the same ids and another truth, run together, come to what each comes to alone."""

import pytest

from tests.twins.deployments import IDS, KINDS, Runs
from tests.twins.recording import NAMES

TOGETHER = [("home", "acme"), pytest.param(("home", "acme", "acme2"), marks=pytest.mark.slow)]


@pytest.mark.parametrize("names", TOGETHER, ids=" ".join)
def test_together_they_come_to_what_each_comes_to_alone(runs: Runs, names: tuple[str, ...]) -> None:
    together = runs.told(*names)
    for name in names:
        alone = runs.told(name)
        assert alone.outcomes[name].keys() >= {
            "Alerts",
            "AlertEvents",
            "Incidents",
            "AlertWork",
            "EntityCache",
        }
        assert together.outcomes[name] == alone.outcomes[name]
        assert together.lines[name] == alone.lines[name]
        assert together.calls[name] == alone.calls[name]


@pytest.mark.parametrize("names", TOGETHER, ids=" ".join)
def test_no_text_of_one_is_with_another(runs: Runs, names: tuple[str, ...]) -> None:
    together = runs.told(*names)
    for name in names:
        said = together.texts[name]
        assert all(word in said for word in NAMES[KINDS[name]])
        others = [word for other in KINDS if other != name for word in (*NAMES[KINDS[other]], IDS[other])]
        assert [word for word in others if word in said] == []


@pytest.mark.parametrize("names", TOGETHER, ids=" ".join)
def test_each_row_is_of_one_tenant(runs: Runs, names: tuple[str, ...]) -> None:
    assert runs.told(*names).strays == []


def test_the_truths_differ_in_all_that_could_be_mixed_up(runs: Runs) -> None:
    """Or the comparison would say nothing."""
    one, two = (
        list(runs.told("home", "acme").outcomes[name]["Alerts"].values()) for name in ("home", "acme")
    )
    assert [row["AlertId"] for row in one] == [row["AlertId"] for row in two]
    assert len(one) == 3
    for column in (
        "Validation",
        "SeenBefore",
        "KnownBenign",
        "WriteBackState",
        "WriteBackFields",
        "DetectionIds",
    ):
        assert [row[column] for row in one] != [row[column] for row in two], column
