"""Blocks of a hand-written page that a program writes: from `<!-- made: NAME -->` to `<!-- end: NAME -->`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def replaced(text: str, name: str, block: str) -> str:
    """The page with the named block's content replaced. Raises ValueError where there is none."""
    opening, closing = f"<!-- made: {name} -->\n", f"\n<!-- end: {name} -->"
    before, found, rest = text.partition(opening)
    if not found or closing not in rest:
        raise ValueError(f"the page has no block {name!r}")
    return before + opening + block + closing + rest.partition(closing)[2]


def page_with(page: Path, blocks: Mapping[str, str]) -> str:
    """The page as it stands, with these named blocks. Raises ValueError for one that it does not have."""
    text = page.read_text("utf-8")
    for name, block in blocks.items():
        text = replaced(text, name, block)
    return text
