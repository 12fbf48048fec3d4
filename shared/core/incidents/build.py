"""An incident's row: a pure function of the published rows of its alerts, whatever order they came in."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.core.conclude import Validation, Weighed, priority_of
from shared.core.incidents import entities, forest, next_steps, timeline
from shared.core.incidents.columns import CONTENT
from shared.core.incidents.member import Key, Member, Row, earliest, latest, members_of, severity_rank
from shared.core.incidents.state import State
from shared.core.row import text as row_text
from shared.core.values import Column

LAST = 5  # the priority of what can wait


def content(
    incident_id: str, rows: Mapping[Key, Row], left_out: int = 0, tenant: str = "home"
) -> dict[str, Column]:
    """The row's columns but for how it came about; what had to be cut is named in ValuesTruncated.

    `rows` are those of every alert that is in the incident or once was, by (day, row key). One that names
    another incident is not counted: it says where the alert went. `left_out` is how many more there are, too
    many to be read: AlertCount is then named as cut.
    """
    members = members_of({key: row for key, row in rows.items() if row.get("IncidentId") == incident_id})
    gone = members_of({key: row for key, row in rows.items() if row.get("IncidentId") != incident_id})
    moved_to = _ids([one.text("IncidentId") for one in gone])
    keys = [forest.keys_of(member) for member in members]
    trees = forest.forest_of(members, keys)
    cut: list[str] = ["AlertCount"] if left_out else []

    def kept(name: str, found: tuple[list[dict[str, object]], bool]) -> list[dict[str, object]]:
        cut.extend([name] if found[1] else [])
        return found[0]

    values: dict[str, object] = {
        "IncidentId": incident_id,
        "Tenant": tenant,
        **_what(members, gone, moved_to),
        **_counts(members),
        **_who(members, trees),
        "Tactics": row_text.joined(entities.tactics_of(members)),
        "Techniques": row_text.joined(entities.techniques_of(members)),
        "Behaviours": kept("Behaviours", timeline.behaviours_of(members, keys, trees)),
        "ProcessForest": kept("ProcessForest", forest.shown(trees)),
        "Timeline": kept("Timeline", timeline.timeline_of(members, keys, trees)),
        "NextSteps": next_steps.steps_of(sorted(members, key=_first_to_look_at)),
        "AlertKeys": ["|".join(member.key) for member in members],
        "MovedFrom": _ids([each for one in members for each in one.came_from if each != incident_id]),
        "MovedTo": moved_to,
        "MergedInto": moved_to[0] if not members and len(moved_to) == 1 else "",
        "ValuesTruncated": "",
    }
    return row_text.filled(CONTENT, values, cut)


def _what(members: Sequence[Member], gone: Sequence[Member], moved_to: Sequence[str]) -> dict[str, object]:
    gravest = members[0] if members else None
    severest = min(members, key=lambda one: (severity_rank(one.row), one.gravity)) if members else None
    told = gravest or (gone[0] if gone else None)
    return {
        "IncidentUrl": gravest.text("IncidentUrl") if gravest else "",
        "Title": _title(members) or f"Empty: its alerts are in {', '.join(moved_to) or 'no incident'}",
        "State": _state(members).value,
        **_priority(members),
        "Validation": (gravest.text("Validation") if gravest else "") or Validation.NO_TELEMETRY.value,
        "ValidationReason": gravest.text("ValidationReason") if gravest else "",
        "Severity": severest.text("EventSeverity") if severest else "",
        "SeverityId": severest.number("SeverityId") if severest else 0,
        "TenantId": told.text("TenantId") if told else "",
        "CreatedTime": earliest(one.moment("CreatedTime") for one in members),
        "LastAlertTime": latest(one.moment("CreatedTime") for one in members),
        "FirstActivityTime": earliest(_first(one) for one in members),
        "LastActivityTime": latest(one.moment("LastEventTime") or _first(one) for one in members),
    }


def _priority(members: Sequence[Member]) -> dict[str, object]:
    """That of the alert to look at first; by the incident's own words where its rows are older than that.
    What somebody has closed makes nothing urgent while another alert is open."""
    known = [one for one in _to_look_at(members) if 1 <= one.number("Priority") <= LAST]
    if known:
        first = min(known, key=_first_to_look_at)
        return {"Priority": first.number("Priority"), "PriorityReason": first.text("PriorityReason")}
    if not members:
        return {"Priority": LAST, "PriorityReason": "no alert is in it any more"}
    asked = _to_look_at(members)
    severity = min(asked, key=lambda one: severity_rank(one.row)).number("SeverityId")
    made = priority_of(Weighed(validation=asked[0].text("Validation"), severity_id=severity))
    return {"Priority": made.number, "PriorityReason": made.reason}


def _to_look_at(members: Sequence[Member]) -> Sequence[Member]:
    """The open alerts; all of them where none is open."""
    return [one for one in members if one.is_open] or members


def _first_to_look_at(member: Member) -> tuple[bool, int, tuple[int, int, datetime, Key]]:
    number = member.number("Priority")
    return not member.is_open, number if 1 <= number <= LAST else LAST, member.gravity


def _first(member: Member) -> datetime | None:
    return member.moment("FirstEventTime") or member.moment("CreatedTime")


def _title(members: Sequence[Member]) -> str:
    if not members:
        return ""
    name, others = members[0].text("AlertName"), len(members) - 1
    more = f" and {others} more alert{'s' if others > 1 else ''}" if others else ""
    devices = {one.text("DvcId").lower() or one.text("DvcHostname") for one in members} - {""}
    on = members[0].text("DvcHostname")
    where = f" on {len(devices)} devices" if len(devices) > 1 else f" on {on}" if on else ""
    return f"{row_text.cut(name, 1_000)}{more}{where}"


def _state(members: Sequence[Member]) -> State:
    if not members:
        return State.EMPTIED
    return State.OPEN if any(one.is_open for one in members) else State.RESOLVED


def _counts(members: Sequence[Member]) -> dict[str, object]:
    by_validation = Counter(one.text("Validation") for one in members)
    return {
        "AlertCount": len(members),
        "OpenCount": sum(one.is_open for one in members),
        **{f"{word}Count": by_validation[word] for word in Validation},
    }


def _who(members: Sequence[Member], trees: forest.Forest) -> dict[str, object]:
    devices, users = entities.devices_of(members, trees), entities.users_of(members)
    return {
        "DeviceCount": len(devices),
        "UserCount": len(users),
        "Devices": entities.names_of(devices),
        "DevicesJson": devices,
        "Users": entities.names_of(users),
        "UsersJson": users,
    }


def _ids(found: Sequence[str]) -> list[str]:
    return sorted({each for each in found if each})
