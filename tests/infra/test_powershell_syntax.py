"""Every PowerShell text of the project can be parsed, where PowerShell is not installed too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import tree_sitter
import tree_sitter_powershell

from local.cli import ROOT
from tests.docs.pages import pages

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
_FOLDERS = ("infra", "tests/infra/powershell")
SCRIPTS = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8-sig")
    for folder in _FOLDERS
    for ending in ("*.ps1", "*.psm1", "*.psd1")
    for path in sorted((ROOT / folder).rglob(ending))
}
BLOCKS = {
    f"{page.name}, block {number}": text
    for page in pages()
    for number, (language, text) in enumerate(page.fences)
    if language in ("powershell", "pwsh")
}


def _nodes(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def errors(text: str) -> list[str]:
    """A line for each place that the grammar cannot read."""
    root = _PARSER.parse(text.encode()).root_node
    return [
        f"line {node.start_point[0] + 1}: {(node.text or b'').decode()[:60]!r}"
        for node in _nodes(root)
        if node.is_error or node.is_missing
    ]


def test_both_scripts_and_the_pages_blocks_are_looked_at() -> None:
    assert {"infra/grant-roles.ps1", "infra/preflight.ps1"} <= SCRIPTS.keys()
    assert any(name.startswith("infra/README.md") for name in BLOCKS)


@pytest.mark.parametrize("name", [*SCRIPTS, *BLOCKS])
def test_a_powershell_text_has_no_syntax_error(name: str) -> None:
    assert errors((SCRIPTS | BLOCKS)[name]) == []


@pytest.mark.parametrize("taken_out", ["{", "}", "(", ")", "'"])
def test_a_bracket_or_quote_that_is_missing_is_seen(taken_out: str) -> None:
    text = SCRIPTS["infra/grant-roles.ps1"]
    at = text.rindex(taken_out)
    assert errors(text[:at] + text[at + 1 :])
