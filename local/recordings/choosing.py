"""Which processes of a recording get an alert: a rule that can be stated, and the same each time."""

from __future__ import annotations

import random
from dataclasses import dataclass

from local.recordings.attacks import Attacks
from local.recordings.processes import Process, Processes

# What begins a session or a service: what it starts is where a tree begins.
SESSION_ROOTS = frozenset(
    """
    system smss.exe csrss.exe wininit.exe winlogon.exe services.exe svchost.exe lsass.exe explorer.exe
    userinit.exe taskeng.exe taskhostw.exe
    """.split()
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A process that gets an alert, and what is known of it: attack, benign or unknown."""

    process: Process
    kind: str
    technique: str = ""


def choose(
    processes: Processes, attacks: Attacks | None, *, dataset: str, seed: int, benign: int
) -> list[Chosen]:
    """Without a list of attacks every root of a tree, of unknown kind. With one, the processes it names, and
    of the roots that have none of them below or above, `benign` drawn by the seed, called benign."""
    roots = [process for process in processes if is_root(process)]
    if attacks is None:
        return [Chosen(process, "unknown") for process in roots]
    named = [
        Chosen(process, "attack", technique)
        for process in processes
        if (technique := attacks.technique_of(process)) is not None
    ]
    near = {near for one in named for near in (*one.process.tree(), *one.process.ancestors())}
    free = [process for process in roots if process not in near]
    draw = random.Random(f"{seed}/{dataset}")  # noqa: S311 - a choice that can be repeated, not a secret
    drawn = draw.sample(free, min(benign, len(free)))
    return [*named, *(Chosen(process, "benign") for process in drawn)]


def is_root(process: Process) -> bool:
    """True for a process whose creation was recorded and whose parent began a session or a service, or began
    before the recording; not for one that itself begins a session or a service."""
    if process.birth is None or process.name.lower() in SESSION_ROOTS:
        return False
    parent = process.parent
    return parent is None or parent.birth is None or parent.name.lower() in SESSION_ROOTS
