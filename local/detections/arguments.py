"""The arguments of `dev.py detections`."""

from __future__ import annotations

import argparse
from pathlib import Path

from local.cli import given_path
from local.ops.parser import Parser

_EXAMPLES = """examples:
  python3 dev.py detections build                     detections/ into the file that the app reads
  python3 dev.py detections build --add sigma/rules   somebody else's Sigma rules beside it
  python3 dev.py detections test                      every rule on the rows beside it
  python3 dev.py detections test --data recording     what hits in recorded telemetry
  python3 dev.py detections explain --export out/demo.json --alert da637...
exit codes: 0 all well; 1 something to mend; 2 wrong arguments"""


def parse(argv: list[str]) -> argparse.Namespace:
    """What was given. Ends the program with one clear line and code 2 where it is wrong."""
    parser = Parser(
        prog="dev.py detections",
        description="The rules of the verdict: Sigma files in detections/, compiled when built, judged in "
        "the app without any library.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = actions.add_parser("build", help="compile detections/ into the file that the app reads")
    build.add_argument(
        "--add", type=_folder, metavar="DIR",
        help="instead: compile this folder of Sigma rules into an uncommitted file beside it",
    )  # fmt: skip
    actions.add_parser("check", help="whether every rule is usable, and the compiled file that of the folder")
    test = actions.add_parser(
        "test", help="every rule on the rows beside it, or all of them on recorded rows"
    )
    _rows(test)
    test.add_argument("--rule", metavar="TEXT", default="", help="only rules whose path or title holds this")
    test.add_argument("--hits", metavar="FILE", type=given_path, help="write every hit as a line of JSON")
    explain = actions.add_parser(
        "explain", help="which rules hit a row, which almost did, and what was missing"
    )
    _rows(explain)
    explain.add_argument("--alert", metavar="ID", help="with --export: this alert's events alone")
    explain.add_argument("--rule", metavar="TEXT", default="", help="only rules whose title holds this")
    for action in (test, explain):
        action.add_argument("--added", action="store_true", help="with the rules of build --add")
    given = parser.parse_args(argv)
    if given.action == "explain" and given.rows is None and given.data is None and given.export is None:
        parser.error("explain: name the rows with --rows, --data or --export")
    if given.action == "explain" and given.alert and given.export is None:
        parser.error("explain: --alert names an alert of an --export")
    return given


def _rows(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--rows", type=_file, metavar="FILE", help="rows as {table, row}, JSON or YAML")
    where.add_argument("--data", type=_folder, metavar="DIR", help="recorded data (docs/recordings.md)")
    where.add_argument(
        "--export", type=_file, metavar="FILE", help="what demo --export wrote, or your own tables so"
    )


def _folder(text: str) -> Path:
    path = given_path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return path


def _file(text: str) -> Path:
    path = given_path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return path
