"""Which files are published, by the rules of the two programs that read .funcignore."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

# Core Tools leaves these out by itself, wherever they lie and however they are spelt.
_NEVER_FOLDERS = frozenset({".git", ".vscode"})
_NEVER_FILES = frozenset({".funcignore", ".gitignore", "local.settings.json", "project.lock.json"})
_STARS = {"**": ".+", "*": "[^/]+"}


class CoreToolsRules:
    """Core Tools' reading of a .funcignore.

    Only whole paths of files are looked at, never folders. A pattern fits from the path's first character,
    and what it fits must end at a word's boundary (words are ASCII); so it fits every path that goes on after
    it. `**` is one or more characters, `*` one or more but no slash, and everything else is itself. A path is
    left out where a plain line fits it and no line with `!` does, in whatever order they stand. Upper and
    lower case differ. Read in src/Cli/func/Common/GitIgnoreParser.cs and FileSystemHelpers.cs of
    https://github.com/Azure/azure-functions-core-tools (2026-11).
    """

    def __init__(self, text: str) -> None:
        lines = [line.strip() for line in text.split("\n")]
        lines = [line for line in lines if line and not line.startswith("#")]
        self._out = [_pattern(line) for line in lines if not line.startswith("!")]
        self._in = [_pattern(line[1:]) for line in lines if line.startswith("!")]

    def takes(self, path: str) -> bool:
        """Whether the file is published; `path` is relative, with slashes."""
        return _any(self._in, path) or not _any(self._out, path)


def _pattern(line: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", line.removeprefix("/"))
    return re.compile("".join(_STARS.get(part) or re.escape(part) for part in parts) + r"\b", re.ASCII)


def _any(patterns: list[re.Pattern[str]], path: str) -> bool:
    return any(pattern.match(path) for pattern in patterns)


def by_core_tools(root: Path, text: str) -> list[str]:
    """What `func azure functionapp publish` takes of the folder."""
    rules = CoreToolsRules(text)
    return sorted(path for path in _files(root) if rules.takes(path))


def by_azd(root: Path, text: str) -> list[str]:
    """What `azd deploy` takes of the folder: git's own reading of the same file, by git.

    azd reads .funcignore with git's rules since https://github.com/Azure/azure-dev/pull/5383 (read 2026-11),
    and always leaves out local.settings.json.
    """
    empty = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}
    git = ["git", "--git-dir", str(root.parent / f"{root.name}.git"), "--work-tree", str(root)]
    run = {"env": empty, "cwd": root, "check": True, "capture_output": True}
    subprocess.run([*git, "init", "--quiet"], **run)  # type: ignore[call-overload]  # noqa: S603
    ignored = root.parent / f"{root.name}.funcignore"
    ignored.write_text(text, "utf-8")
    listed = subprocess.run(  # type: ignore[call-overload]  # noqa: S603
        [*git, "ls-files", "-z", "--others", f"--exclude-from={ignored}"], **run
    )
    return sorted(
        path for path in listed.stdout.decode().split("\0") if path and "local.settings" not in path
    )


def _files(root: Path) -> Iterator[str]:
    left = [""]
    while left:
        folder = left.pop()
        for entry in os.scandir(root / folder):
            name = entry.name.lower()
            if entry.is_dir(follow_symlinks=False):
                if name not in _NEVER_FOLDERS:
                    left.append(f"{folder}{entry.name}/")
            elif name not in _NEVER_FILES:
                yield folder + entry.name
