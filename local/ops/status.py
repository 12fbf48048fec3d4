"""`ops status`: how the work stands, read from the tables and queues."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from azure.core.exceptions import AzureError

from local.ops import poison, urgent
from local.ops.advice import advice
from local.ops.finding_alerts import history_filter
from local.ops.poison import Ledgered
from local.ops.queues import Length, lengths, peeked, poison_queues
from local.ops.screen import Screen
from local.ops.target import Target
from local.ops.urgent import Urgent
from local.ops.waits import ON_ITS_TURN, Waits, waits_for
from local.ops.words import ago, clock, span
from shared.core.progress import BudgetPolicy, Lease, LedgerRow, State
from shared.core.progress import lease as leases
from shared.core.values import Checkpoint
from shared.pipeline.stored import due_index

SOURCES = ("defender", "graph")
_COUNTED = 5_000  # open alerts that are looked at; those due longest always are


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the work stands. `poison_unknown` counts poison messages whose alert the ledger does not know."""

    now: dt.datetime
    days: int
    urgent: list[Urgent]
    waits: dict[Waits, int]
    is_counted_whole: bool
    oldest: tuple[dt.datetime, Waits, str] | None
    done: int
    set_aside: dict[str, int]
    checkpoints: dict[str, Checkpoint]
    lease: Lease
    queues: list[Length]
    poison_seen: int
    poison_unknown: list[str]


def standing(target: Target, days: int) -> Standing:
    """How the work stands now; finished alerts are counted that were created in the last `days`."""
    now = target.ports.clock.now()
    ledger = target.ports.ledger
    open_rows = ledger.open_rows(_COUNTED)
    done, set_aside = _finished(target, (now - dt.timedelta(days=days)).date().isoformat())
    read = {name: target.ports.checkpoints.read(name) for name in SOURCES}
    seen, unknown = _poison(target, now)
    return Standing(
        now=now,
        days=days,
        urgent=urgent.urgent(target, days, now),
        waits=dict(Counter(waits_for(row, now) for row in open_rows)),
        is_counted_whole=len(open_rows) < _COUNTED,
        oldest=_oldest([*open_rows, *due_index.oldest(ledger, now)], now),
        done=done,
        set_aside=set_aside,
        checkpoints={name: found for name, found in read.items() if found != Checkpoint()},
        lease=target.ports.leases.read(),
        queues=lengths(target.queues),
        poison_seen=seen,
        poison_unknown=unknown,
    )


def _oldest(rows: list[LedgerRow], now: dt.datetime) -> tuple[dt.datetime, Waits, str] | None:
    """(since when, what for, alert id) of the alert that has waited longest."""
    found = []
    for row in rows:
        what = waits_for(row, now)
        if what in ON_ITS_TURN:
            since = row.work_due if what is not Waits.LOOK_UPS else row.generation_seen
            found.append((since or row.first_seen, what, row.alert_id))
    return min(found, default=None)


def _finished(target: Target, first_day: str) -> tuple[int, dict[str, int]]:
    """(alerts done, alerts set aside by reason); one that is open again is still counted here."""
    done = 0
    set_aside: Counter[str] = Counter()
    rows = target.tables.query(
        "AlertWork", history_filter(target.tenant, first_day), select=("State", "Reason")
    )
    for row in rows:
        if row.get("State") == State.SET_ASIDE:
            set_aside[str(row.get("Reason", "") or "no reason kept")] += 1
        else:
            done += 1
    return done, dict(set_aside)


def _poison(target: Target, now: dt.datetime) -> tuple[int, list[str]]:
    """(messages looked at, what those say of which the ledger knows nothing)."""
    ledgered = Ledgered(target, now)
    seen = 0
    unknown: list[str] = []
    for name in poison_queues():
        try:
            found = peeked(target.queues, name)
        except AzureError:
            continue  # its length says that it could not be read
        seen += len(found)
        told = [poison.told(message, ledgered) for message in found]
        unknown += [each.alert_id for each in told if each.stands is poison.Stands.UNKNOWN]
    return seen, unknown


