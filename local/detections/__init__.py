"""`python3 dev.py detections`: the rules compiled, checked, tried on rows, explained."""

from __future__ import annotations

from local.detections.arguments import parse
from local.detections.building import build, check
from local.detections.trying import test


def main(argv: list[str]) -> int:
    """0 all well; 1 something to mend; 2 wrong arguments."""
    given = parse(argv)
    if given.action == "build":
        return build(given)
    if given.action == "check":
        return check(given)
    return test(given)
