"""How the whole run is spread over workers: which tests stay on one, which go first, who compiles what.

A pytest plugin that `dev.py test` names. pytest-xdist has `--dist loadgroup` for the first half, but it does
nothing here: pytest-xdist 3.8.0 writes a test's group into `Item._nodeid`, which pytest 9.2 does not read any
more (`xdist/remote.py`, `_pytest/nodes.py`, read 2026-11-24), so that each test went alone and every worker
started every stack.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # xdist has no types

ROOT = Path(__file__).resolve().parents[1]
# All that take more than about ten seconds, so that none of them begins when the other workers end.
# Those that mostly wait for processes of their own (W) and those that keep a processor busy take turns: then
# neither tests wait for a processor nor processors for tests.
FIRST = (
    "tests/e2e/test_demo.py",  # W
    "tests/e2e/test_races_and_deaths.py",  # W
    "tests/scoring",
    "tests/faults",
    "tests/pipeline/test_interleavings.py",
    "tests/local/host",  # W
    "tests/local/ops",  # W
    "tests/hostile",
    "tests/adapters",
    "tests/report",  # W
    "tests/security",
    "tests/local/simulator",
    "tests/twins",
    "tests/local/doctor",  # W
    "tests/pipeline/test_kill_points.py",
    "tests/consumers",
    "tests/local/setup/test_environment.py",  # W
    "tests/pipeline/test_isolation.py",
    "tests/pipeline/hunt/test_tenant_gaps.py",
    "tests/infra/test_package.py",  # W
    "tests/queries",
    "tests/local/recordings",
    "tests/e2e/test_logs_arrive.py",  # W
    "tests/pipeline/test_in_time.py",
    "tests/pipeline/test_write_back.py",
    "tests/local/bench/test_parts.py",
    "tests/local/doctor/probe",
    "tests/pipeline/hunt/test_incidents.py",
    "tests/pipeline/fetch/test_tenants.py",
    "tests/pipeline/test_switch_of_source.py",
    "tests/local/test_cli.py",  # W
    "tests/disguise",
)
_BY_FILE = ("tests", "tests/e2e")  # folders whose fixtures do not make their files belong together


def unit(nodeid: str) -> str:
    """What stays on one worker with this test: its folder where that has fixtures, else its file."""
    file = nodeid.split("::", 1)[0]
    folder = file.rpartition("/")[0]
    with_fixtures = folder not in _BY_FILE and (ROOT / folder / "conftest.py").is_file()
    return folder if with_fixtures else file


def next_of(waiting: Mapping[str, object]) -> str:
    """The unit to begin next: the longest ones in their order, then the others in theirs."""
    return next((name for name in FIRST if name in waiting), next(iter(waiting)))


class Spread(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives workers whole units, the longest first."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)

    def _assign_work_unit(self, node: object) -> None:
        self.workqueue.move_to_end(next_of(self.workqueue), last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Spread:
    """As xdist asks for it: once a run, where the workers are told what to do."""
    return Spread(config, log)


def share_of(files: Sequence[Path], worker: str, count: int) -> list[Path]:
    """The files that this worker (`gw0`, `gw1` …) of `count` imports before all others."""
    return sorted(files)[int(worker.removeprefix("gw")) :: count]


def pytest_collection(session: pytest.Session) -> None:
    """Before a worker collects, it imports its share of the test files.

    In a new checkout pytest rewrites and compiles each of them, eight seconds of processor time in all. Each
    worker would do it for all files, at the same time as the others; this way it finds theirs compiled.
    """
    told = getattr(session.config, "workerinput", None)
    if told is None:
        return
    root = session.config.rootpath
    for file in share_of(list((root / "tests").rglob("test_*.py")), told["workerid"], told["workercount"]):
        with suppress(Exception):  # whatever is wrong with a file, its collection will say
            importlib.import_module(".".join(file.relative_to(root).with_suffix("").parts))
