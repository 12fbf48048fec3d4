"""The commands of `dev.py`: their names, their help, and where each is found.

Read twice: by `dev.py` under any Python from 3.9, to answer `--help` without making the environment, and
inside the environment, to run the command. Hence nothing newer than 3.9 here, and commands are imported late.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
CALLED_FROM = "DEV_CALLED_FROM"
"""The environment variable in which `dev.py` tells a command the folder it was typed in."""


class Command(NamedTuple):
    """One command: `where` is "module:function", which takes the arguments and returns the exit code."""

    where: str
    does: str
    example: str


COMMANDS = {
    "demo": Command("local.demo:main", "a recorded incident through the whole product, here", "demo"),
    "test": Command(
        "local.setup.checks:test", "the tests; --slow adds the longer runs", "test tests/core -k tree"
    ),
    "check": Command("local.setup.checks:check", "format, lint, types, workflows", "check"),
    "bench": Command(
        "local.bench:main", "the measurements: calls, seconds, memory", "bench --json out/bench.json"
    ),
    "score": Command(
        "local.score:main",
        "how right the verdicts are on a recording whose truth is known",
        "score --data DIR --truth FILE",
    ),
    "recordings": Command(
        "local.recordings:main",
        "recorded data out of public Sysmon recordings, or of one alert of an account",
        "recordings from-sysmon PATH --out DIR",
    ),
    "mutants": Command(
        "local.mutants:main", "small changes of the code that no test notices", "mutants --group budget"
    ),
    "ops": Command(
        "local.ops:main", "look at the ledger and poison messages, bring alerts back", "ops status"
    ),
    "doctor": Command("local.doctor:main", "what is missing for the app to work", "doctor"),
    "detections": Command(
        "local.detections.command:main",
        "the rules of the verdict: compile, check, try, explain",
        "detections test",
    ),
    "report": Command("local.report:main", "one HTML page from the rows", "report --out out/report.html"),
}


def available(root: Path = ROOT) -> dict[str, Command]:
    """The commands whose module is there, looked for without importing anything."""
    return {name: command for name, command in COMMANDS.items() if _is_there(command, root)}


def _is_there(command: Command, root: Path) -> bool:
    module = root.joinpath(*command.where.split(":")[0].split("."))
    return module.with_suffix(".py").is_file() or (module / "__init__.py").is_file()


def usage(commands: dict[str, Command]) -> str:
    """The help of all commands, each with an example."""
    lines = ["usage: python3 dev.py COMMAND [options]", ""]
    width = max((len(name) for name in commands), default=0) + 2
    for name, command in commands.items():
        lines += [f"  {name:<{width}}{command.does}", f"  {'':<{width}}python3 dev.py {command.example}"]
    lines += [
        "",
        "python3 dev.py COMMAND --help tells a command's own options.",
        "The first run makes the environment (.venv) with Python 3.13; later runs start at once.",
    ]
    return "\n".join(lines)


def answer_at_once(argv: Sequence[str], commands: dict[str, Command]) -> int | None:
    """The exit code when help or a complaint was all there was to say; None when a command is to be run."""
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(usage(commands))
        return 0 if argv else 2
    if argv[0] not in commands:
        print(f"dev.py has no command {argv[0]!r}; it has: {', '.join(commands)}", file=sys.stderr)
        return 2
    return None


def given_path(text: str) -> Path:
    """The path a person typed: a relative one counts from the folder they typed it in."""
    return Path(os.environ.get(CALLED_FROM, ".")) / Path(text).expanduser()


def main(argv: Sequence[str]) -> int:
    """Runs the named command with the rest of the arguments; its exit code."""
    commands = available()
    answered = answer_at_once(argv, commands)
    if answered is not None:
        return answered
    module, function = commands[argv[0]].where.split(":")
    run: Callable[[list[str]], int] = getattr(importlib.import_module(module), function)
    return run(list(argv[1:]))


_REFUSED = {
    "ENOSPC": "There is no room left",
    "EDQUOT": "There is no room left",
    "EACCES": "This may not be written or read",
    "EPERM": "This may not be written or read",
    "EROFS": "This can only be read",
}


def told_in_one_line(run: Callable[[], int]) -> int:
    """What `run` returns, its output written out. One line in place of a traceback, and the exit code that
    shells give, where Ctrl-C ends it, the reader of its output is gone (`| head`), a disk is full, or a file
    may not be written or read."""
    try:
        try:
            return run()
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        _write_no_more()
        return 141  # 128 + SIGPIPE
    except OSError as error:
        said = _REFUSED.get(errno.errorcode.get(error.errno or 0, ""))
        if said is None:
            raise
        _write_no_more()
        print(said + (f": {error.filename}" if error.filename else ""), file=sys.stderr)
        return 1


def _write_no_more() -> None:
    """What is still to be written goes nowhere, or the interpreter would try again at its end."""
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - the null device is no path of ours
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(told_in_one_line(lambda: main(sys.argv[1:])))
