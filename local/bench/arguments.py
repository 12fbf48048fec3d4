"""The bench's arguments."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from local.cli import given_path

PARTS = ("storm", "usual", "growth", "steady", "lone", "core", "memory", "backlog", "cold")
# Measured only where they are named: they take long, or compare with something else.
NAMED = ("large", "against", "profile", "tenants")
LARGE = 10_000
_MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much of everything: alerts by part, minutes of the ordinary tenant, rounds of imports."""

    storm: int
    growth: tuple[int, ...]
    large: int
    steady: int
    steady_minutes: float
    lone: int
    core: int
    memory: int
    backlog: tuple[int, ...]
    cold: int
    against: int
    against_rounds: int
    profile: int
    tenants: int
    tenants_minutes: float
    tenants_storm: int
    hunt_median_s: float
    fetch_every_s: float | None  # None: the timer alone, as in production


WHOLE = Sizes(
    storm=1_000,
    growth=(300, 1_500),
    large=LARGE,
    steady=120,
    steady_minutes=10.0,
    lone=5,
    core=1_000,
    memory=10_000,
    backlog=(1_000, 10_000, 50_000),
    cold=7,
    against=1_000,
    against_rounds=3,
    profile=500,
    tenants=200,
    tenants_minutes=4.0,
    tenants_storm=1_000,
    hunt_median_s=3.0,
    fetch_every_s=None,
)
QUICK = Sizes(
    storm=100,
    growth=(),
    large=300,
    steady=6,
    steady_minutes=0.2,
    lone=1,
    core=100,
    memory=1_500,
    backlog=(200, 400),
    cold=3,
    against=60,
    against_rounds=1,
    profile=40,
    tenants=20,
    tenants_minutes=0.5,
    tenants_storm=20,
    hunt_median_s=1.0,
    fetch_every_s=4.0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What the person asked for."""

    parts: tuple[str, ...]
    sizes: Sizes
    quick: bool
    json_file: Path | None
    add: bool
    old: Path | None
    plot_file: Path | None
    seed: int


def parse(argv: list[str]) -> Arguments:
    """The arguments. Ends the program with one clear line and code 2 where they are wrong."""
    parser = argparse.ArgumentParser(
        prog="dev.py bench",
        description="Measures the product on this machine: real worker, real storage emulator, simulated "
        "Defender and Graph with the documented quotas in real time.",
        epilog="parts: storm (1,000 alerts at once), usual (the same with a call an entity and a hunt an "
        "alert), growth (smaller and larger storms), steady (an ordinary tenant for ten minutes, telemetry "
        "late), lone (one alert, warm and from zero), core (CPU), memory (10,000 alerts), backlog (up to "
        "50,000 open alerts that are not due), cold (imports); and, only where it is named, large (as storm "
        "--alerts 10000: late telemetry, a company ten times as large), against (CPU, calls and imports "
        "beside those of an older state), profile (where CPU and waiting of each function go), tenants (200 "
        "further tenants, 20 of them hanging, and a storm in one of them). The whole "
        "takes up to 25 minutes, large and against up to 20, --quick under three on small sizes. Ctrl-C "
        "keeps what was measured.",
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS + NAMED)}")
    parser.add_argument(
        "--quick", action="store_true", help="small sizes: shows that it works, proves nothing"
    )
    parser.add_argument(
        "--alerts",
        metavar="N",
        type=_number,
        help="of storm: so many, their telemetry late, on N/1000 x 60 devices",
    )
    parser.add_argument(
        "--minutes", metavar="M", type=float, help="of steady: play the ten minutes in so many (default: 10)"
    )
    parser.add_argument(
        "--against", metavar="FOLDER", type=given_path, help="of against: a checkout of the older state"
    )
    parser.add_argument("--json", metavar="FILE", type=given_path, help="write the figures as JSON")
    parser.add_argument(
        "--add",
        action="store_true",
        help="keep the parts that the JSON file has and this run does not measure",
    )
    parser.add_argument("--plot", metavar="FILE", type=given_path, help="write the storm's plot as SVG")
    parser.add_argument("--seed", type=int, default=7, help="seed of recordings and latencies (default: 7)")
    given = parser.parse_args(argv)
    unknown = [part for part in given.parts if part not in PARTS + NAMED]
    if unknown:
        parser.error(f"unknown part {unknown[0]!r}; parts are {', '.join(PARTS + NAMED)}")
    if given.alerts and given.parts != ["storm"]:
        parser.error("--alerts goes with the part storm alone")
    if given.add and given.json is None:
        parser.error("--add goes with --json FILE")
    if (given.against is not None) != ("against" in given.parts):
        parser.error("the part against goes with --against FOLDER")
    asked = ["large"] if given.alerts else given.parts
    sizes = QUICK if given.quick else WHOLE
    return Arguments(
        parts=tuple(part for part in PARTS + NAMED if part in asked or (not asked and part in PARTS)),
        sizes=replace(
            sizes, large=given.alerts or sizes.large, steady_minutes=given.minutes or sizes.steady_minutes
        ),
        quick=given.quick,
        json_file=given.json,
        add=given.add,
        old=given.against,
        plot_file=given.plot,
        seed=given.seed,
    )


def _number(text: str) -> int:
    number = int(text)
    if not 1 <= number <= _MOST:
        raise argparse.ArgumentTypeError(f"from 1 to {_MOST:,}")
    return number
