"""Folders that know when they end: run for real, on made-up tests."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FIXTURE = """
import pytest

@pytest.fixture(scope="package")
def stack():
    print("<up>", end="")
    yield
    print("<down>", end="")
"""
TEST = "def test_it({fixture}):\n    print(__file__.rpartition('/')[2][:-3], end=' ')\n"


def test_what_a_folder_s_tests_share_ends_with_the_last_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, fixture in (("a/test_1", "stack"), ("a/b/test_2", ""), ("a/test_3", "stack"), ("c/test_4", "")):
        file = tmp_path / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(TEST.format(fixture=fixture))
    (tmp_path / "a" / "conftest.py").write_text(FIXTURE)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # the others take their time to start
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "pytest", "-p", "tests.folders", "--import-mode=importlib", "-qs", tmp_path],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("test_2 .<up>test_1 .test_3 .<down>test_4 ."), done.stdout + done.stderr


def test_what_a_folder_starts_does_not_outlive_it() -> None:
    """A fixture that has something to end, in a folder, is none of the whole session's."""
    kept = [
        f"{file.relative_to(ROOT)}: {made.name}"
        for file in (ROOT / "tests").glob("*/**/*.py")
        if 'scope="session"' in (text := file.read_text("utf-8"))
        for made in ast.walk(ast.parse(text))
        if isinstance(made, ast.FunctionDef)
        and any('scope="session"' in (ast.get_source_segment(text, one) or "") for one in made.decorator_list)
        and any(isinstance(one, ast.Yield) for one in ast.walk(made))
    ]
    assert kept == []
