"""`dev.py` under the other Pythons of this machine, as a person may have any of them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.cli import ROOT

OLDEST = (3, 9)
VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"
IMPORT_ALL = """
import importlib, pathlib
for path in sorted(pathlib.Path("local/setup").glob("*.py")):
    importlib.import_module("local.setup." + path.stem)
import local.cli
"""


def pythons_here() -> dict[tuple[int, int], str]:
    """One working interpreter of each version found on PATH and in pyenv's folder."""
    folders = [Path(part) for part in os.get_exec_path()]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path("~/.pyenv").expanduser())
    folders += pyenv.glob("versions/*/bin")
    names = ["python", "python2", "python3", *(f"python3.{minor}" for minor in range(6, 15))]
    # pyenv's shims only lead to what is in its folder, and each interpreter has several names.
    there = [f / name for f in folders if f.name != "shims" for name in names if (f / name).exists()]
    programs = {str(program.resolve()) for program in there}
    found = {(sys.version_info[0], sys.version_info[1]): sys.executable}
    for program in sorted(programs):
        if version := version_of(program):
            found.setdefault(version, program)
    return dict(sorted(found.items()))


def version_of(program: str) -> tuple[int, int] | None:
    try:
        said = run(program, "-c", VERSION).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.fullmatch(r"(\d+)\.(\d+)\s*", said)
    return (int(match[1]), int(match[2])) if match else None


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - interpreters of this machine, our own arguments
        [program, "-B", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


PYTHONS = pythons_here()


@pytest.mark.parametrize("version", [version for version in PYTHONS if version >= OLDEST], ids=str)
def test_dev_py_and_all_of_its_setup_load_and_help_is_answered(version: tuple[int, int]) -> None:
    loaded = run(PYTHONS[version], "-W", "error::SyntaxWarning", "-c", IMPORT_ALL)
    assert (loaded.returncode, loaded.stderr) == (0, "")
    helped = run(PYTHONS[version], "dev.py", "--help")
    assert helped.returncode == 0
    assert "python3 dev.py check" in helped.stdout


def test_a_python_too_old_is_told_so_in_one_line() -> None:
    old = [program for version, program in PYTHONS.items() if version < OLDEST]
    if not old:
        pytest.skip("no Python older than 3.9 on this machine")
    for program in old:
        told = run(program, "dev.py", "demo")
        assert told.returncode == 1
        assert re.fullmatch(r"dev\.py needs Python 3\.9 or newer to start; this is \d\.\d\.\n", told.stderr)


def test_what_runs_before_the_environment_imports_nothing_but_the_standard_library(tmp_path: Path) -> None:
    for part in ("dev.py", "local/__init__.py", "local/cli.py", "local/setup"):
        source, target = ROOT / part, tmp_path / part
        target.parent.mkdir(exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    loaded = subprocess.run(  # noqa: S603 - without site-packages, without ours
        [sys.executable, "-I", "-S", "-c", "import sys; sys.path.insert(0, '.');" + IMPORT_ALL],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (loaded.returncode, loaded.stderr) == (0, "")
