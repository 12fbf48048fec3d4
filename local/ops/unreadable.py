"""`ops unreadable`: rows of ours that could not be read: look at what was kept, put one back, drop it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

from local.ops.parser import Parser
from local.ops.screen import Screen
from local.ops.target import Target
from local.ops.words import clock
from shared.adapters.storage import KEPT, in_partition
from shared.adapters.storage.entities import Entity
from shared.adapters.storage.operations import Operation, Verb
from shared.core.values import table_keys

_TABLE = "AlertWork"
_KEYS = ("PartitionKey", "RowKey")
_MOST_LISTED = 50
_MOST_TEXT = 300


def add(make: Callable[..., Parser], commands: argparse._SubParsersAction[Parser]) -> None:
    """Adds the command's arguments."""
    parser = make(
        commands,
        "unreadable",
        "rows of the app that could not be read and were kept as they were",
        "unreadable --account alertsabc123",
        "Lists them, or shows ROW with all its columns. The app has begun each anew without what it could\n"
        "not read. Put one back once a version runs that can read it; what took its place goes.\n"
        "To look, you need Storage Table Data Reader on an account; to change, Data Contributor.",
    )
    parser.add_argument("row", metavar="ROW", nargs="?", help="the row, as the list names it")
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--put-back", action="store_true", help="put ROW back to where it was")
    change.add_argument("--drop", action="store_true", help="delete what was kept of ROW")


def run(given: argparse.Namespace, target: Target, screen: Screen) -> int:
    """0 done, 1 where there is no such row, or it is not known where it was."""
    if given.row is None:
        if given.put_back or given.drop:
            screen.complain("ops: --put-back and --drop take a ROW")
            return 2
        return _list(target, screen)
    kept = target.tables.get(_TABLE, table_keys.set_apart_partition(target.tenant), given.row)
    if kept is None:
        screen.complain(f"ops: no row {given.row!r} was kept apart (`ops unreadable` lists them)")
        return 1
    if given.put_back:
        return _put_back(target, kept, screen)
    if given.drop:
        _drop(target, kept)
        screen.say("dropped")
        return 0
    for name, value in sorted(kept.items()):
        screen.say(f"{name:<20} {str(value)[:_MOST_TEXT]}")
    return 0


def say_how_many(target: Target, screen: Screen) -> None:
    """One line of `ops status`; none where every row could be read."""
    only = in_partition(table_keys.set_apart_partition(target.tenant))
    count = sum(1 for _ in target.tables.query(_TABLE, only, select=_KEYS))
    if count:
        screen.say(f"{'rows':<8} {count} could not be read and were kept apart: `ops unreadable` lists them")


def _list(target: Target, screen: Screen) -> int:
    rows = list(target.tables.query(_TABLE, in_partition(table_keys.set_apart_partition(target.tenant))))
    for row in rows[:_MOST_LISTED]:
        table, partition, row_key, fields = (str(row.get(name, "?")) for name in KEPT)
        written = row.metadata["timestamp"]
        when = clock(written) if written else "?"
        screen.say(f"{row['RowKey']}: {when}, from {table}, {partition} / {row_key}; not read: {fields}")
    more = len(rows) - _MOST_LISTED
    screen.say(f"{len(rows)} rows were kept apart" + (f", {more} of them not shown" if more > 0 else ""))
    return 0


def _put_back(target: Target, kept: Entity, screen: Screen) -> int:
    if not all(kept.get(name) is not None for name in KEPT):
        screen.complain("ops: an earlier version kept this row, without where it was: copy it by hand")
        return 1
    table, partition, row_key, _ = (str(kept[name]) for name in KEPT)
    columns = {name: value for name, value in kept.items() if name not in (*_KEYS, *KEPT)}
    # The row itself first: should this stop in between, it is put back once more, to the same end.
    target.tables.apply(
        table, [Operation(Verb.PUT, {**columns, "PartitionKey": partition, "RowKey": row_key})]
    )
    _drop(target, kept)
    screen.say(f"put back to {table}, {partition} / {row_key}")
    return 0


def _drop(target: Target, kept: Entity) -> None:
    keys: Iterable[tuple[str, object]] = ((name, kept[name]) for name in _KEYS)
    target.tables.apply(_TABLE, [Operation(Verb.DELETE, dict(keys), str(kept.metadata["etag"]))])
