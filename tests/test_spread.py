"""The whole run spread over workers: run for real, on made-up tests."""

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
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # the others take their time to start
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "tests.spread", "-n", "2"]
    options = ["-q", "-c", str(tmp_path / "pytest.ini"), f"--rootdir={tmp_path}", "--import-mode=importlib"]
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, *options, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "36 passed" in done.stdout, done.stdout + done.stderr
    seen = [line.split() for line in (tmp_path / "seen").read_text().splitlines()]
    workers = {file: {worker for name, worker in seen if name == file} for file, _ in seen}
    assert {len(on) for on in workers.values()} == {1}
    assert set.union(*workers.values()) == {"gw0", "gw1"}
