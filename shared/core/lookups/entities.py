"""What the look-ups around an alert found, and how each of them ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.core.alert import Account
from shared.core.values import Instant


class Outcome(StrEnum):
    """How one look-up ended. Only FOUND has a value; the last three may end otherwise when asked again."""

    FOUND = "found"
    NOT_FOUND = "not found"
    THROTTLED = "throttled"
    FORBIDDEN = "forbidden"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Lookup[T]:
    """One look-up's end: `value` if found, else `detail` says why not, in words for an operator."""

    outcome: Outcome
    value: T | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """A device as /api/machines describes it."""

    id: str
    name: str | None = None
    os: str | None = None
    os_version: str | None = None
    os_build: str | None = None
    group: str | None = None
    tags: tuple[str, ...] = ()
    risk_score: str | None = None
    exposure: str | None = None
    value: str | None = None
    health: str | None = None
    onboarding: str | None = None
    last_ip: str | None = None
    last_external_ip: str | None = None
    first_seen: Instant | None = None
    last_seen: Instant | None = None
    aad_device_id: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedOnUser:
    """A user seen on a device."""

    account: Account
    logon_types: str | None = None
    first_seen: Instant | None = None
    last_seen: Instant | None = None
    is_domain_admin: bool | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file's identity, signer and prevalence; `key` is the hash it was looked up by."""

    key: str
    sha1: str | None = None
    sha256: str | None = None
    md5: str | None = None
    size: int | None = None
    signer: str | None = None
    issuer: str | None = None
    publisher: str | None = None
    is_valid_certificate: bool | None = None
    determination: str | None = None
    determination_value: str | None = None
    global_prevalence: int | None = None
    global_first_seen: Instant | None = None
    org_prevalence: int | None = None
    org_first_seen: Instant | None = None
    org_last_seen: Instant | None = None


@dataclass(frozen=True, slots=True)
class Prevalence:
    """How many devices of the organisation met an address or a domain (`key`), and when."""

    key: str
    org_prevalence: int | None = None
    org_first_seen: Instant | None = None
    org_last_seen: Instant | None = None


def value_in[T](answers: Mapping[str, Lookup[T]], key: str | None) -> T | None:
    """What was found under the key, however it is spelled; None where nothing was."""
    look = (answers.get(key) or answers.get(key.lower())) if key and answers else None
    return look.value if look is not None and look.outcome is Outcome.FOUND else None


@dataclass(frozen=True, slots=True)
class Enrichment:
    """All look-ups of one alert, by the key asked for."""

    devices: dict[str, Lookup[Device]] = field(default_factory=dict)
    users: dict[str, Lookup[tuple[LoggedOnUser, ...]]] = field(default_factory=dict)  # by device id
    files: dict[str, Lookup[File]] = field(default_factory=dict)
    addresses: dict[str, Lookup[Prevalence]] = field(default_factory=dict)
    domains: dict[str, Lookup[Prevalence]] = field(default_factory=dict)

    def outcomes(self) -> list[tuple[str, str, Outcome, str]]:
        """(kind, key, outcome, detail) of every look-up, in a fixed order."""
        kinds: dict[str, Mapping[str, Lookup[object]]] = {
            **{"device": self.devices, "users": self.users, "file": self.files},
            **{"address": self.addresses, "domain": self.domains},
        }
        return [
            (kind, key, found[key].outcome, found[key].detail)
            for kind, found in kinds.items()
            for key in sorted(found)
        ]

    @property
    def status(self) -> str:
        """Complete, Partial (something throttled, forbidden or failed), or None (nothing to look up)."""
        ends = [outcome for _, _, outcome, _ in self.outcomes()]
        if not ends:
            return "None"
        settled = {Outcome.FOUND, Outcome.NOT_FOUND}
        return "Complete" if settled.issuperset(ends) else "Partial"

    @property
    def worth_asking_again(self) -> bool:
        """True where a throttled or failed look-up may end otherwise later."""
        return any(o in (Outcome.THROTTLED, Outcome.FAILED) for _, _, o, _ in self.outcomes())
