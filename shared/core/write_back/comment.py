"""The comment on an alert: our own words, counts and a link, and the mark as its last line.

Nothing that an attacker chose is in it: not a name, not a path, not a command. Titles are those of our
detection rules, techniques are ids, the link holds a query whose values are coded.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.core.alert import mappings, mark
from shared.core.correlate import Method, Reason
from shared.core.hunting import kql
from shared.core.values import Columns, Instant, Portal, number_of, objects_of, text_of

_PORTAL = Portal()
MOST = 1_000  # characters of a comment
_MOST_TITLES = 6
_LONGEST_TITLE = 90
_MOST_IDS = 200  # characters for the ids of techniques, before anything else takes room
_LONGEST_LINK = 500
_TECHNIQUE = re.compile(r"\bT\d{4}(?:\.\d{3})?\b", re.ASCII)
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 .,:;()/'+-]", re.ASCII)
_VALIDATION = {
    "Confirmed": "Confirmed: telemetry bears the alert out.",
    "Likely": "Likely: telemetry shows a sign of harm, which is worth a look and no proof.",
    "Contained": "Contained: it ran, was then stopped, and nothing followed.",
    "Blocked": "Blocked: it was stopped, and nothing followed.",
    "Unproven": "Unproven: tied to telemetry, and nothing in it shows harm.",
    "NoTelemetry": "No telemetry bears on this alert",
}
_WHY_NOT: Mapping[str, str] = {
    Reason.NOT_SEEN: "nothing matches what it names.",
    Reason.TOO_OLD: "it is older than the 30 days that hunting keeps.",
    Reason.DEVICE_UNKNOWN: "hunting does not know its device.",
    Reason.NO_EVIDENCE: "it names nothing that could be hunted.",
    Reason.QUERY_REJECTED: "hunting refused the query.",
    Reason.GAVE_UP: "looking failed each time; see the app's log.",
}
_METHODS: Mapping[str, str] = {
    Method.EXACT_PROCESS: "by its exact process",
    Method.PROCESS_TOLERANCE: "by its process, created within seconds of what it says",
    Method.FILE_HASH: "by a file's hash",
    Method.FILE_NAME: "by a file's name",
    Method.ADDRESS: "by an address",
    Method.URL: "by a URL",
    Method.REGISTRY: "by a registry key",
    Method.ACCOUNT: "by an account, which is weak",
    Method.MOMENT: "by who acted on the device at its very moment",
    Method.DEVICE_ONLY: "by the device alone, which is weak",
}


@dataclass(frozen=True, slots=True)
class Comment:
    """The whole text, and the digest that its mark holds."""

    text: str
    digest: str


def comment_of(columns: Columns, tenant: str, portal: Portal = _PORTAL) -> Comment:
    """The comment for a published row, of at most 1,000 characters."""
    validation = text_of(columns, "Validation")
    techniques = sorted(set(_TECHNIQUE.findall(text_of(columns, "TechniquesShown"))))
    digest = hashlib.sha256("|".join((validation, *techniques)).encode()).hexdigest()[:8]
    last = mark(tenant, digest)
    first, ending = _headline(columns, validation), [*_counts(columns), *_known_benign(columns)]
    ending += [*filter(None, [_link(columns, portal)]), last]
    room = MOST - sum(len(line) + 1 for line in (first, *ending))
    return Comment("\n".join([first, *_seen(columns, techniques, room), *ending]), digest)


def _headline(columns: Columns, validation: str) -> str:
    said = _VALIDATION.get(validation, "")
    if validation != "NoTelemetry":
        return said
    return f"{said}: {_WHY_NOT.get(text_of(columns, 'CorrelationReason'), 'it could not be tied to any.')}"


def _seen(columns: Columns, techniques: list[str], room: int) -> list[str]:
    """What the rules saw, gravest first, and the techniques, by their names where there is room for them."""
    plain = (_plain(str(one.get("title", ""))) for one in objects_of(columns, "Behaviours"))
    titles = [title for title in dict.fromkeys(plain) if title]
    ids = _fitting("Techniques", techniques, ", ", min(room, _MOST_IDS))
    seen = _fitting("Seen", titles[:_MOST_TITLES], "; ", room - len(ids) - 1, len(titles))
    labels = [mappings.technique_label(each) for each in techniques]
    named = f"Techniques: {', '.join(labels)}."
    shown = named if len(named) + len(seen) + 2 <= room else ids
    return [line for line in (seen, shown if techniques else "") if line]


def _fitting(heading: str, items: list[str], between: str, room: int, count: int = 0) -> str:
    """As many of the items as there is room for, and how many more there are; "" where none fits."""
    count = count or len(items)
    for most in range(len(items), 0, -1):
        more = f" and {count - most} more" if count > most else ""
        line = f"{heading}: {between.join(items[:most])}{more}."
        if len(line) + 1 <= room:
            return line
    return ""


def _counts(columns: Columns) -> list[str]:
    method = _METHODS.get(text_of(columns, "CorrelationMethod"))
    if method is None:
        return []
    events, processes = number_of(columns, "EventCount"), len(objects_of(columns, "ProcessTree"))
    sure = number_of(columns, "CorrelationConfidence")
    amounts = _count(events, "event", "events")
    if processes:
        amounts += f" of {_count(processes, 'process', 'processes')}"
    return [f"Tied {method} (confidence {sure} of 100) to {amounts}."]


def _known_benign(columns: Columns) -> list[str]:
    entry, state = _plain(text_of(columns, "KnownBenign")), text_of(columns, "KnownBenignState")
    if state == "matches":
        return [f"Matches what is known to be benign here: {entry}."]
    return [f"Contradicts what is held to be benign here: {entry}."] if state == "contradicted" else []


def _link(columns: Columns, portal: Portal) -> str:
    """The alert's process, else its device at that time, in hunting; "" where neither is known."""
    anchor = next((one for one in objects_of(columns, "ProcessTree") if one.get("alert") is True), {})
    device = str(anchor.get("device_id") or text_of(columns, "DvcId"))
    pid, created = _process(anchor)
    if created is None:
        first = columns["FirstEventTime"] if _has_time(columns, "FirstEventTime") else columns["CreatedTime"]
        created = Instant.of(first) if isinstance(first, datetime) else None
    if not device or created is None:
        return ""
    lines = [
        "union Device*Events",
        f"| where DeviceId == {kql.literal(device)}",
        f"| where Timestamp {kql.between(created.plus(-60), created.plus(3_600))}",
        *([f"| where ProcessId == {pid} or InitiatingProcessId == {pid}"] if pid else []),
        "| sort by Timestamp asc",
    ]
    url = kql.portal_link("\n".join(lines), portal=portal).url
    return f"Telemetry: {url}" if url and len(url) <= _LONGEST_LINK else ""


def _process(anchor: Mapping[str, object]) -> tuple[str, Instant | None]:
    """(pid as KQL, creation time) of the tree's own process; nothing where either cannot be read."""
    try:
        return kql.number(int(str(anchor["pid"]))), Instant.parse(str(anchor["created"]))
    except (KeyError, ValueError):
        return "", None


def _has_time(columns: Columns, name: str) -> bool:
    return str(columns.get(name, "1601"))[:4] != "1601"


def _plain(text: str) -> str:
    """A title of a rule or an entry's name as words alone, whoever wrote the rule."""
    return _NOT_PLAIN.sub(" ", text)[:_LONGEST_TITLE].strip()


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
