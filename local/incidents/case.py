"""An alert in the making: what Defender says of it, and what the generator knows of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from local.incidents.clock import seconds, show
from local.incidents.world import Account, Cell, Device, File, Process

EVIDENCE_KEYS = (
    "sha1 sha256 fileName filePath processId processCommandLine processCreationTime parentProcessId "
    "parentProcessCreationTime parentProcessFileName parentProcessFilePath ipAddress url registryKey "
    "registryHive registryValueType registryValue registryValueName accountName domainName userSid aadUserId "
    "userPrincipalName detectionStatus"
).split()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence: Defender's kind and the keys that are not null.

    `device` and `role` are what only Graph and the AlertEvidence table say, and `remediation` what only Graph
    says. `hunting_only` evidence is left out by the alerts API, as it is for custom detections.
    """

    kind: str
    fields: Mapping[str, Cell] = field(default_factory=dict)
    role: str = ""
    hunting_only: bool = False
    remediation: str = "none"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a right correlation of the alert says, with the reason in one sentence.

    `anchors` are the processes the alert is about; without them, the processes that touched what `about`
    names. `scored_by` is rows, device (only device and status can be right or wrong) or status. `kind` is
    attack or benign. `validation` is what the story means; `also` are the words that are no mistake either:
    of an attack that shows little, or of ordinary work that is worth a look.
    """

    method: str
    validation: str
    because: str
    anchors: tuple[Process, ...] = ()
    about: str = ""
    status: str = "Correlated"
    reason: str = ""
    techniques: tuple[str, ...] = ()
    scored_by: str = "rows"
    kind: str = "attack"
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One alert. Times are ticks; `device` None is an alert that names none.

    `story` and `number` (the tail of the alert's id) are filled in when the alert is raised.
    """

    title: str
    description: str
    severity: str
    category: str
    device: Device | None
    first: int
    last: int
    created: int
    evidence: tuple[Evidence, ...]
    expected: Expectation
    incident: int
    story: str = ""
    number: int = 0
    techniques: tuple[str, ...] = ()
    source: str = "WindowsDefenderAtp"
    user: Account | None = None
    status: str = "New"
    investigation: str = "UnsupportedAlertType"
    threat: tuple[str, str] | None = None  # family, name
    classification: str | None = None
    determination: str | None = None
    comments: tuple[tuple[str, str], ...] = ()  # who, what
    listed_after: float | None = None

    @property
    def updated(self) -> int:
        """The last change: the service adds evidence for a minute or so."""
        return self.created + seconds(41.2) + self.number % 9_999_999


# What Graph says became of a thing that Defender stopped. `status` may give both, as `Detected/active`.
_REMEDIED = {"Prevented": "prevented", "Blocked": "blocked"}


def _status(status: str) -> tuple[str, str]:
    detected, _, remediation = status.partition("/")
    return detected, remediation or _REMEDIED.get(detected, "none")


def process_evidence(
    process: Process, *, created: int | None = None, status: str = "Detected", hunting_only: bool = False
) -> Evidence:
    """The process as evidence; `created` overrides the creation time where the alert prints it shortened."""
    detected, remediation = _status(status)
    fields: dict[str, Cell] = {
        "sha1": process.image.sha1 or None,
        "sha256": process.image.full_sha256 or None,
        "fileName": process.image.name,
        "filePath": process.image.folder,
        "processId": process.pid,
        "processCommandLine": process.command_line,
        "processCreationTime": show(process.created if created is None else created),
        "detectionStatus": detected,
        **_account_fields(process.account),
    }
    if process.parent is not None:
        fields["parentProcessId"] = process.parent.pid
        fields["parentProcessCreationTime"] = show(process.parent.shown_created)
        fields["parentProcessFileName"] = process.parent_name
        fields["parentProcessFilePath"] = process.parent.image.folder
    return Evidence("Process", fields, hunting_only=hunting_only, remediation=remediation)


def file_evidence(subject: File, *, status: str = "Detected") -> Evidence:
    """The file as evidence: its folder apart from its name."""
    detected, remediation = _status(status)
    return Evidence(
        "File",
        {
            "sha1": subject.sha1 or None,
            "sha256": subject.full_sha256 or None,
            "fileName": subject.name,
            "filePath": subject.folder,
            "detectionStatus": detected,
        },
        remediation=remediation,
    )


def user_evidence(who: Account) -> Evidence:
    """The account as evidence."""
    return Evidence("User", _account_fields(who), role="compromised")


def ip_evidence(ip: str) -> Evidence:
    """The address as evidence."""
    return Evidence("Ip", {"ipAddress": ip}, role="commandAndControl")


def url_evidence(url: str) -> Evidence:
    """The URL as evidence."""
    return Evidence("Url", {"url": url})


def registry_evidence(hive: str, key: str, name: str, value: str) -> Evidence:
    """A registry value as evidence: hive and key apart, the key in upper case as the service prints it."""
    return Evidence(
        "RegistryValue",
        {
            "registryHive": hive,
            "registryKey": key.upper(),
            "registryValueName": name,
            "registryValue": value,
            "registryValueType": "String",
        },
    )


def _account_fields(who: Account) -> dict[str, Cell]:
    return {
        "accountName": who.name,
        "domainName": who.domain,
        "userSid": who.sid,
        "aadUserId": who.object_id or None,
        "userPrincipalName": who.upn or None,
    }
