"""Python 3.13 fetched by uv, for a machine that has none.

Run to its end with uv 0.13.9 on Linux, but only with an archive on the same machine; the download itself was
never run but for its failure. The order of the steps is tested with a made-up runner.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from local.setup.pythons import Python
from local.setup.running import Outcome, Run


def fetch(root: Path, running: str, environ: Mapping[str, str], run: Run) -> Python | Outcome:
    """A Python 3.13 in the checkout's own `.venv-uv`, or how the step that failed ended.

    `running` is the Python that asks: where no uv is on PATH, uv is installed with its pip, hash-checked.
    """
    folder = root / ".venv-uv"
    at_home = {
        **environ,
        "UV_PYTHON_INSTALL_DIR": str(folder / "python"),
        "UV_PYTHON_INSTALL_BIN": "0",  # nothing outside the checkout
        "UV_PYTHON_PREFERENCE": "only-managed",
        "UV_NO_CACHE": "1",
        "UV_NO_CONFIG": "1",
    }
    uv = _uv_on_path(environ, at_home, root, run) or _install_uv(folder, running, environ, root, run)
    if isinstance(uv, Outcome):
        return uv
    fetched = run([uv, "python", "install", "3.13"], at_home, root)
    if not fetched.ok:
        return fetched
    found = run([uv, "python", "find", "--no-project", "3.13"], at_home, root)
    lines = found.output.strip().splitlines()
    if not found.ok or not lines:
        return Outcome(found.code or 1, found.output)
    return Python(lines[-1].strip(), (3, 13))


def _uv_on_path(environ: Mapping[str, str], at_home: Mapping[str, str], root: Path, run: Run) -> str | None:
    uv = shutil.which("uv", path=environ.get("PATH", ""))
    return uv if uv and run([uv, "--version"], at_home, root).ok else None


def _install_uv(
    folder: Path, running: str, environ: Mapping[str, str], root: Path, run: Run
) -> str | Outcome:
    made = run([running, "-m", "venv", "--clear", str(folder)], environ, root)
    if not made.ok:
        return made
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    lock = root / "local" / "setup" / "requirements-uv.lock"
    install = ["-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)]
    installed = run([str(programs / "python"), *install], environ, root)
    return str(programs / "uv") if installed.ok else installed