def show(screen: Screen, target: Target, found: Standing) -> None:
    """Prints it."""
    screen.say(f"{target.name}, tenant {target.tenant}, {clock(found.now)}")
    screen.say()
    for number, line in enumerate(urgent.lines(found.urgent, found.days)):
        _line(screen, "" if number else "first", line)
    _show_alerts(screen, found)
    for name, checkpoint in found.checkpoints.items():
        _show_checkpoint(screen, name, checkpoint, found.now)
    if not found.checkpoints:
        _line(screen, "fetch", "never: the app has not run yet, or it runs under another --tenant")
    _show_hunting(screen, found.lease, found.now, target.policy.budget)
    _show_queues(screen, found)
    if target.logs:
        _line(screen, "logs", target.logs)
    for line in advice(found.checkpoints.values(), found.lease, found.oldest, found.now):
        _line(screen, "advice", line)


def _show_alerts(screen: Screen, found: Standing) -> None:
    parts = [f"{found.waits[what]} {what}" for what in Waits if found.waits.get(what)]
    count = sum(found.waits.values())
    more = "" if found.is_counted_whole else " and more, of these"
    _line(screen, "alerts", f"{count} open{more}" + (f": {', '.join(parts)}" if parts else ""))
    if found.oldest is not None:
        since, what, alert_id = found.oldest
        _line(screen, "", f"oldest waiting: {alert_id}, {what}, {span((found.now - since).total_seconds())}")
    created = f"created in the last {found.days} days"
    _line(screen, "", f"{found.done} done, {sum(found.set_aside.values())} set aside ({created})")
    for reason, number in sorted(found.set_aside.items(), key=lambda item: (-item[1], item[0]))[:10]:
        _line(screen, "", f"  set aside {number} x {reason[:160]}")


def _show_checkpoint(screen: Screen, name: str, checkpoint: Checkpoint, now: dt.datetime) -> None:
    position = checkpoint.position.to_datetime() if checkpoint.position else None
    reached = f"{clock(position)} ({ago(position, now)})" if position else "nothing yet"
    _line(screen, "fetch", f"{name}: read up to {reached}; last success {ago(checkpoint.last_success, now)}")
    if checkpoint.last_error:
        _line(screen, "", f"last error {ago(checkpoint.last_error_at, now)}: {checkpoint.last_error[:300]}")
    if checkpoint.gaps:
        _line(
            screen, "", f"{len(checkpoint.gaps)} instants not read to their end: the audit looks after them"
        )
    if checkpoint.others:
        _line(screen, "", f"alerts of other services, not taken: {checkpoint.others}")
    result = checkpoint.audit_result or "none yet (the first is made an hour after the installation)"
    when = f"; {ago(checkpoint.last_audit, now)}" if checkpoint.last_audit else ""
    _line(screen, "audit", f"{name}: {result}{when}")


def _show_hunting(screen: Screen, lease: Lease, now: dt.datetime, budget: BudgetPolicy) -> None:
    recent = sum(1 for moment in lease.calls if moment > now - dt.timedelta(seconds=60))
    left = f"{max(0, budget.per_minute - recent)} of {budget.per_minute} calls left this minute"
    busy = "nobody drains" if leases.is_free(lease, now) else f"draining, lease until {ago(lease.until, now)}"
    _line(screen, "hunting", f"{left}; {busy}")
    if lease.blocked_until is not None and lease.blocked_until > now:
        _line(screen, "", f"the service answers again {ago(lease.blocked_until, now)}")


def _show_queues(screen: Screen, found: Standing) -> None:
    for number, queue in enumerate(found.queues):
        if queue.problem:
            says = f"cannot be read: {queue.problem}"
        elif queue.messages is None:
            says = "not there yet"
        else:
            says = f"{queue.messages} messages"
        _line(screen, "" if number else "queues", f"{queue.queue}: {says}")
    if found.poison_seen and not found.poison_unknown:
        _line(screen, "", "the ledger knows every alert that the poison messages name: they can be cleared")
    for alert_id in found.poison_unknown:
        _line(screen, "", f"in a poison queue, yet unknown to the ledger: {alert_id}")


def _line(screen: Screen, heading: str, text: str) -> None:
    screen.say(f"{heading:<8} {text}")
