"""`ops tenants`: the further tenants of a deployment: added, looked at, paused, resumed, removed, purged,
listed."""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from local.ops import tenant_purge, there_is
from local.ops.found_wrong import found_wrong
from local.ops.parser import Parser, whole
from local.ops.screen import Screen
from local.ops.target import Target
from local.ops.words import ago, clock
from shared.adapters.storage import TableTenants
from shared.core.tenants import PAUSED, TenantRow, overrides_of, states
from shared.core.tenants.overrides import overrides_text
from shared.core.tenants.row import GONE, LEAVING, PENDING, is_id, is_name
from shared.errors import ConfigError
from shared.pipeline.stored.tenants import add as add_tenant
from shared.pipeline.stored.tenants import changed, move

_ACTIONS = ("add", "check", "set", "pause", "resume", "remove", "purge", "list")
_LOOK_EVERY = 2.0  # seconds
_WAIT = 90  # seconds: a fetch begins each 15 s, and a tenant that failed waits no longer once it is asked for
_STEPS: dict[str, tuple[Callable[[TenantRow, dt.datetime], TenantRow | None], str]] = {
    "pause": (states.paused, "paused: nothing of it is fetched or hunted from the next minute on"),
    "resume": (states.resumed, "worked on again from the next fetch on"),
    "remove": (states.leaving, "leaving: nobody works on it any more"),
}


def add(make: Callable[..., Parser], commands: argparse._SubParsersAction[Parser]) -> None:
    """Adds the command's arguments."""
    parser = make(
        commands,
        "tenants",
        "the further tenants of the app: add, check, set, pause, resume, remove, purge, list",
        "tenants add contoso 11111111-2222-3333-4444-555555555555",
        "`add` binds a name to a tenant's id, for ever: it is part of every key. `check` has the app look\n"
        "at the tenant and says what is missing, and who does what. `remove` ends the work; what is stored\n"
        "stays until `purge`, 15 minutes later or more, deletes all of it and shows that it is gone.\n"
        "docs/tenants.md says what provider and customer do before.\n"
        "To look, you need Storage Table Data Reader on an account; to change, Data Contributor.",
    )
    parser.add_argument("action", metavar="ACTION", choices=_ACTIONS, help=", ".join(_ACTIONS))
    parser.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        type=_name,
        help="the tenant's name: small letters, digits, hyphens",
    )
    parser.add_argument(
        "values", metavar="VALUE", nargs="*",
        help="with add: the tenant's id; with set: settings of this tenant alone, such as "
        "DETECTIONS_OFF=rule-id, none to show them; one without a value is the deployment's again",
    )  # fmt: skip
    parser.add_argument(
        "--wait", metavar="SECONDS", type=whole(1, 900), default=_WAIT,
        help=f"with check: how long to wait for the app (default: {_WAIT})",
    )  # fmt: skip
    parser.add_argument("--yes", action="store_true", help="with remove and purge: do not ask")


def refuse_what_does_not_fit(given: argparse.Namespace, parser: Parser) -> None:
    """Ends the program where name and id do not go with the action."""
    if (given.action != "list") != (given.name is not None):
        parser.error("tenants list takes no NAME, every other action takes one")
    given.id = None
    if given.action == "add":
        if len(given.values) != 1:
            parser.error("tenants add takes a NAME and a TENANT-ID")
        if not is_id(given.values[0].lower()):
            parser.error(f"a tenant's id is 32 hexadecimal digits in five groups, not {given.values[0]!r}")
        given.id = given.values[0].lower()
    elif given.action != "set" and given.values:
        parser.error(f"tenants {given.action} takes no {given.values[0]!r}")
    elif not all("=" in value for value in given.values):
        parser.error("tenants set takes settings as NAME=VALUE")


