"""The package that `func azure functionapp publish` makes: the folder less what .funcignore names."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pathspec

from local.cli import ROOT

# What Core Tools leaves out by itself (its source, read 2026-11).
_ALWAYS = (".git/", ".vscode/", ".funcignore", ".gitignore", "local.settings.json", "project.lock.json")


def packaged_files(root: Path = ROOT) -> list[str]:
    """The paths that go into the package, whether or not git knows them."""
    lines = (root / ".funcignore").read_text("utf-8").splitlines()
    return sorted(_walk(root, "", pathspec.GitIgnoreSpec.from_lines([*lines, *_ALWAYS])))


def _walk(root: Path, folder: str, ignored: pathspec.GitIgnoreSpec) -> Iterator[str]:
    for entry in os.scandir(root / folder):
        path = folder + entry.name
        if entry.is_dir():
            if not ignored.match_file(path + "/"):
                yield from _walk(root, path + "/", ignored)
        elif not ignored.match_file(path):
            yield path


def build(target: Path, root: Path = ROOT) -> Path:
    """The package as a zip at `target`."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for path in packaged_files(root):
            package.write(root / path, path)
    return target
