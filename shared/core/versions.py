"""What makes a fetched alert a new version, and what changed.

Two digests of its meaning: `hunt` over whatever changes what we look for or show as evidence, `status` over
whatever can be written into the row without asking anybody. The update time is in neither: an update that
changes nothing costs nothing.
"""

import hashlib
import json
from dataclasses import dataclass

from shared.core import codec
from shared.core.model import Alert, Evidence, Severity

# Field -> its name in the row. Every field of Alert is in one of the three tables; a test says so.
HUNT_FIELDS = {
    "title": "AlertName",
    "description": "AlertDescription",
    "category": "ThreatCategory",
    "detection_source": "DetectionSource",
    "service_source": "ServiceSource",
    "detector_id": "DetectorId",
    "threat_family": "ThreatFamily",
    "threat_name": "ThreatName",
    "first_event": "FirstEventTime",
    "last_event": "LastEventTime",
    "device_id": "DvcId",
    "device_name": "DvcHostname",
    "techniques": "AttackTechniques",
    "related_user": "Username",
    "logged_on_users": "LoggedOnUsers",
    "domains": "Domains",
    "evidence": "Evidence",
}
STATUS_FIELDS = {
    "severity": "EventSeverity",
    "severity_text": "EventSeverity",
    "status": "AlertStatus",
    "incident_id": "IncidentId",
    "investigation_id": "InvestigationId",
    "investigation_state": "InvestigationState",
    "assigned_to": "AssignedTo",
    "classification": "Classification",
    "determination": "Determination",
    "resolved": "ResolvedTime",
    "device_group": "DvcGroup",
    "comments": "Comments",
    "alert_url": "EventReportUrl",
    "incident_url": "IncidentUrl",
    "recommended_actions": "RecommendedActions",
    "tenant_id": "DefenderTenantId",
    "unreadable": "UnreadableFields",
}
# Id, source and creation time name the alert; what we do not know of may change with every answer.
UNVERSIONED_FIELDS = ("id", "source", "created", "last_update", "extra")


@dataclass(frozen=True, slots=True)
class Digests:
    """32 hexadecimal digits each; equal where the meaning is."""

    hunt: str
    status: str


def digests(alert: Alert) -> Digests:
    """The alert's two digests, the same for the same meaning whatever the order of its lists."""
    return Digests(
        _digest([_meaning(alert, name) for name in HUNT_FIELDS]),
        _digest([_meaning(alert, name) for name in STATUS_FIELDS]),
    )


def changed_fields(old: Alert, new: Alert) -> tuple[str, ...]:
    """The columns whose meaning differs between two versions, each once, in the tables' order."""
    fields = HUNT_FIELDS | STATUS_FIELDS
    changed = (column for name, column in fields.items() if _meaning(old, name) != _meaning(new, name))
    return tuple(dict.fromkeys(changed))


def _meaning(alert: Alert, name: str) -> object:
    value = getattr(alert, name)
    if name == "severity_text" and alert.severity is not Severity.UNKNOWN:
        return None  # the word is known, and the two APIs differ in its spelling alone
    if name == "evidence":
        return sorted({_text(_evidence(item)) for item in value})
    if name in ("techniques", "logged_on_users", "domains", "unreadable"):
        return sorted(_text(_plain(item)) for item in value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return _plain(value)


def _evidence(item: Evidence) -> object:
    """The item without what means nothing to us: creation time, the API's name for the kind, leftovers.

    Of a kind we do not know, name and leftovers are all there is.
    """
    written = codec.plain(item)
    known = dict(written) if isinstance(written, dict) else {}
    known.pop("created", None)
    if item.kind != "other":
        known.pop("kind_text", None)
        known.pop("extra", None)
    return known


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, str) else codec.plain(value)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), sort_keys=True)


def _digest(values: list[object]) -> str:
    return hashlib.sha256(_text(values).encode("ascii")).hexdigest()[:32]
