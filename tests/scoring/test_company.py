"""A finding follows from telemetry alone: not from alerts hunted beside it, nor from the order of rows."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from local.incidents.case import file_evidence
from local.incidents.chance import Chance
from local.incidents.scene import Scene
from local.incidents.stage import attacker
from local.score.hunting import RULES, SETTLED
from local.simulator.engine import Engine
from shared.core.conclude import proves
from shared.core.correlate.finding import Cell, Finding
from shared.core.hunting import Answer, Case, HuntPolicy, Query, start
from shared.core.hunting.columns import projection
from shared.core.tables import TABLES
from tests.scoring import crowds
from tests.scoring.harness import POLICY, Recording, alone, load, whole
from tests.scoring.small_recordings import alert, written

type Rows = tuple[Mapping[str, Cell], ...]

_OF_NO_TELEMETRY = ("alert-evidence", "device-known")


@cache
def _everything(engine: Engine) -> Rows:
    """Each row of the recording, as our queries return it."""
    return tuple(
        row for table in TABLES for row in engine.run(f"{table.name}\n{projection(table.name)}").rows
    )


def _found(
    recording: Recording,
    cases: Sequence[Case],
    chance: random.Random,
    more: Rows = (),
    policy: HuntPolicy = POLICY,
) -> dict[str, Finding]:
    """What one hunt for these finds, where every answer's rows come in any order and with `more` of them."""

    def answer(query: Query) -> Answer:
        rows = [*recording.engine.run(query.kql).rows, *(() if query.name in _OF_NO_TELEMETRY else more)]
        chance.shuffle(rows)
        return Answer(query, rows=tuple(rows))

    hunt = start(tuple(cases), recording.newest.plus(SETTLED), policy, proves(RULES.rules()))
    while hunt.queries:
        hunt = hunt.answered([answer(query) for query in hunt.queries])
    return hunt.findings()


# Bounds so low that scenes of a few hundred rows go beyond each of them.
_SMALL = replace(
    POLICY,
    process_rows=8,
    mention_rows=5,
    moment_rows=6,
    device_activity=5,
    shared_children=3,
    max_events=60,
    max_nodes=12,
)


def _chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - an order, not a secret


def _batches(recording: Recording, chance: random.Random) -> Iterator[list[Case]]:
    """All alerts in any order, in batches of any size."""
    alerts = list(recording.alerts)
    chance.shuffle(alerts)
    while alerts:
        size = chance.randint(2, 20)
        yield [Case(one) for one in alerts[:size]]
        del alerts[:size]


def _assert_same(found: Mapping[str, Finding], expected: Mapping[str, Finding], recording: Recording) -> None:
    titles = {one.id: one.title for one in recording.alerts}
    for alert_id, finding in found.items():
        one, other = ({tied.event.key for tied in each.events} for each in (finding, expected[alert_id]))
        assert one == other, (titles[alert_id], one ^ other)
        assert finding == expected[alert_id], titles[alert_id]


@pytest.fixture(scope="module")
def shared_file(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """A file that two processes wrote: one alert names the file, another the process that is not meant."""

    def tell(on: Scene) -> None:
        sample = attacker("driver_pack.exe", "C:\\Users\\Public\\Downloads")
        shell = on.resident("explorer.exe")
        other = on.run(shell, "msedge.exe", "msedge.exe", 0, life=4_000)
        on.write(other, 6, sample.path)
        meant = on.run(shell, "cmd.exe", "cmd.exe /c job", 30, life=60)
        on.write(meant, 36, sample.path)
        alert(on, meant, (file_evidence(sample),))
        alert(on, other)

    folder = tmp_path_factory.mktemp("shared")
    written(folder, tell)
    return load(folder)


@pytest.mark.parametrize("made", ["contoso", "shared_file"])
def test_rows_that_an_alert_did_not_ask_for_change_nothing(made: str, request: pytest.FixtureRequest) -> None:
    recording: Recording = request.getfixturevalue(made)
    cases = [Case(one) for one in recording.alerts]
    found = _found(recording, cases, _chance(1), _everything(recording.engine))
    _assert_same(found, whole(recording).findings, recording)


def test_an_alert_comes_to_the_same_alone_and_beside_others(
    contoso: Recording, shared_file: Recording
) -> None:
    chance = _chance(2)
    batch = next(_batches(contoso, chance))
    _assert_same(_found(contoso, batch, chance), whole(contoso).findings, contoso)
    for one in shared_file.alerts:
        _assert_same(_found(shared_file, [Case(one)], chance), whole(shared_file).findings, shared_file)


@pytest.mark.slow
@pytest.mark.parametrize("made", ["contoso", "busier", "storm"])
def test_each_alert_alone_and_in_any_company_comes_to_the_same(
    made: str, request: pytest.FixtureRequest
) -> None:
    recording: Recording = request.getfixturevalue(made)
    together = whole(recording).findings
    _assert_same(
        {one.id: alone(recording, one.id).findings[one.id] for one in recording.alerts}, together, recording
    )
    chance = _chance(3)
    for batch in _batches(recording, chance):
        _assert_same(_found(recording, batch, chance), together, recording)


def _assert_same_in_any_crowd(
    folder: Path, seed: int, processes: int, batches: int, *, alone: int | None = None
) -> None:
    """Of a scene made by chance, under low bounds: each alert alone, or `alone` of them, and in random
    company, which then is that of all."""
    written(folder, lambda on: crowds.tell(on, Chance("crowd", seed), processes))
    recording, chance = load(folder), _chance(seed)
    cases = [Case(one) for one in recording.alerts]
    expected: dict[str, Finding] = {}
    for case in cases if alone is None else chance.sample(cases, alone):
        expected |= _found(recording, [case], chance, policy=_SMALL)
    if alone is not None:
        together = _found(recording, cases, chance, policy=_SMALL)
        _assert_same({alert_id: together[alert_id] for alert_id in expected}, expected, recording)
    for _ in range(batches):
        some = chance.sample(cases, chance.randint(2, len(cases)))
        _assert_same(_found(recording, some, chance, policy=_SMALL), expected, recording)


def test_a_crowd_on_one_device_changes_no_finding_whatever_is_beyond_its_bounds(tmp_path: Path) -> None:
    _assert_same_in_any_crowd(tmp_path, 1, processes=2, batches=0, alone=4)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 14))
def test_no_crowd_changes_a_finding(seed: int, tmp_path: Path) -> None:
    _assert_same_in_any_crowd(tmp_path, seed, processes=7, batches=4)
