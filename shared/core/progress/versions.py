"""What makes a fetched alert a new version.

Two digests of its meaning: `hunt` over whatever changes what we look for or show as evidence, `status` over
whatever can be written into the row without asking anybody. The update time is in neither: an update that
changes nothing costs nothing.
"""

import hashlib
import json
from dataclasses import dataclass

from shared.core.alert import Alert, Evidence, Severity, is_marked
from shared.core.progress import codec

# Every field of Alert is in one of the three tables; a test says so.
HUNT_FIELDS = tuple(
    "title description category detection_source service_source detector_id threat_family threat_name "
    "first_event last_event device_id device_name techniques related_user logged_on_users domains "
    "evidence".split()
)
STATUS_FIELDS = tuple(
    "severity severity_text status incident_id investigation_id investigation_state assigned_to "
    "classification determination resolved device_group comments alert_url incident_url "
    "recommended_actions tenant_id unreadable".split()
)
# Ids, source and creation time name the alert; what we do not know of may change with every answer.
# A word as the API spells it says no more than the same word in Defender's spelling, which is versioned.
_AS_SPELLED = ("status_text", "classification_text", "determination_text")
UNVERSIONED_FIELDS = (
    "id", "provider_id", "source", "created", "last_update", "extra", "raw", "places", *_AS_SPELLED,
)  # fmt: skip


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


def _meaning(alert: Alert, name: str) -> object:
    value = getattr(alert, name)
    if name == "comments":
        # Our own comment on an alert, or that of another installation, is no news of it.
        value = tuple(comment for comment in value if not is_marked(comment.text))
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
