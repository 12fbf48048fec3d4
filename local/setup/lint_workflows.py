"""`python -m local.setup.lint_workflows`: the GitHub workflows held against actionlint's rules.

It looks at keys, expressions and, with shellcheck, at the shell of each step; zizmor, in the tests, looks at
what an attacker could use.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from local.cli import ROOT

FOLDER = ROOT / ".github" / "workflows"


def main(files: Iterable[Path] = ()) -> int:
    """0 where nothing is found, or where actionlint has no wheel; it says itself what it finds."""
    linter, shellcheck = _program("actionlint"), _program("shellcheck")
    if not linter.is_file() and sys.platform == "darwin":
        print("left out: actionlint has no wheel for macOS; .github/workflows/checks.yml runs it")
        return 0
    looked_at = [str(file) for file in files or sorted(FOLDER.glob("*.yml"))]
    # Nothing else of this machine is asked: the outcome is the same everywhere.
    command = [str(linter), "-no-color", f"-shellcheck={shellcheck}", "-pyflakes=", *looked_at]
    return subprocess.run(command, check=False).returncode  # noqa: S603  # our own files, an installed program


def _program(name: str) -> Path:
    suffix = ".exe" if sys.platform == "win32" else ""
    return Path(sysconfig.get_path("scripts")) / f"{name}{suffix}"


if __name__ == "__main__":
    sys.exit(main())
