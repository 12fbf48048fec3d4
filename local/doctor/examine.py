"""Every check in order, as they are printed, and what to do next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

from local.doctor import grants, identity, machine, published, services, storage
from local.doctor.check import Check, Verdict, bad, note
from local.doctor.machine import Machine
from local.ops.screen import Screen
from local.ops.target import Target


def of_target(
    target: Target, where: Machine, now: Callable[[], dt.datetime], principal: str | None = None
) -> Iterator[Check]:
    """The checks of an app that runs, or is about to; with `principal`, its identity's grants too."""
    late = machine.drains_in_time(where.root, target.policy.drain_for)
    if late is not None:
        yield late
    without = identity.lacking(target)
    yield from published.look_at(target, now, without)
    yield from identity.look_at(target, without)
    yield from services.look_at(target, without)
    silent: set[str] = set()
    yield from services.clocks(target, now, silent)
    if identity.STORAGE.lower() in silent:  # each further call would try for minutes
        yield bad("storage", f"does not answer at {target.tables_url}", target.way_out)
    else:
        yield from storage.look_at(target, now, without)
    if principal and identity.GRAPH in without:
        yield note("grants", "not read: there is no token")
    elif principal:
        yield from grants.look_at(target, principal)


def report(screen: Screen, checks: Iterable[Check], *, when_well: str) -> int:
    """Prints each check as it ends, then what to do next. The exit code."""
    seen = []
    for check in checks:
        seen.append(check)
        screen.say(f"{check.verdict}  {check.what:<26} {check.found}")
    to_mend = _todos(seen, Verdict.BAD)
    to_know = [todo for todo in _todos(seen, Verdict.NOTE) if todo not in to_mend]
    screen.say()
    if to_mend:
        screen.say("What to do next:")
        for number, todo in enumerate(to_mend, 1):
            screen.say(f"  {number}. {todo}")
    else:
        screen.say(f"Nothing to mend. {when_well}")
    if to_know:
        screen.say("Where you want it:")
        for todo in to_know:
            screen.say(f"  - {todo}")
    return 1 if to_mend else 0


def _todos(checks: list[Check], verdict: Verdict) -> list[str]:
    return list(dict.fromkeys(check.todo for check in checks if check.verdict is verdict and check.todo))
