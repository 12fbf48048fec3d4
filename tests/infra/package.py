"""The package that `func azure functionapp publish` makes of this checkout."""

from __future__ import annotations

import functools
import zipfile
from pathlib import Path

from local.cli import ROOT
from tests.infra.funcignore import by_core_tools

FUNCIGNORE = (ROOT / ".funcignore").read_text("utf-8")


@functools.cache
def packaged_files() -> list[str]:
    """The paths that go into the package, whether or not git knows them."""
    return by_core_tools(ROOT, FUNCIGNORE)


def build(target: Path) -> Path:
    """The package as a zip at `target`."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for path in packaged_files():
            package.write(ROOT / path, path)
    return target
