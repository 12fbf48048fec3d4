"""`python3 dev.py bench`: the measurements. Seeded; as a table, and as JSON with `--json FILE`."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console

from local.bench import plot, show
from local.bench.arguments import parse
from local.bench.run import Figures, run
from local.stack import StackFailed


def main(argv: list[str]) -> int:
    """0 where everything was measured; 1 where an alert was lost, doubled or never final, 2 where the stack
    did not start, 130 after Ctrl-C."""
    arguments = parse(argv)
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=110)
    try:
        figures = run(arguments, console)
    except StackFailed as err:
        console.print(f"[bold red]bench:[/] {err}", soft_wrap=True)
        return 2
    is_stopped = figures.pop("stopped", False)
    console.print(show.table(figures))
    if arguments.json_file is not None:
        write(arguments.json_file, figures, add=arguments.add)
        console.print(f"figures written to {arguments.json_file}")
    if arguments.plot_file is not None and "storm" in figures:
        arguments.plot_file.parent.mkdir(parents=True, exist_ok=True)
        arguments.plot_file.write_text(plot.storm(figures["storm"], figures.get("usual")), "utf-8")
        console.print(f"plot written to {arguments.plot_file}")
    wrong = show.wrong(figures)
    for words in wrong:
        console.print(f"[bold red]wrong:[/] {words}")
    if is_stopped:
        console.print("stopped")
        return 130
    return 1 if wrong else 0


def write(file: Path, figures: Figures, *, add: bool) -> None:
    """Writes the figures; to `add` keeps the parts that the file has and they have not, and the date and the
    machine that it tells of."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if add and file.is_file():
        figures = {**figures, **_kept(json.loads(file.read_text("utf-8")), figures)}
    file.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def _kept(before: Figures, figures: Figures) -> Figures:
    head = {name: before[name] for name in ("date", "quick", "seed", "machine") if name in before}
    return {name: part for name, part in before.items() if name not in figures} | head
