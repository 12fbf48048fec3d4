"""The standardised alert: what every later step reads, whichever API it came from.

Field meanings: https://learn.microsoft.com/en-us/defender-endpoint/api/alerts (read 2026-11) and
https://learn.microsoft.com/en-us/graph/api/resources/security-alert (read 2026-11).
Absent is None (or an empty tuple); a word we do not know is kept verbatim next to its parsed form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.core.alert.kinds import EvidenceKind
from shared.core.values import Instant


class Severity(StrEnum):
    """How bad Defender thinks it is. UNKNOWN stands for any word we do not know."""

    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"
    INFORMATIONAL = "Informational"
    UNSPECIFIED = "UnSpecified"
    UNKNOWN = "Unknown"

    @property
    def rank(self) -> int:
        """Sort order of work, 0 first; an unknown severity sorts as High: it is never left behind."""
        return _RANKS[self]


_RANKS = {
    Severity.HIGH: 0,
    Severity.UNKNOWN: 0,
    Severity.MEDIUM: 1,
    Severity.LOW: 2,
    Severity.INFORMATIONAL: 3,
    Severity.UNSPECIFIED: 3,
}


@dataclass(frozen=True, slots=True)
class Account:
    """A user as an alert or a hunting row names it; any part may be missing."""

    name: str | None = None
    domain: str | None = None
    sid: str | None = None
    object_id: str | None = None
    upn: str | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment on an alert."""

    text: str
    author: str | None = None
    created: Instant | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing an alert names. `kind_text` is the API's own word for its kind; the fields of a kind that we
    do not know stay in `extra`. `folder_path` is a folder without the file name.
    """

    kind: EvidenceKind
    kind_text: str = ""
    created: Instant | None = None
    sha1: str | None = None
    sha256: str | None = None
    md5: str | None = None
    file_name: str | None = None
    folder_path: str | None = None
    process_id: int | None = None
    command_line: str | None = None
    process_created: Instant | None = None
    parent_process_id: int | None = None
    parent_process_created: Instant | None = None
    parent_file_name: str | None = None
    parent_folder_path: str | None = None
    ip_address: str | None = None
    url: str | None = None
    registry_hive: str | None = None
    registry_key: str | None = None
    registry_value_name: str | None = None
    registry_value_type: str | None = None
    registry_value: str | None = None
    account: Account | None = None
    device_id: str | None = None
    device_name: str | None = None
    detection_status: str | None = None
    remediation_status: str | None = None
    verdict: str | None = None
    roles: tuple[str, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alert:
    """One version of one alert. `unreadable` names the fields that were there and could not be read; the
    fields that end in `_text` hold the API's word where its neighbour holds Defender's spelling of it.

    `raw` is the JSON it was read from, as it came and not made safe; `places` says of which item of its
    evidence each piece is, -1 where the evidence was no list. Both are for showing what no field holds, and
    no part of what the alert means.
    """

    id: str
    source: str
    created: Instant
    last_update: Instant
    severity: Severity
    severity_text: str
    title: str
    status: str
    description: str = ""
    category: str | None = None
    incident_id: str | None = None
    investigation_id: str | None = None
    investigation_state: str | None = None
    assigned_to: str | None = None
    classification: str | None = None
    determination: str | None = None
    status_text: str | None = None
    classification_text: str | None = None
    determination_text: str | None = None
    detection_source: str | None = None
    service_source: str | None = None
    detector_id: str | None = None
    threat_family: str | None = None
    threat_name: str | None = None
    first_event: Instant | None = None
    last_event: Instant | None = None
    resolved: Instant | None = None
    device_id: str | None = None
    device_name: str | None = None
    device_group: str | None = None
    tenant_id: str | None = None
    provider_id: str | None = None  # by which the alert's own product knows it, where the API tells
    techniques: tuple[str, ...] = ()
    related_user: Account | None = None
    logged_on_users: tuple[Account, ...] = ()
    comments: tuple[Comment, ...] = ()
    domains: tuple[str, ...] = ()
    alert_url: str | None = None
    incident_url: str | None = None
    recommended_actions: str | None = None
    evidence: tuple[Evidence, ...] = ()
    unreadable: tuple[str, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)
    raw: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)
    places: tuple[int, ...] = field(default=(), compare=False, repr=False)

    @property
    def day(self) -> str:
        """The UTC day of creation, which never changes: the partition of the alert's row."""
        return self.created.day()
