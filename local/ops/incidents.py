"""`ops incident`: everything that is known of one incident."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Callable, Mapping

from local.ops.parser import Parser
from local.ops.screen import Screen
from local.ops.target import Target
from local.ops.words import ago, clock
from shared.core.incidents import mark
from shared.core.values import Column, StoredRow, table_keys

_SHOWN = (
    ("Title", "State"),
    ("Priority", "PriorityReason"),
    ("Validation", "ValidationReason"),
    ("Severity", "AlertCount", "OpenCount", "ConfirmedCount", "LikelyCount"),
    ("Devices", "Users"),
    ("Tactics",),
    ("Techniques",),
    ("FirstActivityTime", "LastActivityTime"),
    ("MovedFrom", "MovedTo", "MergedInto"),
    ("Revision", "NotifyState", "NotifyReason"),
    ("FirstPublished", "LastPublished"),
)
_OF_ALERT = ("AlertName", "Validation", "Priority", "AlertStatus", "IncidentId", "NotifyState")
_MOST_ALERTS = 50


def add(command: Callable[..., Parser], commands: argparse._SubParsersAction[Parser]) -> None:
    """Adds the command's arguments."""
    parser = command(
        commands,
        "incident",
        "everything known of one incident",
        "incident 1042",
        "Its row, its alerts with those that moved away, its next steps and its timeline. Reads only: on an\n"
        "account you need Storage Table Data Reader.",
    )
    parser.add_argument("incident", metavar="ID", type=_id, help="the incident's id, as the portal shows it")


def run(given: argparse.Namespace, target: Target, screen: Screen) -> int:
    """0, or 1 where no alert of the incident was ever published."""
    incident_id = given.incident
    day = target.ports.memberships.days([incident_id]).get(incident_id)
    if day is None:
        screen.complain(
            f"no alert of incident {incident_id} was published in {target.name}, tenant {target.tenant}"
        )
        return 1
    key = table_keys.incident_key(day, incident_id, target.policy.row_tenant)
    screen.say(f"incident   {incident_id}, in Incidents: PartitionKey {key[0]}, RowKey {key[1]}")
    stored = target.ports.incident_rows.read([key]).get(key)
    if stored is None:
        screen.say("row        not built yet")
    else:
        _row(screen, stored.columns)
    _mark(screen, target, incident_id)
    _alerts(screen, target, incident_id)
    if stored is not None:
        _steps(screen, stored.columns)
        _timeline(screen, stored.columns)
    return 0


def _row(screen: Screen, columns: Mapping[str, Column]) -> None:
    for names in _SHOWN:
        told = [name for name in names if columns.get(name) not in ("", "[]", None)]
        if told:
            screen.say("           " + ", ".join(f"{name} {_word(columns[name])}" for name in told))


def _mark(screen: Screen, target: Target, incident_id: str) -> None:
    now, every = target.ports.clock.now(), target.policy.incident_every
    found = [one for one in target.ports.memberships.marks() if one.incident_id == incident_id]
    for one in found:
        if one.is_marked:
            when = "now" if mark.is_due(one, now, every) else "later"
            tries = f", tried {one.tries} times without an end" if one.tries else ""
            screen.say(f"build      due {when}; last built {ago(one.built, now)}{tries}")
    if not any(one.is_marked for one in found):
        screen.say("build      the row shows all that is published")


def _alerts(screen: Screen, target: Target, incident_id: str) -> None:
    keys = target.ports.memberships.alerts([incident_id])[incident_id]
    rows = target.ports.alert_rows.read(keys[-_MOST_ALERTS:], _OF_ALERT)
    for key in keys[-_MOST_ALERTS:]:
        screen.say(f"alert      {key[0]}  {key[1]}: {_of(rows.get(key), incident_id)}")
    if len(keys) > _MOST_ALERTS:
        screen.say(f"           and {len(keys) - _MOST_ALERTS} older ones")


def _of(stored: StoredRow | None, incident_id: str) -> str:
    if stored is None:
        return "no row"
    now_in = str(stored.columns.get("IncidentId", ""))
    moved = f"; it is in incident {now_in or 'none'} now" if now_in != incident_id else ""
    names = ("AlertName", "Validation", "AlertStatus", "NotifyState")
    said = ", ".join(_word(stored.columns[name]) for name in names if name in stored.columns)
    return f"{said}, priority {_word(stored.columns.get('Priority', ''))}{moved}"


def _steps(screen: Screen, columns: Mapping[str, Column]) -> None:
    if text := str(columns.get("NextSteps", "")):
        screen.say("NextSteps")
        screen.block(text)


def _timeline(screen: Screen, columns: Mapping[str, Column]) -> None:
    steps = json.loads(str(columns.get("Timeline") or "[]"))
    if not steps:
        return
    screen.say("Timeline")
    lines = [
        f"and {step['left_out']} steps of less weight"
        if "left_out" in step
        else f"{str(step.get('time', ''))[:19]}Z  {step.get('device', '')}: {step.get('text', '')}"
        for step in steps
    ]
    screen.block("\n".join(lines))


def _word(value: Column) -> str:
    return clock(value) if isinstance(value, dt.datetime) else str(value) or "-"


def _id(text: str) -> str:
    if not 1 <= len(text) <= 500:
        raise argparse.ArgumentTypeError("an incident's id has 1 to 500 characters")
    return text
