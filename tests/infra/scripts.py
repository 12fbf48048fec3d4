"""Our bash scripts run behind a stand-in for the Azure CLI."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import jmespath

from tests.infra.directory import Directory


def behind_az(folder: Path) -> Directory:
    """A directory that the `az` in `folder`/bin works on."""
    (folder / "bin").mkdir()
    az = folder / "bin" / "az"
    # Without `site`, whose start would cost as much as all the rest: a script calls it a dozen times.
    library = Path(jmespath.__file__).parents[1]
    program = f'"{sys.executable}" -S "{Path(__file__).with_name("fake_az.py")}"'
    az.write_text(f'#!/bin/sh\nPYTHONPATH="{library}" exec {program} "$@"\n', "utf-8")
    az.chmod(0o755)
    return Directory.new(folder / "state.json")


def run_script(
    script: Path, directory: Directory, *arguments: str, path: str | None = None
) -> subprocess.CompletedProcess[str]:
    """The script's end, with nothing of this process's environment."""
    bash = shutil.which("bash") or "bash"
    env = {
        "PATH": path or f"{directory.file.parent / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "FAKE_AZ_STATE": str(directory.file),
    }
    command = [bash, str(script), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
