"""The pages of this project, read as their readers do: links, headings, code."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from local.cli import ROOT

_TEMPLATE = "_template.md"  # what a page in docs/ is made from
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[(?:[^\[\]]|!\[[^\]]*\])*\]\(([^)\s]+)\)")
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True)
class Page:
    """One Markdown file, named from the root."""

    name: str
    text: str

    @cached_property
    def fences(self) -> list[tuple[str, str]]:
        """(language, text without the fence's own indentation) of each block of code."""
        return [
            (match[2], re.sub(rf"^{match[1]}", "", match[3], flags=re.MULTILINE))
            for match in _FENCE.finditer(self.text)
        ]

    @cached_property
    def prose(self) -> str:
        """The text without its blocks of code."""
        return _FENCE.sub("", self.text)

    @cached_property
    def links(self) -> list[str]:
        """Where each link and image leads."""
        return _LINK.findall(_CODE.sub("code", self.prose))

    @cached_property
    def words(self) -> list[str]:
        """What stands between backticks."""
        return _CODE.findall(self.prose)

    @cached_property
    def anchors(self) -> set[str]:
        """The headings as GitHub makes anchors of them."""
        return {_anchor(found) for found in re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)}

    def commands(self) -> Iterator[str]:
        """Each `python3 dev.py …` and `python -m …`, one a line of code or between backticks."""
        lines = [line for _, text in self.fences for line in text.splitlines()]
        for line in (*lines, *self.words):
            found = re.match(r"\s*(python3? (?:dev\.py|-m local\.|-m tests\.).*)", line)
            if found:
                yield found[1].split("#")[0].strip()


def _anchor(heading: str) -> str:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def pages() -> list[Page]:
    """Every page that is or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],  # noqa: S607
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    ).stdout.split()
    names = listed or [str(path.relative_to(ROOT)) for path in _found()]
    names = [name for name in sorted(names) if (ROOT / name).is_file() and not name.endswith(_TEMPLATE)]
    return [Page(name, (ROOT / name).read_text("utf-8")) for name in names]


def _found() -> Iterator[Path]:
    """The pages of a folder that git does not know, such as an unpacked archive."""
    for path in ROOT.rglob("*.md"):
        if not any(part.startswith(".") or part in ("node_modules", "out") for part in path.parts):
            yield path
