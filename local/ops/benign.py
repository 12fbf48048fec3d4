"""`ops benign`: what the organisation knows to be benign: written, tried on published rows, activated."""

from __future__ import annotations

import argparse
import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

from local.ops.parser import Parser, whole
from local.ops.published_rows import rows_since
from local.ops.screen import Screen
from local.ops.target import Target
from shared.adapters.storage import TableKnownBenign
from shared.core.known_benign import MOST_ENTRIES, Entry, State
from shared.core.known_benign.entry import (
    LONGEST_LIFE,
    activated,
    problems,
    replaced,
    switched_off,
    with_test,
)
from shared.core.known_benign.matching import READ, is_live, matches
from shared.core.values import Columns, text_of
from shared.pipeline.stored.operator_rows import changed

_ACTIONS = ("add", "test", "activate", "off", "list")
_MOST_SHOWN = 50
CONDITIONS = {
    "detector": "the detector's id (column DetectorId), whole",
    "hash": "a hash of the file that the row shows, whole",
    "title": "the alert's title",
    "device": "the device's name",
    "device_group": "its device group",
    "user": "the user, DOMAIN\\name or principal name",
    "file_name": "the file's name",
    "folder": "its folder",
    "process": "the process's file name",
    "command_line": "its command line",
    "parent_process": "its parent's file name",
    "signer": "who signed the file, with a valid certificate alone",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A row that an entry would mark; `is_against` where a person or telemetry says that it was real."""

    alert_id: str
    validation: str
    verdict: str

    @property
    def is_against(self) -> bool:
        """True for what forbids to activate the entry."""
        return self.validation == "Confirmed" or self.verdict == "True Positive"

    @classmethod
    def of(cls, columns: Columns) -> Found:
        """What a published row says of itself."""
        return cls(*(text_of(columns, name) for name in ("AlertId", "Validation", "AlertVerdict")))


def add_conditions(parser: Parser, called: str, actions: Sequence[str]) -> None:
    """Adds what is said of an entry, or of a rule with the same conditions: action, id, conditions."""
    parser.add_argument("action", metavar="ACTION", choices=actions, help=", ".join(actions))
    parser.add_argument(
        "id", metavar="ID", nargs="?", help=f"the {called}'s id: small letters, digits, hyphens"
    )
    for name, means in CONDITIONS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", metavar="TEXT", default="", help=means)


def add(make: Callable[..., Parser], commands: argparse._SubParsersAction[Parser]) -> None:
    """Adds the command's arguments."""
    parser = make(
        commands,
        "benign",
        "what the organisation knows to be benign: add, test, activate, off, list",
        "benign test backup-agent --days 90",
        "An entry names a detector or a file's hash, and at least one field more. The others are globs:\n"
        "* is any run of characters, ? is one. `add` writes a draft, of an entry that is there its next\n"
        "version; `test` says which published rows it would have marked, by the very code that marks them;\n"
        "`activate` needs such a test, and is refused where an alert that matches is a true positive or\n"
        "Confirmed. Rows that match get KnownBenign and its columns; nothing else of them changes.\n"
        "To look, you need Storage Table Data Reader on an account; to change, Data Contributor.",
    )
    add_conditions(parser, "entry", _ACTIONS)
    parser.add_argument("--owner", metavar="WHO", default="", help="who answers for it")
    parser.add_argument("--reason", metavar="WHY", default="", help="why it is benign")
    parser.add_argument(
        "--days",
        metavar="N",
        type=whole(1, 3650),
        help=f"add: how long it lasts (default, and most: {LONGEST_LIFE.days}); test: how far back (90)",
    )


def run(given: argparse.Namespace, target: Target, screen: Screen) -> int:
    """0 done; 1 refused, or no such entry; 2 where an ID is wanted."""
    rows = TableKnownBenign(target.tables, target.tenant)
    if given.action == "list":
        return _list(rows, target, screen)
    if given.id is None:
        screen.complain(f"ops: benign {given.action} takes an ID")
        return 2
    if given.action == "add":
        return _add(given, rows, target, screen)
    if rows.read(given.id) is None:
        screen.complain(f"ops: no entry {given.id!r} (`ops benign list` lists them)")
        return 1
    if given.action == "off":
        changed(rows, Entry(id=given.id), lambda entry: entry and switched_off(entry))
        screen.say(f"{given.id} is off: it marks no row from the next minute on")
        return 0
    if given.action == "test":
        return _test(given.id, given.days or 90, rows, target, screen)
    return _activate(given.id, rows, target, screen)


def _add(given: argparse.Namespace, rows: TableKnownBenign, target: Target, screen: Screen) -> int:
    now = target.ports.clock.now()
    lasts = dt.timedelta(days=given.days) if given.days else LONGEST_LIFE
    wanted = Entry(
        id=given.id,
        owner=given.owner,
        reason=given.reason,
        expires=(now + lasts).replace(microsecond=0),
        **{name: getattr(given, name) for name in CONDITIONS},
    )
    wanted = replace(wanted, hash=wanted.hash.lower())
    if wrong := problems(wanted, now):
        _refuse(screen, wrong)
        return 1
    others = [entry for entry in rows.all() if entry.id != given.id]
    if len(others) >= MOST_ENTRIES:
        _refuse(screen, [f"there are {MOST_ENTRIES} entries already, the most that are looked at"])
        return 1
    entry = changed(rows, Entry(id=given.id), lambda known: replaced(known, wanted))
    if entry is not None:
        screen.say(f"{entry.id} v{entry.version} is a draft until {entry.expires:%Y-%m-%d}; now test it")
    return 0


def _test(entry_id: str, days: int, rows: TableKnownBenign, target: Target, screen: Screen) -> int:
    entry = _tried(entry_id, days, rows, target, screen)
    return 0 if entry and not entry.tested_against else 1


def _tried(entry_id: str, days: int, rows: TableKnownBenign, target: Target, screen: Screen) -> Entry | None:
    """The entry with the test's result, which is kept where it is still that version."""
    entry = rows.read(entry_id)
    if entry is None:
        return None
    found = [Found.of(row) for row in rows_since(target, days, ("AlertId", *READ)) if matches(entry, row)]
    against = [one for one in found if one.is_against]
    for one in [*against, *(one for one in found if not one.is_against)][:_MOST_SHOWN]:
        screen.say(f"{one.validation:<11}  {one.verdict or 'Unknown':<15}  {one.alert_id}")
    if len(found) > _MOST_SHOWN:
        screen.say(f"and {len(found) - _MOST_SHOWN} more")
    verdicts = ", ".join(f"{word} {n}" for word, n in Counter(one.verdict for one in found).most_common())
    screen.say(
        f"{entry.id} v{entry.version} would have marked {len(found)} alerts of the last {days} days"
        f"{f' ({verdicts})' if verdicts else ''}; {len(against)} of them speak against it"
    )
    now = target.ports.clock.now()

    def kept(known: Entry | None) -> Entry | None:
        is_same = known is not None and known.version == entry.version
        return with_test(known, now, days, len(found), len(against)) if known and is_same else None

    return changed(rows, Entry(id=entry_id), kept)


def _activate(entry_id: str, rows: TableKnownBenign, target: Target, screen: Screen) -> int:
    now = target.ports.clock.now()
    before = rows.read(entry_id)
    if before is not None and before.tested_version == before.version:
        # What was published since the test counts, too.
        _tried(entry_id, before.tested_days, rows, target, screen)
    against: list[str] = []

    def decide(entry: Entry | None) -> Entry | None:
        nonlocal against
        if entry is None:
            return None
        active, against = activated(entry, now)
        return None if against else active

    entry = changed(rows, Entry(id=entry_id), decide)
    if against or entry is None:
        _refuse(screen, against or ["it is gone"])
        return 1
    screen.say(
        f"{entry.id} v{entry.version} marks alerts from the next minute on, until {entry.expires:%Y-%m-%d}"
    )
    return 0


def _list(rows: TableKnownBenign, target: Target, screen: Screen) -> int:
    now, entries = target.ports.clock.now(), rows.all()
    for entry in entries:
        state = "expired" if entry.state is State.ACTIVE and not is_live(entry, now) else entry.state
        until = f"{entry.expires:%Y-%m-%d}" if entry.expires else "?"
        screen.say(f"{entry.id} v{entry.version}  {state}  until {until}  {entry.owner}: {entry.reason}")
        given = {one.name: getattr(entry, one.name) for one in fields(entry) if one.name in CONDITIONS}
        screen.say("    " + ", ".join(f"{name} {value!r}" for name, value in given.items() if value))
    screen.say(
        f"{len(entries)} entries, {sum(is_live(entry, now) for entry in entries)} of them mark alerts now"
    )
    return 0


def _refuse(screen: Screen, reasons: list[str]) -> None:
    for reason in reasons:
        screen.complain(f"ops: refused: {reason}")
