"""`python3 dev.py mutants`: which small changes of the deciding modules no test would notice."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.markup import escape

from local.cli import ROOT
from local.mutants import equivalent, figures
from local.mutants.arguments import Arguments, parse
from local.mutants.groups import GROUPS
from local.mutants.making import sample
from local.mutants.running import Ended, NotMeasurable, copied, run

_LINE_EVERY = 10  # mutants between two lines, where no terminal shows a moving one


def main(argv: list[str]) -> int:
    """0 where under a tenth of each group survived; 1 where more did, 2 where the tests fail without
    a mutant, 130 after Ctrl-C: what was measured until then is shown and written."""
    arguments = parse(argv)
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=110)
    same = equivalent.read(equivalent.LIST.read_text("utf-8"))
    results: dict[str, list[Ended]] = {}
    code = 0
    try:
        with console.status("making mutants") as status:
            _measure(arguments, results, console, status.update)
    except NotMeasurable as err:
        console.print(f"[bold red]mutants:[/] {escape(str(err))}", soft_wrap=True)
        code = 2
    except KeyboardInterrupt:
        console.print("\nstopped; what was measured:")
        code = 130
    _show(arguments, results, same, console)
    too_many = any(figures.counted(ended, same).share >= figures.LIMIT for ended in results.values())
    return code or int(too_many)


def _measure(
    arguments: Arguments, results: dict[str, list[Ended]], console: Console, say: Callable[[str], None]
) -> None:
    """Fills `results` as mutants end, so that what was measured stays when it is stopped."""
    with copied(ROOT) as copy:
        for name in arguments.groups:
            group = GROUPS[name]
            mutants = sample(copy, group.sources(copy), arguments.sample, arguments.seed)
            ended: list[Ended] = []
            for each in run(copy, group.test_files(copy), mutants, arguments.workers):
                results.setdefault(name, ended).append(each)
                words = f"{name}: {len(ended)} of {len(mutants)}, {_surviving(ended)} not noticed"
                say(words)
                if not console.is_terminal and len(ended) % _LINE_EVERY == 0:
                    console.print(words)


def _surviving(ended: Sequence[Ended]) -> int:
    return sum(each.survived for each in ended)


def _show(
    arguments: Arguments,
    results: dict[str, list[Ended]],
    same: dict[tuple[str, str, str], str],
    console: Console,
) -> None:
    for ended in results.values():
        for each in figures.survivors(ended, same):
            mutant = each.mutant
            console.print(f"\n{mutant.file}:{mutant.line}", markup=False, soft_wrap=True)
            console.print(f"- {mutant.before}\n+ {mutant.after}", markup=False, soft_wrap=True)
        for file, before, after in figures.wrongly_listed(ended, same):
            console.print(f"\nlisted as equivalent, and noticed: {file}", markup=False, soft_wrap=True)
            console.print(f"- {before}\n+ {after}", markup=False, soft_wrap=True)
    console.print(figures.table(results, same))
    if arguments.json_file is not None:
        arguments.json_file.parent.mkdir(parents=True, exist_ok=True)
        document = figures.document(results, same, arguments.seed)
        arguments.json_file.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
        console.print(f"figures written to {arguments.json_file}", markup=False)
