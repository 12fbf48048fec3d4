"""The demo's arguments."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

MOST_TENANTS = 5  # as many as local/demo/tenants.py has names for
RECORDED = Path(__file__).parents[1] / "incidents" / "contoso"


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the person asked for."""

    folder: Path
    source: str
    shift: bool
    export: Path | None
    keep: bool
    tenants: int = 1


def parse(argv: list[str]) -> Arguments:
    """The arguments. Ends the program with one clear line and code 2 where they are wrong."""
    parser = argparse.ArgumentParser(
        prog="dev.py demo",
        description="Lets a recorded incident flow through FetchAlerts, EnrichAlert and HuntCorrelate on "
        "this machine, run by the platform's own worker on real storage, and shows the finished rows.",
        epilog="example: python3 dev.py demo --export out/demo.json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="recorded data of your own (docs/recordings.md)"
    )
    parser.add_argument(
        "--source",
        choices=("defender", "graph"),
        default="defender",
        help="where alerts come from (default: defender)",
    )
    parser.add_argument("--no-shift", action="store_true", help="leave recorded times as they are")
    parser.add_argument(
        "--export", metavar="FILE", type=Path, help="write rows, events and call counts as JSON"
    )
    parser.add_argument(
        "--keep", action="store_true", help="stay up on the timers, as in production, until Ctrl-C"
    )
    parser.add_argument(
        "--tenants",
        metavar="N",
        type=int,
        choices=range(1, MOST_TENANTS + 1),
        default=1,
        help=f"how many tenants one app works on, 1 to {MOST_TENANTS} (default: 1): each has the recording's "
        "ids, and a truth of its own",
    )
    given = parser.parse_args(argv)
    if given.export is not None and not given.export.parent.is_dir():
        parser.error(f"--export: the folder {given.export.parent} does not exist")
    if given.data is not None and not given.data.is_dir():
        parser.error(f"--data: {given.data} is not a folder")
    return Arguments(
        folder=given.data or RECORDED,
        source=given.source,
        shift=not given.no_shift,
        export=given.export,
        keep=given.keep,
        tenants=given.tenants,
    )