def run(given: argparse.Namespace, target: Target, screen: Screen) -> int:
    """0 done, and with check nothing wrong; 1 refused, not done, or something to mend."""
    rows, now = TableTenants(target.tables), target.ports.clock.now()
    match given.action:
        case "list":
            return _list(rows, now, screen)
        case "add":
            return _add(given, rows, target, screen)
        case "check":
            return _check(given, rows, target, screen)
        case "set":
            return _set(given, rows, target, screen)
        case "purge":
            return tenant_purge.purge(given.name, target.tables, now, screen, is_sure=given.yes)
    if given.action == "remove" and not given.yes and _asked(given.name, rows, screen) != given.name:
        screen.complain("ops: nothing was removed (--yes removes without asking)")
        return 1
    step, said = _STEPS[given.action]
    row, is_new = move(rows, given.name, step, now)
    screen.say(f"{row.name} is {said}" if is_new else f"{row.name} was {row.state} already")
    if row.state == LEAVING:
        wait = int(states.PURGE_AFTER.total_seconds() // 60)
        screen.say(
            f"what is stored of it can be purged in {wait} min: python3 dev.py ops tenants purge {row.name}"
        )
        screen.say(
            "The customer's administrator deletes the app under Enterprise applications "
            "(docs/tenants.md#when-a-tenant-leaves)"
        )
    return 0


def _add(given: argparse.Namespace, rows: TableTenants, target: Target, screen: Screen) -> int:
    # A name keeps its id for ever, so an id with a slip of the pen is refused before it is bound.
    exists = there_is.tenant(target.settings.endpoints.authority, given.id)
    if exists is False:
        screen.complain(f"ops: Entra knows no tenant {given.id} in this cloud; nothing was added")
        return 1
    if exists is None:
        screen.complain("ops: Entra does not answer here, so nobody knows whether there is such a tenant")
    row, is_new = add_tenant(rows, given.name, given.id, target.ports.clock.now())
    screen.say(f"{row.name} is tenant {row.tenant_id}, {row.state}" + ("" if is_new else ", as before"))
    if is_new:
        screen.say(f"see that it works: python3 dev.py ops tenants check {row.name}")
    return 0


def _set(given: argparse.Namespace, rows: TableTenants, target: Target, screen: Screen) -> int:
    wanted = dict(value.split("=", 1) for value in given.values)

    def decide(row: TenantRow) -> tuple[TenantRow | None, dict[str, str]]:
        if not row.is_further or row.state == GONE:
            raise ConfigError(f"there is no further tenant {given.name!r}: add it first")
        own = {**overrides_of(row.overrides), **wanted}
        own = {name: value for name, value in own.items() if value}
        target.settings.of_tenant(given.name, own)  # refuses what cannot be used before it is kept
        text = overrides_text(own)
        return (replace(row, overrides=text) if text != row.overrides else None), own

    _, own = changed(rows, given.name, decide)
    for name, value in own.items():
        screen.say(f"{name}={value}")
    screen.say(
        f"{given.name} has {len(own)} settings of its own" + (", used within a minute" if wanted else "")
    )
    return 0


def _check(given: argparse.Namespace, rows: TableTenants, target: Target, screen: Screen) -> int:
    # Told by another time than before, for the app's clock is not this machine's.
    before = rows.read(given.name).checked_at
    row, _ = move(rows, given.name, states.check_asked, target.ports.clock.now())
    screen.say(f"{row.name}, tenant {row.tenant_id}: the app looks at it with its next fetch …")
    until = time.monotonic() + given.wait
    while row.checked_at is None or row.checked_at == before:
        if time.monotonic() > until:
            screen.complain(
                f"ops: the app has not looked at it within {given.wait} s: see that it runs (ops status) and "
                "that its setting TENANTS_APP_ID is set; what is below is of an earlier look, if of any"
            )
            _say_found(row, target.ports.clock.now(), screen)
            return 1
        time.sleep(min(_LOOK_EVERY, given.wait))
        row = rows.read(given.name)
    return _say_found(row, target.ports.clock.now(), screen)


def _say_found(row: TenantRow, now: dt.datetime, screen: Screen) -> int:
    """0 where the tenant works, whatever would be good to have."""
    for line in _found_lines(row):
        screen.say(line)
    if row.checked_at is not None:
        screen.say(
            f"looked at {ago(row.checked_at, now)}, last fetched {ago(row.last_success, now)}, {row.state}"
        )
    return 1 if row.checked_at is None or any(wrong.stops for wrong in found_wrong(row)) else 0


def _found_lines(row: TenantRow) -> Iterator[str]:
    if row.checked_at is not None and not row.checked:
        yield "ok  tokens, roles, alerts and hunting"
    for wrong in found_wrong(row):
        yield f"{'!!' if wrong.stops else '--'}  {wrong.means} ({wrong.word})"
        yield f"      {wrong.todo}"


def _asked(name: str, rows: TableTenants, screen: Screen) -> str:
    row = rows.read(name)
    screen.say(f"{name} is tenant {row.tenant_id or 'unknown'}, {row.state if row.name else 'not there'}")
    return screen.ask(f"Nobody will work on it any more, and it cannot be taken back. Type {name}:")


def _list(rows: TableTenants, now: dt.datetime, screen: Screen) -> int:
    known = sorted(rows.readable(), key=lambda row: row.name)
    width = max((len(row.name) for row in known), default=0)
    for row in known:
        tenant_id = row.tenant_id or "(id not known yet)"
        screen.say(f"{row.name:<{width}}  {tenant_id:<36}  {row.state:<7}  {_stands(row, now)}")
    counts = Counter(row.state for row in known)
    screen.say(
        f"{len(known)} tenants" + "".join(f", {number} {state}" for state, number in sorted(counts.items()))
    )
    return 0


def _stands(row: TenantRow, now: dt.datetime) -> str:
    """What is to be told of one tenant in a few words."""
    since = f" since {clock(row.changed_at)}" if row.changed_at else ""
    if not row.is_further:
        return f"the app's own; {row.deployment or 'any app'}"
    if row.state in (PAUSED, LEAVING, GONE):
        return since.strip()
    parts = (
        [f"fetched {ago(row.last_success, now)}"]
        if row.last_success or row.state != PENDING
        else ["not reached yet"]
    )
    if row.failures:
        again = f", next try {ago(row.next_fetch, now)}" if row.next_fetch and row.next_fetch > now else ""
        parts.append(f"{row.failures} failures in a row{again}: {row.last_error}")
    if stops := [wrong.word for wrong in found_wrong(row) if wrong.stops]:
        parts.append(f"wrong: {', '.join(stops)}")
    return "; ".join(parts)


def _name(text: str) -> str:
    if not is_name(text):
        raise argparse.ArgumentTypeError(
            f"1 to 40 small letters, digits and hyphens, no hyphen first, not {text!r}"
        )
    return text
