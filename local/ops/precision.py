"""`ops precision`: how often what we called Confirmed, Likely or Unproven was true, as analysts said."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from local.ops.parser import Parser, whole
from local.ops.published_rows import rows_since
from local.ops.screen import Screen
from local.ops.target import Target
from local.precision import FEWEST_FOR_SHARE, READ, Line, precision

_MOST_SHOWN = 100


def add(make: Callable[..., Parser], commands: argparse._SubParsersAction[Parser]) -> None:
    """Adds the command's arguments."""
    parser = make(
        commands,
        "precision",
        "how often what telemetry said was true, by detector and detection",
        "precision --days 90",
        "Counts alerts that analysts have classified, under the validation that the row had then; what a\n"
        "write-back rule classified is left out. Reads only: on an account you need Storage Table Data\n"
        "Reader.",
    )
    parser.add_argument(
        "--days", metavar="N", type=whole(1, 3650), default=90, help="alerts created in the last N days (90)"
    )


def run(given: argparse.Namespace, target: Target, screen: Screen) -> int:
    """0 done, 1 where nobody has judged an alert."""
    lines = precision(rows_since(target, given.days, READ))
    if not lines:
        screen.complain(f"ops: no analyst has classified an alert created in the last {given.days} days")
        return 1
    titles = {rule.id: rule.title for rule in target.ports.rules().detections.rules}
    for line in lines[:_MOST_SHOWN]:
        screen.say(text_of(line, titles.get(line.name, line.title)))
    if len(lines) > _MOST_SHOWN:
        screen.say(f"and {len(lines) - _MOST_SHOWN} with fewer verdicts")
    screen.say(f"shares are told from {FEWEST_FOR_SHARE} verdicts on")
    return 0


def text_of(line: Line, title: str) -> str:
    """One line of the table."""
    share = f" ({line.share})" if line.share else ""
    return f"{line.kind:<9}  {line.validation:<9}  {line.tally}{share}  {line.name}  {title}".rstrip()
