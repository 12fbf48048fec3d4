"""`python -m local.report.lint`: the page's scripts held against the rules of `oxlintrc.json`."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

from local.report.assemble import PAGE

RULES = Path(__file__).parent / "oxlintrc.json"


def main(scripts: Path = PAGE / "scripts") -> int:
    """0 where nothing is found; oxlint says what it finds."""
    suffix = ".exe" if sys.platform == "win32" else ""
    program = Path(sysconfig.get_path("scripts")) / f"oxlint{suffix}"
    command = [str(program), "--config", str(RULES), str(scripts)]
    return subprocess.run(command, check=False).returncode  # noqa: S603  # our own files, an installed program


if __name__ == "__main__":
    sys.exit(main())
