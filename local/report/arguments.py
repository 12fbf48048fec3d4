"""The report's arguments."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from local.cli import ROOT, given_path

DAYS = 7


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the person asked for. `days` None means every alert that the source has."""

    alert: str | None
    days: int | None
    out: Path
    export: Path | None
    account: str | None


def parse(argv: list[str]) -> Arguments:
    """The arguments. Ends the program with one clear line and code 2 where they are wrong."""
    parser = argparse.ArgumentParser(
        prog="dev.py report",
        description="Makes one self-contained HTML page from the published rows: what to look at, gravest "
        "first, and a page for each incident and alert. Without --export or --account the running local "
        "stack is read (dev.py demo --keep).",
        epilog="example: python3 dev.py report --export out/demo.json --out out/report.html",
    )
    add = parser.add_argument
    add("--alert", metavar="ID", help="this alert and the others of its incident, opened at it")
    add(
        "--days",
        metavar="N",
        type=_days,
        help=f"alerts created in the last N days (default: {DAYS}; everything of an export)",
    )
    add("--out", metavar="FILE", help="the page (default: out/report.html)")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--export", metavar="FILE", help="rows as `dev.py demo --export FILE` writes them")
    source.add_argument(
        "--account",
        metavar="NAME",
        help="a storage account, by its name or its table address, read with your own sign-in (az login; "
        "needs Storage Table Data Reader)",
    )
    given = parser.parse_args(argv)
    out = given_path(given.out) if given.out else ROOT / "out" / "report.html"
    if given.out and not out.parent.is_dir():
        parser.error(f"--out: the folder {out.parent} does not exist")
    if out.is_dir():
        parser.error(f"--out: {out} is a folder")
    return Arguments(
        alert=given.alert,
        days=given.days if given.days or given.export else DAYS,
        out=out,
        export=given_path(given.export) if given.export else None,
        account=given.account,
    )


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 3650:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 3650")
    return int(text)
