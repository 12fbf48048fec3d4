"""Recorded events in one form, whoever wrote them down: winlogbeat, NXLog, an export, an event log.

Fields: https://learn.microsoft.com/en-us/sysinternals/downloads/sysmon and
https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-10/security/threat-protection/auditing/
(read 2026-11).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from local.recordings.sources import Record
from local.simulator import ticks

SYSMON, SECURITY, SYSTEM = "sysmon", "security", "system"
MILLISECOND = ticks.PER_SECOND // 1000
_CHANNELS = {
    "microsoft-windows-sysmon/operational": SYSMON,
    "security": SECURITY,
    "system": SYSTEM,
    "microsoft-windows-sysmon": SYSMON,
    "microsoft-windows-security-auditing": SECURITY,
    "service control manager": SYSTEM,
}
_NOTHING = frozenset(("", "-", "?", "<unknown process>", "&lt;unknown process&gt;"))
_LARGE = frozenset(("Message", "message", "EventData", "CallTrace"))  # no row needs them
_QUARTER = 900 * ticks.PER_SECOND
_MOST_LINES = 60  # of a message that are read for fields
_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9]{1,40}")


@dataclass(frozen=True, slots=True)
class Event:
    """One event: where it was logged, its number, its host in lower case, when in ticks, and its fields."""

    channel: str
    number: int
    host: str
    time: int
    fields: Mapping[str, str]

    def text(self, *names: str) -> str:
        """The first of these fields that says something; the signs that stand for nothing are ""."""
        for name in names:
            value = self.fields.get(name, "")
            if value not in _NOTHING:
                return value
        return ""

    def number_of(self, *names: str) -> int | None:
        """The same as a whole number, decimal or hexadecimal."""
        text = self.text(*names)
        try:
            return int(text, 16 if text[:2].lower() == "0x" else 10)
        except ValueError:
            return None


def events(records: Iterable[Record]) -> list[Event]:
    """The events that can be placed in time, in that order, each at a time of its own to 100 ns.

    Sysmon's own time is UTC; the time at which the other events were logged is often local, and is moved as
    much as Sysmon's differ from theirs.
    """
    read = [one for record in records if (one := _event(record))]
    offset = _offset(read)
    placed = [replace(event, time=event.time if is_utc else event.time + offset) for event, is_utc, _ in read]
    return _told_apart(sorted(placed, key=lambda event: event.time))


def _event(record: Record) -> tuple[Event, bool, int | None] | None:
    """(the event, whether its time is UTC, how far it lies ahead of when it was logged)."""
    system, fields = _parts(record)
    channel = _CHANNELS.get(_first(system, "Channel", "log_name", "channel").lower()) or _CHANNELS.get(
        _first(system, "SourceName", "Provider", "provider_name", "source_name").lower()
    )
    number = _first(system, "EventID", "event_id")
    host = _first(system, "Hostname", "HostName", "Computer", "computer_name", "host")
    if channel is None or not number.isdecimal() or not host:
        return None
    if channel == SYSMON:
        fields = {**_of_message(_first(system, "Message", "message")), **fields}
    logged = moment(_first(system, "TimeCreated", "EventTime", "@timestamp"))
    own = moment(fields.get("UtcTime", ""))
    time = logged if own is None else own
    if time is None:
        return None
    ahead = _ahead(system, own, logged)
    fields = {name: text for name, text in fields.items() if name not in _LARGE}
    return Event(channel, int(number), host.lower(), time, fields), own is not None, ahead


def _parts(record: Record) -> tuple[Mapping[str, str], dict[str, str]]:
    """What heads the event, and its own fields."""
    event = record.get("Event")
    if isinstance(event, dict):  # an event log
        return _flat(event.get("System")), _flat(event.get("EventData") or event.get("UserData"))
    beat = record.get("winlog")
    if isinstance(beat, dict):
        return {**_flat(record), **_flat(beat)}, _flat(beat.get("event_data"))
    flat = _flat(record)
    own = record.get("event_data")
    return flat, _flat(own) if isinstance(own, dict) else dict(flat)


def _flat(part: object) -> dict[str, str]:
    """Names and texts; of an element with attributes its text, or its only attribute."""
    if not isinstance(part, dict):
        return {}
    return {str(name): text for name, value in part.items() if (text := _text(value)) is not None}


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        attributes = value.get("#attributes")
        inner = value.get("#text")
        if inner is None and isinstance(attributes, dict):
            inner = attributes.get("SystemTime") or attributes.get("Name")
        return None if inner is None or isinstance(inner, dict | list) else str(inner)
    return None


def _first(fields: Mapping[str, str], *names: str) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")


def _of_message(message: str) -> dict[str, str]:
    """The fields in Sysmon's message: some collectors lose ProcessId to a field of their own."""
    found: dict[str, str] = {}
    for line in message.splitlines()[:_MOST_LINES]:
        name, colon, value = line.partition(": ")
        if colon and _WORDS.fullmatch(name):
            found.setdefault(name, value.strip())
    return found


def moment(text: str) -> int | None:
    """A time as collectors write it, in ticks; without a zone it is taken for UTC. None where it is none."""
    digits = re.fullmatch(r"(.{10}[T ].{8})\.(\d{1,9})(.*)", text)
    whole, fraction, zone = (digits[1], digits[2], digits[3]) if digits else (text, "", "")
    try:
        parsed = dt.datetime.fromisoformat(whole + zone)
    except ValueError:
        return None
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)
    return int(aware.timestamp()) * ticks.PER_SECOND + int((fraction or "0").ljust(7, "0")[:7])


def _ahead(system: Mapping[str, str], own: int | None, logged: int | None) -> int | None:
    received = moment(_first(system, "@timestamp")) if own is None else own
    if received is None or logged is None:
        return None
    return received - logged


def _offset(read: Iterable[tuple[Event, bool, int | None]]) -> int:
    """By how much logged times lag behind UTC, to a quarter of an hour: as most Sysmon events say, else as
    most times of receipt do."""
    told: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    for _, is_utc, ahead in read:
        if ahead is not None:
            told[is_utc][round(ahead / _QUARTER) * _QUARTER] += 1
    votes = told[True] or told[False]
    return votes.most_common(1)[0][0] if votes else 0


def _told_apart(ordered: list[Event]) -> list[Event]:
    """Events of one millisecond spread over it in their order, as Defender's times have seven digits."""
    return [event for group in _by_millisecond(ordered) for event in _spread(group)]


def _by_millisecond(ordered: Iterable[Event]) -> Iterator[list[Event]]:
    group: list[Event] = []
    for event in ordered:
        if group and event.time // MILLISECOND != group[0].time // MILLISECOND:
            yield group
            group = []
        group.append(event)
    if group:
        yield group


def _spread(group: list[Event]) -> Iterator[Event]:
    first = group[0].time // MILLISECOND * MILLISECOND
    step = MILLISECOND / (len(group) + 1)
    for place, event in enumerate(group, start=1):
        yield replace(event, time=first + int(place * step))
