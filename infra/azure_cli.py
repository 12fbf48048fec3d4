"""The Azure CLI as the scripts of this folder call it; any Python from 3.9, no packages."""

from __future__ import annotations

import json
import shutil
import subprocess


class Failed(Exception):
    """What was not found or refused, and the way out where there is one."""


class Azure:
    """The Azure CLI of this machine; each call is one JSON answer, or Failed with what it said."""

    def call(self, *arguments: str) -> object:
        """The answer of `az …`."""
        program = shutil.which("az")
        if program is None:
            raise Failed("the Azure CLI (az) is not installed: https://aka.ms/install-azure-cli")
        command = [program, *arguments, "--output", "json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise Failed(f"az {' '.join(arguments[:3])} …: {done.stderr.strip()[-600:]}")
        return json.loads(done.stdout or "null")
