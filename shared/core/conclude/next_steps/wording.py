"""Names, paths and commands of an alert in a sentence of ours: the one place where they are made safe.

Whoever attacks chooses them. So that none of it can pass for our own words, a link or a line of its own, a
name that is not plain stands in quotes, nothing in it hides or ends the line, and an address with a scheme is
written so that no reader follows it.
"""

import re
from collections.abc import Iterable

from shared.core.conclude.story import safe

MOST_NAME, MOST_PATH, MOST_COMMAND = 60, 140, 160
_PLAIN = re.compile(r"[\w.\-+$~\\/:%]+")
_BLANKS = re.compile(r"\s+")


def named(text: str | None, most: int = MOST_NAME) -> str:
    """The text on one line, at most `most` characters and two quotes; "" for none."""
    flat = _BLANKS.sub(" ", (text or "")[: 4 * most]).strip()
    shown = safe(flat).replace("://", "[:]//")
    if len(shown) > most:
        shown = shown[: most - 1] + "…"
    if not shown or _PLAIN.fullmatch(shown.rstrip("…")):
        return shown
    return '"' + shown.replace('"', "'") + '"'


def path(text: str | None) -> str:
    """A path, its end kept where it is too long: the name stands there."""
    flat = text or ""
    return named(flat if len(flat) <= MOST_PATH else "…" + flat[1 - MOST_PATH :], MOST_PATH)


def command(text: str | None) -> str:
    """The beginning of a command line."""
    return named(text, MOST_COMMAND)


def listed(words: Iterable[str], most: int = 3, last: str = "and") -> str:
    """The words with commas between, each once; of more than `most` the rest is counted."""
    found = list(dict.fromkeys(word for word in words if word))
    if len(found) > most:
        return f"{', '.join(found[:most])} {last} {len(found) - most} more"
    return f" {last} ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else "".join(found)
