"""Our bash scripts run behind a stand-in for the Azure CLI."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.infra import fake_az
from tests.infra.directory import Directory


def behind_az(folder: Path) -> Directory:
    """A directory that the `az` in `folder`/bin works on."""
    (folder / "bin").mkdir()
    directory = Directory.new(folder / "state.json")
    fake_az.install(folder / "bin", directory.file)
    return directory


def run_script(
    script: Path, directory: Directory, *arguments: str, path: str | None = None
) -> subprocess.CompletedProcess[str]:
    """The script's end, with nothing of this process's environment."""
    bash = shutil.which("bash") or "bash"
    env = {"PATH": path or f"{directory.file.parent / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    command = [bash, str(script), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
