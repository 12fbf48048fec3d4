"""The whole run spread over workers: run for real, on made-up tests."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.spread import FIRST, ROOT, next_of, unit

TEST = """
import os
import pytest

@pytest.mark.parametrize("number", range(6))
def test_it(number):
    with open(os.environ["SEEN"], "a") as seen:
        print(__file__, os.environ["PYTEST_XDIST_WORKER"], file=seen)
"""


@pytest.mark.parametrize(
    ("nodeid", "expected"),
    [
        ("tests/core/hunting/test_kql.py::test_it[a::b/c]", "tests/core/hunting/test_kql.py"),
        ("tests/faults/test_the_table.py::test_it", "tests/faults"),
        ("tests/local/ops/test_status.py::test_it", "tests/local/ops"),
        ("tests/e2e/test_demo.py::test_it", "tests/e2e/test_demo.py"),
        ("tests/test_imports.py::test_it", "tests/test_imports.py"),
    ],
)
def test_tests_with_common_fixtures_stay_together(nodeid: str, expected: str) -> None:
    assert unit(nodeid) == expected


def test_the_longest_go_first_and_are_all_there() -> None:
    assert [
        name for name in FIRST if unit(f"{name}/test_x.py" if (ROOT / name).is_dir() else name) != name
    ] == []
    assert [name for name in FIRST if not (ROOT / name).exists()] == []
    assert next_of({"other": 0, FIRST[1]: 0, FIRST[0]: 0}) == FIRST[0]
    assert next_of({"other": 0, "another": 0}) == "other"


def test_each_unit_runs_on_one_worker_and_every_worker_has_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"test_{letter}.py" for letter in "abcdef"]
    for name in names:
        (tmp_path / name).write_text(TEST)
    printed = spread_over_two(tmp_path, monkeypatch)
    assert "36 passed" in printed
    seen = [line.split() for line in (tmp_path / "seen").read_text().splitlines()]
    workers = {file: {worker for name, worker in seen if name == file} for file, _ in seen}
    assert {len(on) for on in workers.values()} == {1}
    assert set.union(*workers.values()) == {"gw0", "gw1"}


IMPORTED = """
import os
with open(os.environ["SEEN"], "a") as seen:
    print(__file__, os.environ["PYTEST_XDIST_WORKER"], file=seen)

def test_it():
    assert 1 + 1 == 2
"""


def test_each_worker_imports_its_share_first_and_what_is_wrong_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tests").mkdir()
    for letter in "abcd":
        (tmp_path / "tests" / f"test_{letter}.py").write_text(IMPORTED)
    (tmp_path / "tests" / "test_e.py").write_text(IMPORTED + "raise LookupError\n")
    printed = spread_over_two(tmp_path, monkeypatch)
    assert re.search(r"^ERROR \S*test_e.py", printed, re.M) and "LookupError" in printed
    lines = [line.split() for line in (tmp_path / "seen").read_text().splitlines()]
    order = {worker: [Path(file).stem[-1] for file, on in lines if on == worker] for worker in ("gw0", "gw1")}
    assert order == {"gw0": ["a", "c", "e", "b", "d", "e"], "gw1": ["b", "d", "a", "c", "e"]}


def spread_over_two(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a run of the folder's tests by two workers prints; its tests write to the file SEEN."""
    monkeypatch.setenv("SEEN", str(folder / "seen"))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # the others take their time to start
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "tests.spread", "-n", "2", "-q"]
    options = ["-c", str(folder / "pytest.ini"), f"--rootdir={folder}", "--import-mode=importlib"]
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, *options, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr
