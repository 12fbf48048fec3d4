"""Folders of tests that know when they end, so that what they share ends with them.

To pytest a package is what has an `__init__.py`; in a folder without one, fixtures of scope "package" live as
long as the worker, and a stack that nobody uses any more costs a tenth of a processor.
"""

from __future__ import annotations

from pathlib import Path

import pytest


class Folder(pytest.Package):
    """A folder with a conftest.py: its fixtures of scope "package" end with its last test."""

    def setup(self) -> None:
        """Nothing: there is no module of the folder's own."""


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """As pytest asks for each folder; None leaves it to pytest."""
    return Folder.from_parent(parent, path=path) if (path / "conftest.py").is_file() else None
