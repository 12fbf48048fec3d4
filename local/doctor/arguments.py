"""The arguments of `dev.py doctor`."""

from __future__ import annotations

import argparse
import re

from local.cli import given_path
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
    probing = parser.add_argument_group("probe: what the local stack's stand-ins only believe of a tenant")
    probing.add_argument(
        "--probe",
        action="store_true",
        help="ask the tenant, reading only: at most 90 calls and 24 hunting calls; 1 where it differs",
    )
    probing.add_argument(
        "--out", metavar="FILE", type=given_path, help="write the report, which holds no names"
    )
    probing.add_argument(
        "--heavy",
        action="store_true",
        help="ask one query more that runs until it is ended: it costs minutes of the tenant's hunting quota",
    )
    add_where(parser)
    given = parser.parse_args(argv)
    if not given.probe and (given.out or given.heavy):
        parser.error("--out and --heavy go with --probe")
    if given.out and not given.out.parent.is_dir():
        parser.error(f"--out: the folder {given.out.parent} does not exist")
    return given


def _object_id(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        raise argparse.ArgumentTypeError(
            f"an object id is 32 hexadecimal digits in five groups, not {text!r}"
        )
    return text
