"""`ops write-back`: how the comments stand, and the rules by which fields of alerts are set."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace

from local.ops.benign import CONDITIONS, add_conditions
from local.ops.parser import Parser, whole
from local.ops.published_rows import rows_since
from local.ops.screen import Screen
from local.ops.target import Target
from local.ops.words import ago
from shared.adapters.storage import TableWriteRules, TableWrites
from shared.core.known_benign import State
from shared.core.known_benign.matching import READ
from shared.core.write_back import WriteRule
from shared.core.write_back.rules import rule_matches, rule_problems
from shared.pipeline.stored.operator_rows import changed

_ACTIONS = ("status", "add", "test", "on", "off", "list")
_MOST_SHOWN = 50
_RISK = (
    "A rule changes alerts for everybody who works with them, by itself. One that resolves or calls benign "
    "hides alerts from people: an intruder who can make an alert look as the rule wants is hidden too."
)


def add(make: Callable[..., Parser], commands: argparse._SubParsersAction[Parser]) -> None:
    """Adds the command's arguments."""
    parser = make(
        commands,
        "write-back",
        "comments that wait, and the rules that set fields of alerts: status, add, test, on, off, list",
        "write-back status",
        "Rules have an effect with WRITE_BACK=rules alone. A rule has conditions as `ops benign` has them,\n"
        "and --validation and --known-benign; it fills what people have left empty, with the comment.\n"
        "`add` writes a draft, `test` says which published rows it is for, `on` says what it risks and\n"
        "asks. A rule that resolves or calls benign never applies to a Confirmed alert.\n"
        "To look, you need Storage Table Data Reader on an account; to change, Data Contributor.",
    )
    add_conditions(parser, "rule", _ACTIONS)
    parser.add_argument("--validation", metavar="WORD", default="", help="what Validation says, whole")
    parser.add_argument(
        "--known-benign", metavar="yes", default="", help="yes: the row matches a known benign entry"
    )
    for name in ("classification", "determination", "status", "assigned-to"):
        parser.add_argument(f"--set-{name}", metavar="WORD", default="", help=f"the {name} to set")
    parser.add_argument("--owner", metavar="WHO", default="", help="who answers for it")
    parser.add_argument("--reason", metavar="WHY", default="", help="why")
    parser.add_argument(
        "--days", metavar="N", type=whole(1, 3650), default=90, help="test: how far back (90)"
    )
    parser.add_argument("--yes", action="store_true", help="on: do not ask")


def run(given: argparse.Namespace, target: Target, screen: Screen) -> int:
    """0 done; 1 refused, or no such rule; 2 where an ID is wanted."""
    rows = TableWriteRules(target.tables, target.tenant)
    if given.action == "status":
        return _status(target, screen)
    if given.action == "list":
        return _list(rows, screen)
    if given.id is None:
        screen.complain(f"ops: write-back {given.action} takes an ID")
        return 2
    if given.action == "add":
        return _add(given, rows, screen)
    rule = rows.read(given.id)
    if rule is None:
        screen.complain(f"ops: no rule {given.id!r} (`ops write-back list` lists them)")
        return 1
    if given.action == "test":
        return _test(rule, given.days, target, screen)
    if given.action == "off":
        changed(rows, WriteRule(id=given.id), lambda known: known and replace(known, state=State.OFF))
        screen.say(f"{given.id} is off: it sets nothing on alerts that are published from the next minute on")
        return 0
    return _on(given, rule, rows, screen)


def _status(target: Target, screen: Screen) -> int:
    now = target.ports.clock.now()
    rows = TableWrites(target.tables, target.tenant).all()
    steps = ", ".join(f"{count} {step}" for step, count in Counter(row.step for row in rows).items())
    screen.say(f"{len(rows)} writes wait" + (f": {steps}" if steps else ""))
    if rows:
        screen.say(f"the oldest was wanted {ago(min(row.wanted_at for row in rows), now)}")
    until = target.ports.leases.read().writes_blocked_until
    if until is not None and until > now:
        screen.say(f"paused: a write was refused, the next try is {ago(until, now)} (see dev.py doctor)")
    return 0


def _add(given: argparse.Namespace, rows: TableWriteRules, screen: Screen) -> int:
    wanted = WriteRule(
        id=given.id,
        state=State.DRAFT,
        validation=given.validation,
        known_benign=given.known_benign,
        set_classification=given.set_classification,
        set_determination=given.set_determination,
        set_status=given.set_status,
        set_assigned_to=given.set_assigned_to,
        owner=given.owner,
        reason=given.reason,
        **{name: getattr(given, name) for name in CONDITIONS},
    )
    if wrong := rule_problems(wanted):
        for reason in wrong:
            screen.complain(f"ops: refused: {reason}")
        return 1

    def draft(known: WriteRule | None) -> WriteRule:
        return replace(wanted, version=known.version + 1, etag=known.etag) if known else wanted

    rule = changed(rows, WriteRule(id=given.id), draft)
    if rule is not None:
        screen.say(f"{rule.id} v{rule.version} is a draft; `test` says what it is for, `on` switches it on")
    return 0


def _test(rule: WriteRule, days: int, target: Target, screen: Screen) -> int:
    columns = ("AlertId", "KnownBenignState", *READ)
    found = [row for row in rows_since(target, days, columns) if rule_matches(rule, row)]
    for row in found[:_MOST_SHOWN]:
        screen.say(
            f"{row.get('Validation', ''):<11}  {row.get('AlertVerdict', ''):<15}  {row.get('AlertId')}"
        )
    real = sum(row.get("AlertVerdict") == "True Positive" for row in found)
    screen.say(
        f"{rule.id} v{rule.version} is for {len(found)} alerts of the last {days} days; people called {real} "
        f"of them true positives; it sets {_sets(rule)}"
    )
    return 0


def _on(given: argparse.Namespace, rule: WriteRule, rows: TableWriteRules, screen: Screen) -> int:
    screen.say(_RISK)
    screen.say(f"{rule.id} v{rule.version} sets {_sets(rule)}")
    if not given.yes and screen.ask("Switch it on? Type yes:") != "yes":
        screen.complain("ops: it stays as it was (--yes does not ask)")
        return 1

    def activate(known: WriteRule | None) -> WriteRule | None:
        is_same = known is not None and known.version == rule.version
        return replace(known, state=State.ACTIVE) if known and is_same else None

    changed(rows, WriteRule(id=rule.id), activate)
    screen.say(f"{rule.id} v{rule.version} is on, where the app's WRITE_BACK is rules")
    return 0


def _list(rows: TableWriteRules, screen: Screen) -> int:
    rules = rows.all()
    for rule in rules:
        screen.say(
            f"{rule.id} v{rule.version}  {rule.state}  {rule.owner}: {rule.reason}; sets {_sets(rule)}"
        )
        named = {one.name: getattr(rule, one.name) for one in fields(rule)}
        told = {name: named[name] for name in (*CONDITIONS, "validation", "known_benign") if named[name]}
        screen.say("    " + ", ".join(f"{name} {value!r}" for name, value in told.items()))
    screen.say(f"{len(rules)} rules, {sum(rule.state is State.ACTIVE for rule in rules)} of them on")
    return 0


def _sets(rule: WriteRule) -> str:
    return ", ".join(f"{name} {value}" for name, value in rule.sets.items())
