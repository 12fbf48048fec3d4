"""The list of attack processes that the person gives: one a line, by ProcessGuid or command line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from local.recordings.processes import Process, guid_of

_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")


class AttacksUnusable(ValueError):
    """The list cannot be read; the message says why."""


@dataclass(slots=True)
class Attacks:
    """Processes by GUID or by command line in small letters, each with its technique or "". `met` are those
    that a recording had."""

    by_guid: dict[str, str] = field(default_factory=dict)
    by_command: dict[str, str] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)

    def technique_of(self, process: Process) -> str | None:
        """The technique of a process that is on the list; None for one that is not."""
        for key, known in ((process.guid, self.by_guid), (_plain(process.command), self.by_command)):
            if key in known:
                self.met.add(key)
                return known[key]
        return None

    @property
    def not_met(self) -> list[str]:
        """What no recording had."""
        return sorted({*self.by_guid, *self.by_command} - self.met)


def read_attacks(file: Path) -> Attacks:
    """The list in `file`: `PROCESS` or `PROCESS<TAB>TECHNIQUE` a line; empty lines and those that begin with
    `#` say nothing. Raises AttacksUnusable."""
    attacks = Attacks()
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, ValueError) as err:
        raise AttacksUnusable(f"{file} cannot be read: {err}") from err
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        process, _, technique = (part.strip() for part in line.partition("\t"))
        if technique and not _TECHNIQUE.fullmatch(technique):
            raise AttacksUnusable(f"{file}, line {number}: {technique!r} is no technique such as T1059.001")
        if not process:
            raise AttacksUnusable(f"{file}, line {number}: no process before the technique")
        if guid := guid_of(process):
            attacks.by_guid[guid] = technique
        else:
            attacks.by_command[_plain(process)] = technique
    if not (attacks.by_guid or attacks.by_command):
        raise AttacksUnusable(f"{file} names no process")
    return attacks


def _plain(command: str) -> str:
    return command.strip().lower()
