"""Globs: `*` stands for any run of characters, `?` for one, everything else for itself, in any case.

Never regular expressions: the texts are chosen by attackers, and a glob is matched in time that grows with
the text alone.
"""

from collections.abc import Sequence

MOST_WILD = 8
_FEWEST_IN_A_ROW = 4


def matches_glob(glob: str, text: str) -> bool:
    """True where the whole text is as the glob says; an empty glob or text matches nothing."""
    if not glob or not text:
        return False
    parts = glob.lower().split("*")
    text = text.lower()
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return len(text) == len(first) and _stands_at(first, text, 0)
    if len(text) < len(first) + len(last) or not _stands_at(first, text, 0):
        return False
    end = len(text) - len(last)
    if not _stands_at(last, text, end):
        return False
    at = len(first)
    for part in parts[1:-1]:
        # The leftmost place leaves the most room for the parts behind it.
        at = _found(part, text, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _found(part: str, text: str, start: int, end: int) -> int:
    """Where the part first stands within `text[start:end]`; -1 where it does not."""
    if "?" not in part:
        return text.find(part, start, end)
    literal = max(part.split("?"), key=len)
    offset = part.index(literal)
    at = start
    while at + len(part) <= end:
        hit = text.find(literal, at + offset, end)
        if hit < 0 or hit - offset + len(part) > end:
            return -1
        at = hit - offset
        if _stands_at(part, text, at):
            return at
        at += 1
    return -1


def _stands_at(part: str, text: str, at: int) -> bool:
    if "?" not in part:
        return text.startswith(part, at)
    return all(one in ("?", text[at + place]) for place, one in enumerate(part))


def says_something(glob: str) -> bool:
    """True where the glob has at least four letters or digits in a row: `*`, `*.exe` and `C:\\*` say nothing
    that tells one alert from another."""
    run = 0
    for char in glob:
        run = run + 1 if char.isalnum() else 0
        if run >= _FEWEST_IN_A_ROW:
            return True
    return False


def is_too_wild(globs: Sequence[str]) -> bool:
    """True where one has more wildcards than it needs, which costs time for each alert."""
    return any(sum(glob.count(wild) for wild in "*?") > MOST_WILD for glob in globs)
