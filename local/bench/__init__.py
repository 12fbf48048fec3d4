"""`python3 dev.py bench`: the measurements. Seeded; as a table, and as JSON with `--json FILE`."""

from __future__ import annotations

import json

from rich.console import Console

from local.bench import plot, show
from local.bench.arguments import parse
from local.bench.run import run
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
    except KeyboardInterrupt:
        console.print("\nstopped")
        return 130
    console.print(show.table(figures))
    if arguments.json_file is not None:
        arguments.json_file.parent.mkdir(parents=True, exist_ok=True)
        arguments.json_file.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
        console.print(f"figures written to {arguments.json_file}")
    if arguments.plot_file is not None and "storm" in figures:
        arguments.plot_file.parent.mkdir(parents=True, exist_ok=True)
        arguments.plot_file.write_text(plot.storm(figures["storm"], figures.get("usual")), "utf-8")
        console.print(f"plot written to {arguments.plot_file}")
    wrong = show.wrong(figures)
    for words in wrong:
        console.print(f"[bold red]wrong:[/] {words}")
    return 1 if wrong else 0
