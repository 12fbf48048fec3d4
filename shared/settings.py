"""Every setting of the app, read once from the environment; all problems are reported together.

The app starts with no setting but the host's storage connection (and the client id, where the identity is
user-assigned). Each setting is declared once below, with what it means; reading, `docs/configuration.md` and
`local.settings.json.example` follow from that.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from datetime import timedelta
from typing import Any

from shared.clouds import CLOUDS, Cloud
from shared.errors import ConfigError

# One for all tenants; above all, no row of a table says where tokens go.
_OF_THE_DEPLOYMENT = frozenset(
    "CLOUD IDENTITY_CLIENT_ID TENANT TENANTS_APP_ID ENTRA_URL "
    "DEFENDER_API_URL DEFENDER_API_SCOPE GRAPH_API_URL GRAPH_API_SCOPE".split()
)
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def _duration(text: str) -> timedelta:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text, re.ASCII)
    if match is None:
        raise ValueError("a number and a unit, such as 90s, 15m, 24h or 7d")
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])


def _durations(text: str) -> tuple[timedelta, ...]:
    return tuple(_duration(part.strip()) for part in text.split(",") if part.strip())


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return read


def _between(low: str, high: str) -> Callable[[str], timedelta]:
    def read(text: str) -> timedelta:
        span = _duration(text)
        if not _duration(low) <= span <= _duration(high):
            raise ValueError(f"a duration from {low} to {high}")
        return span

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError("one of " + ", ".join(words))
        return text

    return read


def _flag(text: str) -> bool:
    return _one_of("true", "false")(text.lower()) == "true"


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,40}", text, re.ASCII):
        raise ValueError("1 to 40 letters, digits and hyphens")
    return text


def _names(text: str) -> frozenset[str]:
    names = frozenset(part.strip() for part in text.split(",") if part.strip())
    if not all(re.fullmatch(r"[A-Za-z0-9._-]{1,80}", name, re.ASCII) for name in names):
        raise ValueError("names of letters, digits, dots, hyphens and underscores, separated by commas")
    return names


def _url(text: str) -> str:
    if not re.fullmatch(r"https://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?", text, re.ASCII):
        raise ValueError("an https address")
    return text.rstrip("/")


def _setting[T](env: str, parse: Callable[[str], T], default: str) -> T:
    """A field read from `env`; `default` is text, parsed like a value given."""
    metadata = {"env": env, "parse": parse}
    made: T = field(default=parse(default) if default else None, metadata=metadata)  # type: ignore[assignment]  # a field stands for its value, as dataclasses.field itself is typed
    return made


def _parsed(declared: Mapping[str, Field[Any]], texts: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """(values by field, what is wrong) of settings by name."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for env, text in texts.items():
        if env not in declared:
            problems.append(f"{env[:60]} is no setting of one tenant")
            continue
        try:
            values[declared[env].name] = declared[env].metadata["parse"](text.strip())
        except ValueError as err:
            problems.append(f"{env} must be {err}")
    return values, problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The app's settings; durations are timedelta."""

    cloud: str = _setting("CLOUD", _one_of(*CLOUDS), "public")
    """The Microsoft cloud: public, usgov-gcc, usgov-high, usgov-dod."""
    client_id: str | None = _setting("IDENTITY_CLIENT_ID", _name, "")
    """Client id of the user-assigned identity. Unset: `AzureWebJobsStorage__clientId`, else the
    system-assigned identity."""
    tenant: str = _setting("TENANT", _name, "home")
    """The name under which this tenant's work is kept; part of every key, so never change it later."""
    tenants_app_id: str | None = _setting("TENANTS_APP_ID", _name, "")
    """Client id of the multi-tenant app that trusts the identity, by which further tenants are reached.
    Unset: this tenant alone."""
    alert_source: str = _setting("ALERT_SOURCE", _one_of("defender", "graph"), "defender")
    """Where alerts come from: Defender's alert list, or Graph's alerts_v2. Graph lists the alerts of all
    Defender services: those of Defender for Endpoint are taken, the others are left aside, and counted each
    hour in the log (`alerts of other services`) and by `ops status`."""
    initial_lookback: timedelta = _setting("INITIAL_LOOKBACK", _between("1m", "180d"), "24h")
    """How far back the first fetch looks."""
    poll_overlap: timedelta = _setting("POLL_OVERLAP", _between("1m", "24h"), "10m")
    """How much of the past is asked for again once a minute, for alerts that the API lists late."""
    fetch_every: timedelta = _setting("FETCH_EVERY", _between("15s", "10m"), "15s")
    """How often the source is asked for alerts. The timer runs each 15 s; where this is longer, runs in
    between end at once, and where nothing came for an hour every second one does."""
    notify_after: timedelta = _setting("NOTIFY_AFTER", _between("1s", "24h"), "3m")
    """How long consumers are kept from an alert whose first hunt or first look-ups have not ended. It has a
    row after a minute."""
    incident_every: timedelta = _setting("INCIDENT_EVERY", _between("1s", "24h"), "5m")
    """How often an incident's row is made anew at the most; a new incident's is made at once."""
    resend_after: timedelta = _setting("RESEND_AFTER", _between("1s", "24h"), "11m")
    """After what wait an alert that nobody finished is queued again. Keep it longer than the host's 10 minute
    message lease."""
    retry_after: timedelta = _setting("RETRY_AFTER", _between("1s", "1h"), "60s")
    """The first wait after a refused hunt; doubled for each refusal in a row, to 30 minutes."""
    look_up_again: timedelta = _setting("LOOK_UP_AGAIN", _between("1s", "24h"), "5m")
    """The first wait before a throttled or failed look-up is asked again; doubled each time."""
    late_hunts: tuple[timedelta, ...] = _setting("LATE_HUNTS", _durations, "2m,15m,120m")
    """When an alert without a match is hunted again, counted from its arrival."""
    settle_after: timedelta = _setting("SETTLE_AFTER", _between("0s", "24h"), "30m")
    """When a correlated alert of Medium or above is hunted once more; 0s turns it off."""
    hunt_calls_per_minute: int = _setting("HUNT_CALLS_PER_MINUTE", _whole(1, 1000), "30")
    """Hunting calls a minute; the tenant shares 45 with every other app."""
    hunt_batch_size: int = _setting("HUNT_BATCH_SIZE", _whole(1, 500), "250")
    """How many alerts share a hunt at the most."""
    hunts_at_once: int = _setting("HUNTS_AT_ONCE", _whole(1, 16), "4")
    """How many hunting calls run side by side under the lease."""
    process_tolerance: timedelta = _setting("PROCESS_TOLERANCE", _between("0s", "30s"), "2s")
    """How far a process's creation time in the alert may lie from the one in telemetry."""
    low_severity_max_wait: timedelta = _setting("LOW_SEVERITY_MAX_WAIT", _between("1m", "24h"), "15m")
    """After what wait an alert has its share of the hunts (one of four), whatever its severity."""
    spread_hunt: bool = _setting("SPREAD_HUNT", _flag, "false")
    """Whether to ask on how many other devices an alert's hashes and addresses are known."""
    redact_command_lines: bool = _setting("REDACT_COMMAND_LINES", _flag, "false")
    """Whether passwords, keys and tokens in command lines and other texts are starred out in `Alerts` and
    `AlertEvents`; logs never hold them."""
    detections_off: frozenset[str] | None = _setting("DETECTIONS_OFF", _names, "")
    """Ids of detections that are switched off, separated by commas; `detections/` says which there are."""
    write_back: str = _setting("WRITE_BACK", _one_of("off", "dry-run", "comment", "rules"), "off")
    """Whether the app writes to alerts: `off`; `dry-run`, what it would write stands in the log; `comment`,
    one comment with the validation on alerts of Medium or above; `rules`, the comment, and the fields that
    your own rules set (`ops write-back`). It takes a role to write: [write-back.md](write-back.md) says what
    the app could then do."""
    drain_for: timedelta = _setting("DRAIN_FOR", _between("10s", "25m"), "7m")
    """How long one HuntCorrelate run works before it hands over; keep it below functionTimeout."""
    lease_for: timedelta = _setting("LEASE_FOR", _between("5s", "30m"), "5m")
    """How long the hunting lease lasts unless renewed; longer than the longest hunting call (3 minutes)."""
    cache_device: timedelta = _setting("CACHE_DEVICE", _between("0s", "7d"), "1h")
    """How long a device's answer is used again."""
    cache_prevalence: timedelta = _setting("CACHE_PREVALENCE", _between("0s", "7d"), "6h")
    """How long the answer on a file, an address or a domain is used again."""
    cache_user: timedelta = _setting("CACHE_USER", _between("0s", "7d"), "12h")
    """How long a device's logged-on users are used again."""
    audit_lookback: timedelta = _setting("AUDIT_LOOKBACK", _between("1h", "30d"), "48h")
    """How far back the hourly audit looks."""
    retention: timedelta = _setting("RETENTION", _between("7d", "3650d"), "180d")
    """How long the ledger, events and cache are kept."""
    defender_url: str | None = _setting("DEFENDER_API_URL", _url, "")
    """Another Defender host, such as a regional one."""
    defender_scope: str | None = _setting("DEFENDER_API_SCOPE", _url, "")
    """Another token scope for Defender."""
    graph_url: str | None = _setting("GRAPH_API_URL", _url, "")
    """Another Graph host than the cloud's own."""
    graph_scope: str | None = _setting("GRAPH_API_SCOPE", _url, "")
    """Another Graph token scope than the host's."""
    entra_url: str | None = _setting("ENTRA_URL", _url, "")
    """Another host for tokens than the cloud's own; not used by a managed identity."""
    storage_connection: str = field(default="", repr=False)
    storage_table_url: str = ""
    deployment: str = ""  # the app's own name in Azure, which the platform tells it; "" elsewhere

    @property
    def endpoints(self) -> Cloud:
        """The cloud's hosts and scopes, with the settings that override them."""
        known = CLOUDS[self.cloud]
        return replace(
            known,
            defender_url=self.defender_url or known.defender_url,
            defender_scope=self.defender_scope or known.defender_scope,
            graph_url=self.graph_url or known.graph_url,
            authority=self.entra_url or known.authority,
        )

    @property
    def graph_token_scope(self) -> str:
        """The scope for Graph tokens."""
        return self.graph_scope or self.endpoints.graph_url + "/.default"

    def of_tenant(self, name: str, overrides: Mapping[str, str]) -> "Settings":
        """The settings of a further tenant: the deployment's, and its own instead. Raises ConfigError that
        names every one that cannot be used: of those that say where tokens and data go, none can."""
        of_one = {env: spec for env, spec in _declared().items() if env not in _OF_THE_DEPLOYMENT}
        values, problems = _parsed(of_one, overrides)
        if problems:
            raise ConfigError(f"The overrides of tenant {name} cannot be used: {'; '.join(problems)}.")
        return replace(self, tenant=name, **values)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """The settings in `env`. Raises one ConfigError that names every setting that cannot be used."""
        declared = _declared()
        values, problems = _parsed(
            declared, {name: env[name] for name in declared if env.get(name, "").strip()}
        )
        if "client_id" not in values and env.get("AzureWebJobsStorage__clientId"):
            values["client_id"] = env["AzureWebJobsStorage__clientId"]
        values["deployment"] = env.get("WEBSITE_SITE_NAME", "")
        values |= _storage(env, CLOUDS[str(values.get("cloud", "public"))], problems)
        if problems:
            raise ConfigError("The app cannot start: " + "; ".join(problems) + ".")
        return cls(**values)


def _storage(env: Mapping[str, str], cloud: Cloud, problems: list[str]) -> dict[str, object]:
    """Where the tables are: the host's own storage account, found as the host finds it."""
    prefix = "AzureWebJobsStorage"
    if connection := env.get(prefix, ""):
        return {"storage_connection": connection}
    url = env.get(f"{prefix}__tableServiceUri", "")
    if not url and (account := env.get(f"{prefix}__accountName", "")):
        url = f"https://{account}.table.{cloud.storage_suffix}"
    if not url:
        problems.append(
            f"the storage account is not set: {prefix}__accountName or {prefix}__tableServiceUri "
            f"(or {prefix} with a connection string)"
        )
        return {}
    try:
        return {"storage_table_url": _url(url)}
    except ValueError as err:
        problems.append(f"the address of the table storage must be {err}")
        return {}


def _declared() -> dict[str, Field[Any]]:
    """The fields that are settings, by the settings' names."""
    return {spec.metadata["env"]: spec for spec in fields(Settings) if spec.metadata}
