"""`python3 dev.py detections`: the rules compiled, checked, tried on rows, explained."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from itertools import chain, islice

from local.detections.arguments import parse
from local.detections.building import add, build, check, watched
from local.detections.compile import FOLDER, folder_of
from local.detections.exported import of_export
from local.detections.known import BadAgent
from local.detections.recorded import NoRows, Tried, of_file, of_folder
from local.detections.telling import tell
from local.detections.trying import on_own_rows, on_rows, ready
from local.ops.screen import Screen


def main(argv: list[str]) -> int:
    """0 all well; 1 something to mend; 2 wrong arguments."""
    given = parse(argv)
    screen = Screen()
    try:
        return _run(screen, given)
    except (NoRows, BadAgent) as err:
        screen.complain(f"dev.py detections: {err}")
        return 1


def _run(screen: Screen, given: argparse.Namespace) -> int:
    if given.action == "build":
        return add(screen, given.add) if given.add is not None else build(screen)
    if given.action == "check":
        return check(screen)
    rows = _rows(given)
    if rows is None:
        return on_own_rows(screen, only=given.rule)
    rows = _begun(rows)
    detections = ready(folder_of(FOLDER, watched("rules")), FOLDER, given.added)
    if given.action == "test":
        return on_rows(screen, detections, rows, given.hits)
    return tell(screen, detections, rows, given.rule)


def _begun(rows: Iterable[Tried]) -> Iterable[Tried]:
    """The same rows, the first of them read: what cannot be read is said before all rules are compiled."""
    left = iter(rows)
    return chain(list(islice(left, 1)), left)


def _rows(given: argparse.Namespace) -> Iterable[Tried] | None:
    if given.rows is not None:
        return of_file(given.rows)
    if given.data is not None:
        return of_folder(given.data)
    return of_export(given.export, getattr(given, "alert", None)) if given.export is not None else None
