"""Raw alerts of either API as the standard model. Lenient: what cannot be read is named and the rest is kept.

Properties: https://learn.microsoft.com/en-us/defender-endpoint/api/alerts,
https://learn.microsoft.com/en-us/defender-endpoint/api/get-alerts and
https://learn.microsoft.com/en-us/graph/api/resources/security-alert (read 2026-11).
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from shared.core.alert import evidence_parts as parts
from shared.core.alert import mappings, normalize_defender, normalize_graph
from shared.core.alert.model import Alert, Comment, Evidence
from shared.core.alert.reading import Notes, Reader, clean_text
from shared.core.alert.texts import as_json, line, named
from shared.core.values import Instant
from shared.errors import BadAlert, ConfigError

MAX_ID = 256
_MARKED = re.compile("~[0-9a-f]{16}$")


type _Found = tuple[tuple[Evidence, ...], parts.AlertDevice, tuple[int, ...]]
"""The evidence, the device, and of which item of the JSON each piece of evidence is."""


@dataclass(frozen=True, slots=True)
class _Names:
    """How one API spells the properties that both have."""

    created: str
    last_update: str
    first_event: str
    last_event: str
    resolved: str
    tenant: str
    threat_name: str
    comment_author: str
    comment_created: str


_DEFENDER = _Names(
    created="alertCreationTime",
    last_update="lastUpdateTime",
    first_event="firstEventTime",
    last_event="lastEventTime",
    resolved="resolvedTime",
    tenant="aadTenantId",
    threat_name="threatName",
    comment_author="createdBy",
    comment_created="createdTime",
)
_GRAPH = _Names(
    created="createdDateTime",
    last_update="lastUpdateDateTime",
    first_event="firstActivityDateTime",
    last_event="lastActivityDateTime",
    resolved="resolvedDateTime",
    tenant="tenantId",
    threat_name="threatDisplayName",
    comment_author="createdByDisplayName",
    comment_created="createdDateTime",
)

_TICKS_IN_ID = re.compile(r"[a-z]{2}(\d{18})_", re.ASCII)
_TECHNIQUE = re.compile(r"\bT\d{4}(?:[./]\d{3})?\b", re.ASCII | re.IGNORECASE)
_LONGEST_TECHNIQUES = 2_000
_NONE = re.compile(r"-\d+|[-+]?0+(?:\.0*)?", re.ASCII)
_TICKS_TO_1970 = 621_355_968_000_000_000


def source_of(raw: object) -> str | None:
    """The source by whose names the alert in `raw` is written; None where it has the names of neither."""
    if not isinstance(raw, Mapping):
        return None
    for source, (names, _) in _SOURCES.items():
        if names.created in raw or names.last_update in raw:
            return source
    return None


def normalize(raw: object, source: str, *, fallback: Instant) -> Alert:
    """The alert in `raw`, as `source` ("defender" or "graph") sends it.

    `fallback` stands in for its times where no time of the alert can be read. Raises BadAlert only where
    there is no id of 1 to 256 characters; anything else that is missing where it is always sent, or is of
    the wrong type, is named in `unreadable`.
    """
    if source not in _SOURCES:
        raise ConfigError(f"unknown alert source {source!r}")
    names, evidence_of = _SOURCES[source]
    if not isinstance(raw, Mapping):
        raise BadAlert("", "id", "an alert that is not an object")
    notes = Notes()
    reader = Reader(raw, notes)
    identity = _usable_id(reader.take("id"), notes)
    found = evidence_of(reader)
    triage = _triage(identity, source, reader, names, fallback)
    return _about(triage, names, raw, reader, found)


def _triage(identity: str, source: str, reader: Reader, names: _Names, fallback: Instant) -> Alert:
    """What the alert is, how bad, where it stands and when it was."""
    created, last_update, first_event, last_event, resolved = _times(reader, names, identity, fallback)
    severity_text, status = (
        _expected(reader, "severity") or as_json(reader, "severity"),
        _expected(reader, "status"),
    )
    classification, determination = line(reader, "classification"), line(reader, "determination")
    return Alert(
        id=identity,
        source=source,
        created=created,
        last_update=last_update,
        severity=mappings.severity(severity_text),
        severity_text=severity_text,
        title=_expected(reader, "title") or "",
        status=mappings.word("status", status or "Unknown"),
        description=reader.text("description") or "",
        category=named(reader, "category") or next(iter(reader.strings("categories")), None),
        incident_id=_numbered(reader, "incidentId"),
        investigation_id=_numbered(reader, "investigationId"),
        investigation_state=parts.word(reader, "investigation_state", "investigationState"),
        assigned_to=line(reader, "assignedTo"),
        classification=parts.word_of("classification", classification),
        determination=parts.word_of("determination", determination),
        status_text=status,
        classification_text=classification,
        determination_text=determination,
        first_event=first_event,
        last_event=last_event,
        resolved=resolved,
    )


def _about(triage: Alert, names: _Names, raw: Mapping[str, object], reader: Reader, found: _Found) -> Alert:
    """The alert with what it is about: detection, threat, device, users, evidence; last what nobody read."""
    evidence, device, places = found
    return replace(
        triage,
        detection_source=parts.word(reader, "detection_source", "detectionSource"),
        service_source=line(reader, "serviceSource"),
        detector_id=line(reader, "detectorId"),
        threat_family=named(reader, "threatFamilyName"),
        threat_name=named(reader, names.threat_name),
        device_id=device.id,
        device_name=device.name,
        device_group=device.group,
        tenant_id=line(reader, names.tenant),
        provider_id=reader.text("providerAlertId"),
        techniques=_techniques(reader),
        related_user=parts.account_in(reader, "relatedUser"),
        logged_on_users=device.logged_on_users,
        comments=_comments(reader, names),
        domains=reader.strings("domains", key="host"),
        alert_url=line(reader, "alertWebUrl"),
        incident_url=line(reader, "incidentWebUrl"),
        recommended_actions=reader.text("recommendedActions"),
        evidence=evidence,
        raw=raw,
        places=places,
        extra=reader.rest(),
        unreadable=reader.notes.paths(),
    )


def _usable_id(raw: object, notes: Notes) -> str:
    """The id; one that had to be made safe, or looks as if, ends in a mark of its own.

    So two ids that differ before cleaning differ after it too.
    """
    if not isinstance(raw, str) or not 1 <= len(raw) <= MAX_ID:
        raise BadAlert(clean_text(str(raw)[:64]) if isinstance(raw, str) else "", "id")
    safe = clean_text(raw)
    if safe == raw and not _MARKED.search(raw):
        return raw
    notes.add("id")
    return f"{safe}~{hashlib.sha256(raw.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _times(
    reader: Reader, names: _Names, identity: str, fallback: Instant
) -> tuple[Instant, Instant, Instant | None, Instant | None, Instant | None]:
    """(created, last update, first event, last event, resolved), the first two from the others if need be.

    The steadiest other time takes the place of a creation time, since it decides where the row lies: the one
    in the id, if any. The latest takes the place of a last update, since an older version never wins.
    """
    created, last_update = _expected_time(reader, names.created), _expected_time(reader, names.last_update)
    first_event, last_event = reader.instant(names.first_event), reader.instant(names.last_event)
    resolved = reader.instant(names.resolved)
    known = [moment for moment in (created, first_event, last_event, resolved) if moment is not None]
    last_update = last_update or max(known, default=fallback)
    created = created or time_in_id(identity) or first_event or last_event or last_update
    return created, last_update, first_event, last_event, resolved


def time_in_id(identity: str) -> Instant | None:
    """The time in an id such as `da637472900382838869_1364969609`: ticks since year 1, as observed."""
    match = _TICKS_IN_ID.match(identity)
    if match is None:
        return None
    moment = Instant(int(match[1]) - _TICKS_TO_1970)
    return moment if "2015" < moment.text() < "2100" else None


def _expected_time(reader: Reader, name: str) -> Instant | None:
    moment = reader.instant(name)
    if moment is None:
        reader.note(name)
    return moment


def _expected(reader: Reader, name: str) -> str | None:
    """A text the API always sends; its absence is named."""
    text = line(reader, name)
    if text is None:
        reader.note(name)
    return text


def _numbered(reader: Reader, name: str) -> str | None:
    """An id that is a number; nought and less, in whatever spelling, say that there is none and stay among
    what was not read, as does what is no id."""
    value = reader.take(name)
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    reader.keep(name, str(int(value)) if isinstance(value, float) and is_whole else value)
    found = named(reader, name)
    if found is None or not _NONE.fullmatch(found):
        return found
    reader.keep(name, value)
    return None


def _techniques(reader: Reader) -> tuple[str, ...]:
    """ATT&CK ids, each once: those inside a text, too; what holds none stays as it is."""
    found: dict[str, None] = {}
    for text in reader.strings("mitreTechniques", key="id"):
        inside = None if mappings.technique(text) else _TECHNIQUE.findall(text[:_LONGEST_TECHNIQUES])
        found.update(dict.fromkeys([one.upper().replace("/", ".") for one in inside] if inside else [text]))
    return tuple(found)


def _comments(reader: Reader, names: _Names) -> tuple[Comment, ...]:
    found = []
    for item in reader.objects("comments", alone=True):
        text = item.text("comment")
        if text is not None:
            author, created = line(item, names.comment_author), item.instant(names.comment_created)
            found.append(Comment(text, author, created))
    return tuple(found)


_SOURCES: dict[str, tuple[_Names, Callable[[Reader], _Found]]] = {
    "defender": (_DEFENDER, normalize_defender.evidence),
    "graph": (_GRAPH, normalize_graph.evidence),
}
SOURCES = tuple(_SOURCES)
