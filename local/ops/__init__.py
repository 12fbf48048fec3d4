"""`python3 dev.py ops`: look at a running app's ledger and poison messages, bring alerts back, purge."""

from __future__ import annotations

import argparse
import datetime as dt
from collections import Counter
from collections.abc import Callable

from azure.core.exceptions import AzureError

from local.ops import (
    backfill,
    benign,
    hits,
    incidents,
    poison,
    precision,
    purge,
    reach,
    replay,
    show,
    status,
    tenant_list,
    tenants,
    unreadable,
    write_back,
)
from local.ops.arguments import parse
from local.ops.finding_alerts import judged_since, set_aside_since
from local.ops.parser import where_of
from local.ops.screen import Screen
from local.ops.target import NoTarget, Target, one_line, opened
from shared.errors import AccessDenied, AppError

_SIGN_IN = (
    "is this the right account, are you signed in (az login), and do you have the storage role that "
    "`--help` of the command names?"
)


def main(argv: list[str]) -> int:
    """0 done; 1 not found, not done, or refused by a service; 2 wrong arguments, or nothing to work on."""
    given = parse(argv)
    screen = Screen()
    try:
        with opened(where_of(given)) as target:
            reach.ask([target.tables_url, target.queues.url], target.way_out)
            return _COMMANDS[given.command](given, target, screen)
    except NoTarget as err:
        screen.complain(f"ops: {err}")
        return 2
    except AccessDenied as err:
        hint = f" ({_SIGN_IN})" if err.service in ("tables", "identity") else ""
        screen.complain(f"ops: {one_line(err)}{hint}")
    except (AppError, AzureError, backfill.Stalled, reach.StorageAway) as err:
        screen.complain(f"ops: {one_line(err)}")
    return 1


def _status(given: argparse.Namespace, target: Target, screen: Screen) -> int:
    status.show(screen, target, status.standing(target, given.days))
    unreadable.say_how_many(target, screen)
    return 0


def _show(given: argparse.Namespace, target: Target, screen: Screen) -> int:
    return 0 if show.show(screen, target, given.alert, days=given.days) else 1


def _hits(given: argparse.Namespace, target: Target, screen: Screen) -> int:
    return 0 if hits.show(screen, target, given.term, given.days) else 1


def _replay(given: argparse.Namespace, target: Target, screen: Screen) -> int:
    today = target.ports.clock.now().date()
    first_day = (today - dt.timedelta(days=given.days)).isoformat()
    if given.for_roll_back:
        opened, done = replay.forget(target, first_day)
        screen.say(f"{opened} open alerts begin anew; {done} finished ones name no documents any more")
        return 0
    if given.alert is not None:
        wanted = [given.alert]
    elif given.rejudge:
        wanted = judged_since(target, (today - dt.timedelta(days=given.days)).isoformat())
    else:
        wanted = [row.alert_id for row in set_aside_since(target, first_day)]
    ends: Counter[replay.Replayed] = Counter()
    for alert_id in wanted:
        bring = replay.rejudge if given.rejudge else replay.replay
        end = bring(target, alert_id, today, days=given.days)
        ends[end] += 1
        screen.say(f"{alert_id}: {end}")
    screen.say(f"{ends[replay.Replayed.BACK]} of {len(wanted)} alerts are back in work")
    return 0 if ends[replay.Replayed.BACK] == len(wanted) else 1


def _backfill(given: argparse.Namespace, target: Target, screen: Screen) -> int:
    pace = backfill.Pace(between_calls=60 / given.calls_per_minute, open_at_once=given.at_once)
    run = backfill.Backfill(target.ports, target.policy, pace, screen.say)
    tally = run.run(backfill.span_of(given.first, min(given.last, target.ports.clock.now())))
    screen.say(
        f"{tally.listed} alerts listed, {tally.known} known already, {tally.admitted} admitted as history"
    )
    for alert_id in tally.gone:
        screen.complain(f"listed, yet not to be had: {alert_id}")
    return 1 if tally.gone else 0


def _purge(given: argparse.Namespace, target: Target, screen: Screen) -> int:
    older_than = target.ports.clock.now() - dt.timedelta(days=given.older_than)
    if given.dry_run or not given.yes:
        would = purge.in_words(purge.purge(target, older_than, is_dry=True))
        screen.say(f"older than {older_than:%Y-%m-%d}, {target.name}, tenant {target.tenant}: {would}")
        if given.dry_run:
            return 0
        if screen.ask("Delete them? Type yes:") != "yes":
            screen.complain("ops: nothing was deleted (--yes deletes without asking)")
            return 1
    screen.say(f"deleted: {purge.in_words(purge.purge(target, older_than, is_dry=False))}")
    return 0


def _poison(given: argparse.Namespace, target: Target, screen: Screen) -> int:
    ledgered = poison.Ledgered(target, target.ports.clock.now())
    lies = poison.show(screen, target, ledgered)
    count = sum(lies.values())
    if not count or not (given.put_back or given.clear):
        return 0
    if given.put_back:
        ends, done = poison.put_back(target, ledgered, lies), "put back into their queues"
    else:
        if not given.yes and screen.ask(f"Delete what lies there ({count} messages)? Type yes:") != "yes":
            screen.complain("ops: nothing was deleted (--yes deletes without asking)")
            return 1
        ends, done = poison.clear(target, ledgered, lies), "deleted"
    screen.say(f"{sum(number for (_, went), number in ends.items() if went)} messages {done}")
    left = {stands: number for (stands, went), number in ends.items() if not went}
    for stands, number in left.items():
        screen.complain(f"ops: {number} left where they were: {stands}")
    return 1 if left else 0


_COMMANDS: dict[str, Callable[[argparse.Namespace, Target, Screen], int]] = {
    "status": _status,
    "show": _show,
    "hits": _hits,
    "incident": incidents.run,
    "replay": _replay,
    "backfill": _backfill,
    "purge": _purge,
    "unreadable": unreadable.run,
    "poison": _poison,
    "tenant": tenants.run,
    "tenants": tenant_list.run,
    "benign": benign.run,
    "precision": precision.run,
    "write-back": write_back.run,
}
