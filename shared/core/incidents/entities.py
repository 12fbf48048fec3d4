"""The devices, users, tactics and techniques of an incident."""

import re
from collections.abc import Iterable, Sequence

from shared.core.alert import mappings
from shared.core.incidents.forest import Forest
from shared.core.incidents.member import Member
from shared.core.incidents.timeline import tactics_seen
from shared.core.row import text as row_text

_TECHNIQUE = re.compile(r"\bT\d{4}(?:\.\d{3})?\b", re.ASCII)
_NO_TACTIC = len(mappings.TACTICS)
# A folder of rules that is no tactic of ATT&CK's, and the tactic that its techniques are of.
_BELONGS = {"proxy_execution": "defense_evasion"}

type Entry = dict[str, object]


def devices_of(members: Sequence[Member], forest: Forest) -> list[Entry]:
    """The devices, those of the gravest alerts first; then those that only their processes ran on."""
    found: dict[str, Entry] = {}
    for member in members:
        device_id, name = member.text("DvcId").lower(), member.text("DvcHostname")
        if device_id or name:
            entry = found.setdefault(device_id or name.lower(), {"id": device_id, "name": name, "alerts": 0})
            entry["alerts"] = int(str(entry["alerts"])) + 1
            for field, column in (("name", "DvcHostname"), ("os", "DvcOs"), ("value", "DvcValue")):
                entry[field] = entry.get(field) or member.text(column)
    for process in forest.processes.values():
        device_id = process.key[0]
        name = "" if process.device == device_id else process.device
        found.setdefault(device_id, {"id": device_id, "name": name, "alerts": 0})
    return [row_text.without_empty(**entry) for entry in found.values()]


def users_of(members: Sequence[Member]) -> list[Entry]:
    """The users, those of the gravest alerts first; one whose name is spelt in two ways is one by its SID or
    principal name."""
    found: dict[str, Entry] = {}
    told = [(one.text("Username"), one.text("UserUpn"), one.text("UserSid")) for one in members]
    known_by = _surest(told)
    for name, upn, sid in told:
        if not (name or sid or upn):
            continue
        known_as = sid or known_by.get(upn.lower()) or known_by.get(name.lower()) or upn or name
        entry = found.setdefault(known_as.lower(), {"name": name or upn or sid, "alerts": 0})
        if "\\" in name and "\\" not in str(entry["name"]):
            entry["name"] = name  # with its domain
        entry["alerts"] = int(str(entry["alerts"])) + 1
        entry["sid"], entry["upn"] = entry.get("sid") or sid, entry.get("upn") or upn
    return [row_text.without_empty(**entry) for entry in found.values()]


def _surest(told: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """Name or principal name, in lower case -> the SID, else the principal name, of the same user: also where
    no row has both, by what a third says."""
    known: dict[str, str] = {}
    for _ in range(2):
        for name, upn, sid in told:
            surest = sid or known.get(upn.lower()) or known.get(name.lower())
            for text in filter(None, (name, upn) if surest else ()):
                known.setdefault(text.lower(), str(surest))
    for name, upn, _ in told:
        if name and upn:
            known.setdefault(name.lower(), upn)
    return known


def names_of(entries: Iterable[Entry]) -> str:
    """The names with commas between; the id of what has none."""
    return row_text.joined(str(entry.get("name") or entry.get("id") or "") for entry in entries)


def tactics_of(members: Iterable[Member]) -> list[str]:
    """The tactics, in the order of an attack."""
    places = {place for member in members for place, _ in _told(member) if place < _NO_TACTIC}
    return [mappings.TACTICS[place] for place in sorted(places)]


def techniques_of(members: Iterable[Member]) -> list[str]:
    """The techniques as ASIM writes them, in the order of the tactics that they were named under."""
    first: dict[str, int] = {}
    for member in members:
        for place, techniques in _told(member):
            for technique in techniques:
                first[technique] = min(place, first.get(technique, _NO_TACTIC))
    ordered = sorted(first, key=lambda technique: (first[technique], technique))
    return [mappings.technique_label(technique) for technique in ordered]


def _told(member: Member) -> Iterable[tuple[int, list[str]]]:
    """(place of the tactic, techniques): of the alert, of what was seen, and of what neither places."""
    tactics = member.text("AttackTactics").split(", ")
    yield min(map(_place, tactics)), _ids(member.text("AttackTechniques"))
    yield from ((_place(tactic), []) for tactic in tactics)
    yield from ((_place(tactic), _ids(" ".join(techniques))) for tactic, techniques in tactics_seen(member))
    yield _NO_TACTIC, _ids(member.text("TechniquesShown"))


def _place(tactic: str) -> int:
    known = mappings.tactic(_BELONGS.get(tactic, tactic))
    return mappings.TACTICS.index(known.name) if known else _NO_TACTIC


def _ids(text: str) -> list[str]:
    return _TECHNIQUE.findall(text)
