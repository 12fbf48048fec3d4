"""What one check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check ended, as it is printed in front of it."""

    GOOD = "ok"
    NOTE = "--"  # worth knowing; the app works
    BAD = "!!"


@dataclass(frozen=True, slots=True)
class Check:
    """`what` was looked at, `found` is what was seen, `todo` what a person does about it, if anything."""

    verdict: Verdict
    what: str
    found: str
    todo: str = ""


def good(what: str, found: str) -> Check:
    """Nothing to do."""
    return Check(Verdict.GOOD, what, found)


def note(what: str, found: str, todo: str = "") -> Check:
    """Worth knowing."""
    return Check(Verdict.NOTE, what, found, todo)


def bad(what: str, found: str, todo: str) -> Check:
    """To be mended."""
    return Check(Verdict.BAD, what, found, todo)
