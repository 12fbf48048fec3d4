"""Every table key, made here and nowhere else: safe for Table Storage, never two values with one key.

Forbidden in keys are `/ \\ # ?` and control characters, and they end at 512 UTF-16 units in practice:
https://learn.microsoft.com/en-us/rest/api/storageservices/understanding-the-table-service-data-model
(read 2026-11). Parts are joined with `|`, which no part contains.
"""

import hashlib
import re
from typing import Protocol

from shared.core.values.instant import Instant

MAX_ID = 200
_HASH = 32  # hexadecimal digits
# `~` is left out: it is written only before the hash of a text that was cut.
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:,@=-]")
_DUE_ROW = re.compile(r"([a-z]+(?:\|\d)?)\|(\d{19})\|.+", re.ASCII)
_TICKS_BEFORE_1970 = (
    621_355_968_000_000_000  # from year 1, so that no time is negative and text order is time order
)


class KeyedAlert(Protocol):
    """What an alert's keys are made of."""

    @property
    def id(self) -> str: ...

    @property
    def day(self) -> str: ...


class KeyedEvent(Protocol):
    """What an event's key is made of."""

    @property
    def table(self) -> str: ...

    @property
    def device_id(self) -> str: ...

    @property
    def time(self) -> Instant: ...

    @property
    def report_id(self) -> str: ...


def safe_id(text: str, limit: int = MAX_ID) -> str:
    """The text as part of a key, at most `limit` characters, upper and lower case kept apart.

    Anything but plain characters becomes %XX for each of its UTF-8 bytes; what is then too long is cut and
    ends in a hash of the whole. Different texts give different keys.
    """
    safe = _UNSAFE.sub(_escaped, text[: limit + 1])  # a character gives at least one: the rest has no place
    if len(safe) <= limit:
        return safe
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]
    return f"{safe[: limit - _HASH - 1]}~{mark}"


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass"))


def open_partition(tenant: str) -> str:
    """AlertWork: the tenant's unfinished alerts, a row each under `safe_id(alert id)`."""
    return f"open|{safe_id(tenant)}"


def due_partition(tenant: str) -> str:
    """AlertWork: where the tenant's due work is found, entries under `due_row`."""
    return f"due|{safe_id(tenant)}"


def due_row(lane: str, moment: Instant, alert_id: str) -> str:
    """One entry of the due index; within a lane they sort by time. A lane is a constant of ours."""
    return f"{lane}|{moment.ticks + _TICKS_BEFORE_1970:019d}|{safe_id(alert_id)}"


def due_rows(lane: str, start: Instant | None, end: Instant | None) -> tuple[str, str]:
    """From where, and up to where, the entries of a lane between two moments lie, both included."""
    first = "" if start is None else f"{start.ticks + _TICKS_BEFORE_1970:019d}"
    # `}` sorts behind the `|` that ends a time, and behind any digit.
    last = "}" if end is None else f"{end.ticks + _TICKS_BEFORE_1970:019d}}}"
    return f"{lane}|{first}", f"{lane}|{last}"


def due_entry(row_key: str) -> tuple[str, Instant] | None:
    """(lane, moment) of an entry's key; None for a key that is none of ours."""
    match = _DUE_ROW.fullmatch(row_key)
    return (match[1], Instant(int(match[2]) - _TICKS_BEFORE_1970)) if match else None


def history_partition(tenant: str, day: str) -> str:
    """AlertWork: the finished alerts created on `day`, a row each under `safe_id(alert id)`."""
    return f"history|{safe_id(tenant)}|{safe_id(day)}"


def document_partition(tenant: str, day: str) -> str:
    """AlertWork: the bodies of the alerts created on `day`."""
    return f"document|{safe_id(tenant)}|{safe_id(day)}"


def document_prefix(alert_id: str, kind: str, ref: str) -> str:
    """What the row keys of all parts of one document begin with."""
    return f"{safe_id(alert_id)}|{safe_id(kind, 60)}|{safe_id(ref, 100)}|"


def document_row(alert_id: str, kind: str, ref: str, part: int) -> str:
    """One part of a document; parts sort in their order."""
    return f"{document_prefix(alert_id, kind, ref)}{part:05d}"


def place_partition(tenant: str) -> str:
    """AlertWork: under which day and id an alert is kept whose id and creation time do not tell, a row each
    under `safe_id` of each id that it has."""
    return f"place|{safe_id(tenant)}"


def seen_partition(tenant: str) -> str:
    """AlertWork: what the tenant's alerts had in common, a row each under `seen_row`."""
    return f"seen|{safe_id(tenant)}"


def seen_row(trait: str, created: Instant, alert_id: str) -> str:
    """One alert that showed a trait; the newest sorts first within it."""
    age = _TICKS_BEFORE_1970 * 10 - created.ticks
    return f"{safe_id(trait, 60)}|{age:019d}|{safe_id(alert_id)}"


def seen_rows(trait: str) -> tuple[str, str]:
    """From where, and up to where, the rows of a trait lie."""
    # `}` sorts behind the `|` that ends the trait's part of the key.
    return f"{safe_id(trait, 60)}|", f"{safe_id(trait, 60)}}}"


