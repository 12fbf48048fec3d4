"""The arguments of `dev.py doctor`."""

from __future__ import annotations

import argparse
import re

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
    parser.add_argument(
        "--identity",
        metavar="OBJECT-ID",
        type=_object_id,
        help="the object id of the app's identity: what it was granted is read from the directory",
    )
    add_where(parser)
    return parser.parse_args(argv)


def _object_id(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        raise argparse.ArgumentTypeError(
            f"an object id is 32 hexadecimal digits in five groups, not {text!r}"
        )
    return text
