"""The page of stand-ins names each of them."""

import ast
import re
from pathlib import Path

from local.cli import ROOT

PAGE = (ROOT / "docs" / "stand-ins.md").read_text("utf-8")
# What the local stack starts in the place of something that is elsewhere.
_STACK = ("local/host", "local/identity", "local/simulator", "local/azurite.py")
_SAYS_SO = re.compile(
    r"stand-in|[Ss]tands (in for|where)|^A small HTTPS service|^An outside in memory|^The platform around"
)
_MAY_SAY_SO = re.compile(  # the same anywhere in the file, which most do not say at all
    _SAYS_SO.pattern.replace("^", "")
)
_CODE = re.compile(r"^\s*class Fake|HTTPServer\b|\(ListeningServer\):", re.MULTILINE)


def is_stand_in(name: str, source: str) -> bool:
    """Whether a module pretends to be something else: it says so, is called so, or listens like a service."""
    if name.startswith(("local/", "tests/")) and _CODE.search(source):
        return True
    if not name.startswith("tests/") or not _MAY_SAY_SO.search(source):
        return False
    said = [
        ast.get_docstring(node) or ""
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Module, ast.ClassDef))
    ]
    return any(_SAYS_SO.search(words) for words in said)


def _is_named(name: str) -> bool:
    """As a link to the file or to its folder, or by its own name beside a link into that folder."""
    path = Path(name)
    folders = [folder.as_posix() for folder in (path, *path.parents)]
    links = set(re.findall(r"\]\(\.\./([^)#]+)\)", PAGE))
    return bool(links & set(folders[:-1]))


def test_every_stand_in_is_on_the_page() -> None:
    files = [
        file.relative_to(ROOT).as_posix()
        for folder in ("local", "tests")
        for file in sorted((ROOT / folder).rglob("*.py"))
        if "node_modules" not in file.parts
    ]
    found = [name for name in files if is_stand_in(name, (ROOT / name).read_text("utf-8"))]
    assert len(found) > 10
    assert [name for name in found if not _is_named(name) and name != "tests/docs/test_stand_ins.py"] == []
    assert [name for name in _STACK if f"(../{name})" not in PAGE and f"(../{name}/" not in PAGE] == []


def test_a_stand_in_is_known_when_it_is_seen() -> None:
    assert is_stand_in("tests/x/new.py", "class FakeQueue:\n    pass\n")
    assert is_stand_in("local/new.py", "from http.server import ThreadingHTTPServer\n")
    assert is_stand_in("local/new.py", "class _Door(ListeningServer):\n    pass\n")
    assert is_stand_in("tests/x/new.py", '"""Against a stand-in for Jira."""\n')
    assert not is_stand_in("tests/x/new.py", '"""Rows of a table."""\n')


def test_every_line_says_what_is_kinder_and_what_covers_it() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| [")]
    assert len(rows) > 15
    assert [row for row in rows if row.count(" | ") != 4 or "|  |" in row] == []