def incident_partition(tenant: str) -> str:
    """AlertWork: what is known of the tenant's incidents beside their rows: `incident_day_row`,
    `incident_alert_row` and `incident_mark_row`. One partition, so that one transaction writes them together.
    """
    return f"incidents|{safe_id(tenant)}"


def incident_day_row(incident_id: str) -> str:
    """Under which day the incident's row lies."""
    return f"day|{safe_id(incident_id)}"


def incident_day_rows() -> tuple[str, str]:
    """From where, and up to where, the days lie."""
    return "day|", "day}"


def incident_alert_row(incident_id: str, day: str, alert_key: str) -> str:
    """That an alert is in the incident, or once was. `alert_key` is the key of its row, so it is safe."""
    return f"of|{safe_id(incident_id)}|{safe_id(day)}|{alert_key}"


def incident_alert_rows(incident_id: str) -> tuple[str, str]:
    """From where, and up to where, the rows of an incident's alerts lie."""
    # `}` sorts behind the `|` that ends the incident's part of the key.
    return f"of|{safe_id(incident_id)}|", f"of|{safe_id(incident_id)}}}"


def incident_mark_row(incident_id: str) -> str:
    """That the incident's row is to be built anew."""
    return f"due|{safe_id(incident_id)}"


def incident_mark_rows() -> tuple[str, str]:
    """From where, and up to where, the marks lie."""
    return "due|", "due}"


def incident_key(day: str, incident_id: str, tenant: str = "") -> tuple[str, str]:
    """(partition, row) of the incident in `Incidents`; `tenant` as `published_row` takes it."""
    return safe_id(day), published_row(tenant, safe_id(incident_id))


def set_apart_partition(tenant: str) -> str:
    """AlertWork: the rows of the tenant that could not be read, as they were."""
    return f"bad|{safe_id(tenant)}"


def set_apart_key(tenant: str, partition: str, row_key: str) -> tuple[str, str]:
    """AlertWork: (partition, row) under which a row that cannot be read is kept as it was."""
    return set_apart_partition(tenant), safe_id(f"{partition}|{row_key}")


def cache_partition(tenant: str, kind: str) -> str:
    """EntityCache: the tenant's answers of one kind, a row each under `cache_row`."""
    return f"{safe_id(tenant)}|{safe_id(kind)}"


def cache_partitions(tenant: str) -> tuple[str, str]:
    """From where, and up to where, the tenant's partitions of EntityCache lie."""
    # `}` sorts behind the `|` that ends the tenant's part of the key.
    return f"{safe_id(tenant)}|", f"{safe_id(tenant)}}}"


def cache_row(key: str) -> str:
    """EntityCache: one entity, by the key it was looked up by."""
    return safe_id(key)


def tenant_key(name: str) -> tuple[str, str]:
    """Tenants: (partition, row) of a tenant's name, upper and lower case being one."""
    return "tenant", safe_id(name.lower())


def tenant_id_key(tenant_id: str) -> tuple[str, str]:
    """Tenants: (partition, row) of under which name the tenant's id is kept."""
    return "tenant-id", safe_id(tenant_id.lower())


def operator_row_key(tenant: str, row_id: str) -> tuple[str, str]:
    """KnownBenign and WriteBackRules: (partition, row) of one row of the tenant."""
    return safe_id(tenant), safe_id(row_id)


def write_partition(tenant: str) -> str:
    """AlertWork: the comments and fields that are to be written to the tenant's alerts, a row each under
    `safe_id(alert id)`."""
    return f"write|{safe_id(tenant)}"


def lease_key(tenant: str) -> tuple[str, str]:
    """(partition, row) of the tenant's hunting lease."""
    return safe_id(tenant), "lease"


def checkpoint_key(tenant: str, source: str) -> tuple[str, str]:
    """(partition, row) of how far an alert source has been read."""
    return safe_id(tenant), f"checkpoint|{safe_id(source)}"


def published_row(tenant: str, row_key: str) -> str:
    """Alerts and Incidents: the row of an alert or incident with this `safe_id`; in AlertEvents the partition
    of the alert's events. `tenant` is "" for home, whose keys hold no `|`, else the further tenant's name."""
    return f"{safe_id(tenant)}|{row_key}" if tenant else row_key


def published_rows(tenant: str) -> tuple[str, str]:
    """From where, and up to where, the rows of a further tenant lie in Alerts and Incidents, day by day, and
    its partitions in AlertEvents. Home's are those that hold no `|`."""
    # `}` sorts behind the `|` that ends the tenant's part of the key.
    return f"{safe_id(tenant)}|", f"{safe_id(tenant)}}}"


def alert_keys(alert: KeyedAlert) -> tuple[str, str]:
    """(partition, row) of an alert of home's in `Alerts`; the row is the partition of its events too."""
    return alert.day, safe_id(alert.id)


def event_row(event: KeyedEvent) -> str:
    """The event's row in its alert's partition of `AlertEvents`: sorts by time, one for each `Event.key`."""
    moment = f"{event.time.ticks + _TICKS_BEFORE_1970:019d}"
    device, report = safe_id(event.device_id, 100), safe_id(event.report_id, 100)
    return f"{moment}|{safe_id(event.table, 100)}|{device}|{report}"
