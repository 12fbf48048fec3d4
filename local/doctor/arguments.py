"""The arguments of `dev.py doctor`."""

from __future__ import annotations

import argparse

from local.ops.parser import Parser, add_where


def parse(argv: list[str]) -> argparse.Namespace:
    """What was given. Ends the program with one clear line and code 2 where it is wrong."""
    parser = Parser(
        prog="dev.py doctor",
        description="Says what is missing for the app to work, and what to do next. Reads only.\n"
        "With no local stack running and no account named, it looks at this machine alone.",
        epilog="example: python3 dev.py doctor --account alertsabc123\n"
        "exit codes: 0 nothing to mend; 1 something to mend; 2 wrong arguments",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_where(parser)
    return parser.parse_args(argv)
