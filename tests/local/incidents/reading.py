"""Reads a recording, and ties rows to a process by key alone: a plain reference, apart from the generator."""

import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from local.incidents.clock import SECOND, at

Row = dict[str, Any]
Key = tuple[str, str, str, int]
Node = tuple[str, int, int]
ROOTS = frozenset(
    "services.exe explorer.exe svchost.exe wininit.exe winlogon.exe systemd sshd cron nginx launchd".split()
)


class Tables(dict[str, list[Row]]):
    """The rows of each table, with two indexes made on first use."""

    __hash__ = object.__hash__  # type: ignore[assignment]  # by identity, as the cached indexes need it


def read_tables(folder: Path) -> Tables:
    """Every hunting table of a recording. Each line must be a JSON object of its own."""
    files = sorted((folder / "hunting").glob("*.ndjson"))
    return Tables(
        {file.stem: [json.loads(line) for line in file.read_bytes().splitlines()] for file in files}
    )


def key_of(table: str, row: Row) -> Key:
    """What makes an event unique."""
    return (table, row["DeviceId"], row["Timestamp"], row["ReportId"])


def chain_by_key(tables: Tables, anchor: Row, seconds: float) -> set[Key]:
    """The rows of the process `anchor`, its descendants with all events, and its ancestors' creations.

    A process is device, pid and a creation time no further than `seconds` away.
    """
    start = (anchor["DeviceId"], anchor["ProcessId"], at(anchor["ProcessCreationTime"]))
    found = _downwards(tables, start, seconds)
    return found | _upwards(tables, start, seconds)


def _downwards(tables: Tables, start: Node, seconds: float) -> set[Key]:
    created, caused = _indexes(tables)
    found: set[Key] = set()
    done: list[Node] = []
    waiting = [start]
    while waiting:
        node = waiting.pop()
        if any(_same(node, other, seconds) for other in done):
            continue
        done.append(node)
        for time, table, row in created[node[:2]] + caused[node[:2]]:
            if abs(time - node[2]) <= seconds * SECOND:
                found.add(key_of(table, row))
                if table == "DeviceProcessEvents":
                    waiting.append((row["DeviceId"], row["ProcessId"], at(row["ProcessCreationTime"])))
    return found


def _upwards(tables: Tables, node: Node, seconds: float) -> set[Key]:
    created, _ = _indexes(tables)
    found: set[Key] = set()
    for _ in range(50):
        own = [row for time, _, row in created[node[:2]] if abs(time - node[2]) <= seconds * SECOND]
        parents = [(row, _parent(row)) for row in own if not _same(_parent(row), node, seconds)]
        if not parents:
            break
        row, node = parents[0]
        for time, table, birth in created[node[:2]]:
            if abs(time - node[2]) <= seconds * SECOND:
                found.add(key_of(table, birth))
        if row["InitiatingProcessFileName"] in ROOTS:
            break
    return found


def _parent(row: Row) -> Node:
    return (row["DeviceId"], row["InitiatingProcessId"], at(row["InitiatingProcessCreationTime"]))


def _same(one: Node, other: Node, seconds: float) -> bool:
    return one[:2] == other[:2] and abs(one[2] - other[2]) <= seconds * SECOND


Index = dict[tuple[str, int], list[tuple[int, str, Row]]]


@cache
def _indexes(tables: Tables) -> tuple[Index, Index]:
    created: Index = defaultdict(list)
    caused: Index = defaultdict(list)
    for table, rows in tables.items():
        for row in rows:
            if table == "DeviceProcessEvents":
                time = at(row["ProcessCreationTime"])
                created[row["DeviceId"], row["ProcessId"]].append((time, table, row))
            if "InitiatingProcessId" in row:
                time = at(row["InitiatingProcessCreationTime"])
                caused[row["DeviceId"], row["InitiatingProcessId"]].append((time, table, row))
    return created, caused
