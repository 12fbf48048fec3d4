"""The arguments of `dev.py detections`."""

from __future__ import annotations

import argparse
from pathlib import Path

from local.cli import given_path
from local.detections.compile import FOLDER


def parse(argv: list[str]) -> argparse.Namespace:
    """What was given. Ends the program with one clear line and code 2 where it is wrong."""
    parser = argparse.ArgumentParser(prog="dev.py detections")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = actions.add_parser("build", help="compile detections/ into the file that the app reads")
    build.add_argument("--add", type=_folder, metavar="DIR")
    actions.add_parser("check", help="whether every rule is usable and the compiled file fresh")
    test = actions.add_parser("test", help="every rule on its own rows, or on recorded ones")
    test.add_argument(
        "--data", type=_folder, metavar="DIR", help="a folder of recorded data (hunting/*.ndjson)"
    )
    test.add_argument("--rule", metavar="TEXT", help="only rules whose file or title holds this text")
    for each in (build, test):
        each.add_argument(
            "--folder", type=_folder, default=FOLDER, metavar="DIR", help="instead of detections/"
        )
    return parser.parse_args(argv)


def _folder(text: str) -> Path:
    path = given_path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return path
