"""What a run of the mutants comes to: by group and module, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rich.markup import escape
from rich.table import Table

from local.mutants.making import Change
from local.mutants.running import Ended

LIMIT = 0.10
"""The share of survivors at which the command fails."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one module or group: mutants run, of them equal to the module, and survivors among the others."""

    ran: int
    equivalent: int
    survived: int

    @property
    def share(self) -> float:
        """The survivors' share of those that behave otherwise."""
        return self.survived / max(1, self.ran - self.equivalent)


def counted(ended: Sequence[Ended], equivalent: Collection[Change]) -> Counted:
    """The counts. One that is listed as equivalent and does not survive is no equivalent one."""
    survivors = [each.mutant.change for each in ended if each.survived]
    same = sum(change in equivalent for change in survivors)
    return Counted(len(ended), same, len(survivors) - same)


def wrongly_listed(ended: Sequence[Ended], equivalent: Collection[Change]) -> list[Change]:
    """Mutants that are listed as equivalent although a test notices them."""
    return [each.mutant.change for each in ended if not each.survived and each.mutant.change in equivalent]


def by_module(ended: Sequence[Ended]) -> dict[str, list[Ended]]:
    """The same, by module."""
    files = sorted({each.mutant.file for each in ended})
    return {file: [each for each in ended if each.mutant.file == file] for file in files}


def table(results: dict[str, list[Ended]], equivalent: Collection[Change]) -> Table:
    """Groups and their modules, with how many survived."""
    shown = Table("group, module", *("mutants", "equivalent", "survived", "share"))
    for name, ended in results.items():
        modules = by_module(ended)
        for label, part in [
            (f"[bold]{name}[/]", ended),
            *((f"  {escape(file)}", modules[file]) for file in modules),
        ]:
            each = counted(part, equivalent)
            shown.add_row(label, str(each.ran), str(each.equivalent), str(each.survived), f"{each.share:.1%}")
    return shown


def document(results: dict[str, list[Ended]], equivalent: Collection[Change], seed: int) -> dict[str, object]:
    """The figures and each survivor, for JSON."""
    return {"seed": seed, "groups": {name: _group(ended, equivalent) for name, ended in results.items()}}


def survivors(ended: Sequence[Ended], equivalent: Collection[Change]) -> list[Ended]:
    """Those that no test noticed and that are not listed as equivalent, in the order of the text."""
    left = [each for each in ended if each.survived and each.mutant.change not in equivalent]
    return sorted(left, key=lambda each: (each.mutant.file, each.mutant.line, each.mutant.after))


def _group(ended: Sequence[Ended], equivalent: Collection[Change]) -> dict[str, object]:
    return {
        **_numbers(counted(ended, equivalent)),
        "overran": sum(each.end == "overran" for each in ended),
        "modules": {file: _numbers(counted(part, equivalent)) for file, part in by_module(ended).items()},
        "survivors": [
            {
                "file": each.mutant.file,
                "line": each.mutant.line,
                "before": each.mutant.before,
                "after": each.mutant.after,
            }
            for each in survivors(ended, equivalent)
        ],
    }


def _numbers(each: Counted) -> dict[str, float]:
    return {
        "mutants": each.ran,
        "equivalent": each.equivalent,
        "survived": each.survived,
        "share": round(each.share, 4),
    }
