"""The bench's arguments."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from local.cli import given_path

PARTS = ("storm", "usual", "growth", "steady", "core", "memory", "backlog", "cold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much of everything: alerts by part, minutes of the steady tenant, rounds of imports."""

    storm: int
    growth: tuple[int, ...]
    steady: int
    steady_minutes: float
    core: int
    memory: int
    backlog: tuple[int, ...]
    cold: int
    hunt_median_s: float
    fetch_every_s: float | None  # None: the timer alone, as in production


# Ten minutes' worth of the steady tenant are played in four, so that a whole run stays under 15 minutes.
WHOLE = Sizes(
    storm=1_000,
    growth=(300, 1_500),
    steady=120,
    steady_minutes=4.0,
    core=1_000,
    memory=10_000,
    backlog=(1_000, 10_000, 50_000),
    cold=7,
    hunt_median_s=3.0,
    fetch_every_s=None,
)
QUICK = Sizes(
    storm=100,
    growth=(),
    steady=6,
    steady_minutes=0.2,
    core=100,
    memory=1_500,
    backlog=(200, 400),
    cold=3,
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
    plot_file: Path | None
    seed: int


def parse(argv: list[str]) -> Arguments:
    """The arguments. Ends the program with one clear line and code 2 where they are wrong."""
    parser = argparse.ArgumentParser(
        prog="dev.py bench",
        description="Measures the product on this machine: real worker, real storage emulator, simulated "
        "Defender and Graph with the documented quotas in real time.",
        epilog="parts: storm (1,000 alerts at once), usual (the same with a call an entity and a hunt an "
        "alert), growth (smaller and larger storms), steady (latency of an ordinary tenant), core (CPU), "
        "memory (10,000 alerts), backlog (up to 50,000 open alerts that are not due), cold (imports). The "
        "whole takes up to 20 minutes, --quick under two on small sizes.",
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; default: all")
    parser.add_argument(
        "--quick", action="store_true", help="small sizes: shows that it works, proves nothing"
    )
    parser.add_argument("--json", metavar="FILE", type=given_path, help="write the figures as JSON")
    parser.add_argument("--plot", metavar="FILE", type=given_path, help="write the storm's plot as SVG")
    parser.add_argument("--seed", type=int, default=7, help="seed of recordings and latencies (default: 7)")
    given = parser.parse_args(argv)
    unknown = [part for part in given.parts if part not in PARTS]
    if unknown:
        parser.error(f"unknown part {unknown[0]!r}; parts are {', '.join(PARTS)}")
    return Arguments(
        parts=tuple(part for part in PARTS if part in given.parts or not given.parts),
        sizes=QUICK if given.quick else WHOLE,
        quick=given.quick,
        json_file=given.json,
        plot_file=given.plot,
        seed=given.seed,
    )
