"""The arguments of `dev.py mutants`."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

from local.cli import given_path
from local.mutants.groups import GROUPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What the person asked for."""

    groups: tuple[str, ...]
    sample: int
    seed: int
    workers: int
    json_file: Path | None


def parse(argv: list[str]) -> Arguments:
    """The arguments. Ends the program with one clear line and code 2 where they are wrong."""
    parser = argparse.ArgumentParser(
        prog="dev.py mutants",
        description="Changes one thing at a time in the modules that decide what happens next to an alert "
        "and how it is tied, runs their tests on each change, and lists the changes that no test notices.",
        epilog="A group of 150 takes one to two minutes with two processes on an idle machine. "
        "Mutants that behave like the module itself are named, with the reason, in "
        "local/mutants/equivalent.txt and do not count. The code is 1 where 10 % of a group survive.",
    )
    parser.add_argument(
        "--group", choices=GROUPS, action="append", help="one group, may be repeated; default: all"
    )
    parser.add_argument(
        "--sample", type=_positive, default=150, metavar="N", help="at most N mutants a group (default: 150)"
    )
    parser.add_argument("--seed", type=int, default=13, metavar="S", help="seed of the sample (default: 13)")
    parser.add_argument(
        "--workers", type=_positive, default=min(2, os.cpu_count() or 1), metavar="N",
        help="processes at once (default: 2, or 1 on one processor)",
    )  # fmt: skip
    parser.add_argument("--json", metavar="FILE", type=given_path, help="write the figures as JSON")
    given = parser.parse_args(argv)
    return Arguments(
        groups=tuple(name for name in GROUPS if not given.group or name in given.group),
        sample=given.sample,
        seed=given.seed,
        workers=given.workers,
        json_file=given.json,
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number
