"""The score's arguments."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from local.cli import given_path

_WHAT = """\
Hunts the alerts of a recording and judges them, in this process and without the local stack: the app's own
correlation and verdict over the local engine, in production's batches and settings, with all late telemetry
counted as in. Prints how the rows compare with the truth, and the worst mistakes.
"""
_TRUTH = """\
The truth file is an object by alert id: kind (attack, benign), variant (process, ms, file, ip, registry,
user, device), rows and ancestor_rows (ReportIds of the alert's process with everything below it, and of the
processes above), and where known technique, dataset and cmd. `dev.py recordings from-sysmon` writes one.
Alerts that are not in it are hunted with the others and not scored.

  tree rows   of the rows in the truth, those shown as the process's own or below it
  wrong       rows shown that are neither the alert's nor an ancestor's, however they are tied
  borne out   Confirmed, Likely, Blocked or Contained
  named       the technique of the truth, its parent or a sub-technique of it is shown

example: python3 dev.py score --data recording --truth recording/truth.json --export out/score.json
"""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the person asked for."""

    data: Path
    truth: Path
    json: Path | None
    export: Path | None
    most: int
    by_dataset: bool


def parse(argv: list[str]) -> Arguments:
    """The arguments. Ends the program with one clear line and code 2 where they are wrong."""
    parser = argparse.ArgumentParser(
        prog="dev.py score",
        description=_WHAT,
        epilog=_TRUTH,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--data", metavar="DIR", type=given_path, required=True, help="recorded data (docs/recordings.md)")
    add("--truth", metavar="FILE", type=given_path, required=True, help="what each alert is, as below")
    add("--json", metavar="FILE", type=given_path, help="write the figures as JSON")
    add(
        "--export",
        metavar="FILE",
        type=given_path,
        help="write the rows of Alerts and AlertEvents, as `dev.py demo --export` does",
    )
    add("--list", metavar="N", type=_count, default=10, help="how many mistakes to show (default: 10)")
    add("--by-dataset", action="store_true", help="show the figures of each dataset as well")
    given = parser.parse_args(argv)
    if not given.data.is_dir():
        parser.error(f"--data: {given.data} is not a folder")
    for name in ("json", "export"):
        file = getattr(given, name)
        if file is not None and (file.is_dir() or not file.parent.is_dir()):
            parser.error(f"--{name}: {file} cannot be written")
    return Arguments(given.data, given.truth, given.json, given.export, given.list, given.by_dataset)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number")
    return int(text)
