"""The table of faults of docs/reliability.md; `python -m tests.docs.fault_table` writes it there."""

from __future__ import annotations

from local.cli import ROOT
from local.docs.blocks import page_with
from tests.faults.case import Case, End, Where
from tests.faults.cases import CASES

PAGE = ROOT / "docs" / "reliability.md"
_HEAD = "| fault | what happens | what you see meanwhile | what is kept | in the end |\n|---|---|---|---|---|"
_ENDS = {
    End.UNFELT: "whole in the first minute",
    End.STAYS_MARKED: "stays so until somebody does something",
}


def blocks() -> dict[str, str]:
    """Name -> the block's text: one table for each kind of call, faults with the same outcome in one line."""
    return {f"faults {where.name.lower()}": _table(where) for where in Where}


def page() -> str:
    """The page as it ought to be."""
    return page_with(PAGE, blocks())


def _table(where: Where) -> str:
    by_outcome: dict[str, list[str]] = {}
    for case in CASES:
        if case.where is where:
            by_outcome.setdefault(_outcome(case), []).append(case.fault)
    return "\n".join([_HEAD, *(f"| {'; '.join(names)} | {told} |" for told, names in by_outcome.items())])


def _outcome(case: Case) -> str:
    end = _ENDS.get(case.ends) or f"whole within {case.healed_in} minutes of its end"
    return f"{case.happens} | {_seen(case)} | {case.kept} | {end}"


def _seen(case: Case) -> str:
    told = [f"`{name}` {f'`{value}`' if value else 'empty'}" for name, value in case.row.items()]
    rows = "the alerts' rows" if case.ends is End.UNFELT else "no row"
    if told:
        rows = "rows with " + ", ".join(told)
    log = "nothing in the log" if not case.seen else "log: " + ", ".join(f"`{event}`" for event in case.seen)
    return f"{rows}; {log}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
