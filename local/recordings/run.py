"""Runs `dev.py recordings from-sysmon` and says what was made."""

from __future__ import annotations

from rich.console import Console

from local.bench.progress import Progress
from local.demo.show import labelled
from local.recordings.arguments import Arguments
from local.recordings.attacks import AttacksUnusable, read_attacks
from local.recordings.sources import SourceUnusable, datasets
from local.recordings.sysmon import Made, Wish, make


def run(arguments: Arguments, console: Console | None = None) -> int:
    """0 if alerts were made, 1 if no dataset gave one, 2 where the paths or the list cannot be used."""
    console = console or Console(highlight=False)
    try:
        found = datasets(arguments.paths)
        attacks = read_attacks(arguments.attack) if arguments.attack else None
    except (SourceUnusable, AttacksUnusable) as err:
        console.print(labelled("recordings:", "bold red", err), soft_wrap=True)
        return 2
    wish = Wish(attacks, arguments.seed, arguments.benign, arguments.variants)
    with Progress(console, "make") as progress:
        made, rows = make(found, arguments.out, wish, progress.say)
    not_met = attacks.not_met if attacks else []
    made.warnings += [f"--attack: no recording has {process}" for process in not_met]
    _tell(console, arguments, made, rows)
    return 0 if made.truth else 1


def _tell(console: Console, arguments: Arguments, made: Made, rows: int) -> None:
    for warning in made.warnings:
        console.print(labelled("warning:", "yellow", warning), soft_wrap=True)
    if made.left_out:
        counts = ", ".join(f"{name} ({count})" for name, count in made.left_out.most_common(12))
        console.print(labelled("events that Defender does not report:", "", counts), soft_wrap=True)
    console.print(
        labelled(
            f"{made.datasets} recordings, {rows} rows, {len(made.truth)} alerts:", "bold", arguments.out
        ),
        soft_wrap=True,
    )
    if made.truth:
        truth = arguments.out / "truth.json"
        console.print(
            labelled("next:", "", f"python3 dev.py score --data {arguments.out} --truth {truth}"),
            soft_wrap=True,
        )
