"""Hunting queries that answer for many entities at once, and what their rows say.

https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-deviceinfo-table and
https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-fileprofile-function (read 2026-11).
"""

from collections.abc import Iterable, Mapping

from shared.core.alert import Account
from shared.core.correlate import Cell
from shared.core.hunting import kql
from shared.core.lookups import File, LoggedOnUser, Prevalence
from shared.core.tables import TABLES
from shared.core.values import Instant, json_from_outside

MOST_FILES = 1_000  # that one FileProfile call answers for

Row = Mapping[str, Cell]


def users_query(device_ids: Iterable[str]) -> str:
    """Who was logged on, by the newest report of each device."""
    return kql.lines(
        "DeviceInfo",
        f"| where DeviceId in {kql.strings(device_ids)}",
        '| where isnotempty(LoggedOnUsers) and LoggedOnUsers != "[]"',
        "| summarize arg_max(Timestamp, LoggedOnUsers) by DeviceId",
        "| project DeviceId, Timestamp, LoggedOnUsers",
    )


def users_in(rows: Iterable[Row]) -> dict[str, tuple[LoggedOnUser, ...]]:
    """Users by device id; a row that cannot be read is passed over."""
    found: dict[str, tuple[LoggedOnUser, ...]] = {}
    for row in rows:
        try:
            listed = json_from_outside(str(row.get("LoggedOnUsers") or "[]"))
        except ValueError:
            continue
        if not isinstance(listed, list):
            continue
        seen = _instant(row.get("Timestamp"))
        users = (_user(item, seen) for item in listed if isinstance(item, dict))
        found[str(row.get("DeviceId", "")).lower()] = tuple(user for user in users if user is not None)
    return found


def _user(item: Mapping[str, object], seen: Instant | None) -> LoggedOnUser | None:
    name, domain, sid = (_text(item.get(key)) for key in ("UserName", "DomainName", "Sid"))
    if name is None and sid is None:
        return None
    return LoggedOnUser(Account(name=name, domain=domain, sid=sid), last_seen=seen)


def profiles_query(hashes: Iterable[str]) -> str:
    """What the service knows of files, by SHA-1."""
    rows = ", ".join(kql.literal(sha1) for sha1 in hashes)
    return kql.lines(
        f"datatable (SHA1: string) [{rows}]",
        f'| invoke FileProfile("SHA1", {MOST_FILES})',
        "| project SHA1, SHA256, MD5, FileSize, GlobalPrevalence, GlobalFirstSeen, Signer, Issuer,",
        "    Publisher, IsCertificateValid, ThreatName",
    )


def profiles_in(rows: Iterable[Row]) -> dict[str, File]:
    """Files by SHA-1, without the organisation's prevalence; those the service does not know are absent."""
    found: dict[str, File] = {}
    for row in rows:
        sha1 = str(row.get("SHA1") or "").lower()
        prevalence, size = _integer(row.get("GlobalPrevalence")), _integer(row.get("FileSize"))
        if not sha1 or (prevalence is None and size is None):
            continue
        valid = row.get("IsCertificateValid")
        found[sha1] = File(
            key=sha1,
            sha1=sha1,
            sha256=_text(row.get("SHA256")),
            md5=_text(row.get("MD5")),
            size=size,
            signer=_text(row.get("Signer")),
            issuer=_text(row.get("Issuer")),
            publisher=_text(row.get("Publisher")),
            is_valid_certificate=None if valid in (None, "") else str(valid).lower() in ("1", "true"),
            determination_value=_text(row.get("ThreatName")),
            global_prevalence=prevalence,
            global_first_seen=_instant(row.get("GlobalFirstSeen")),
        )
    return found


def met_query(column: str, keys: Iterable[str]) -> str:
    """On how many devices each of the keys, hashes or addresses by `column`, was met, and when."""
    these = f"where {column} in {kql.strings(keys)} | project DeviceId, Timestamp, Key = {column}"
    parts = [f"({table.name} | {these})" for table in TABLES if table.devices_by == column]
    return (
        "union\n    " + ",\n    ".join(parts) + "\n| summarize Devices = dcount(DeviceId), "
        "First = min(Timestamp), Last = max(Timestamp) by Key"
    )


def met_in(rows: Iterable[Row]) -> dict[str, Prevalence]:
    """The organisation's prevalence by key in small letters; keys that no device met are absent."""
    found: dict[str, Prevalence] = {}
    for row in rows:
        key, devices = _text(row.get("Key")), _integer(row.get("Devices"))
        if key is not None and devices is not None:
            first, last = _instant(row.get("First")), _instant(row.get("Last"))
            found[key.lower()] = Prevalence(key.lower(), devices, first, last)
    return found


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _instant(value: object) -> Instant | None:
    try:
        return Instant.parse(value) if isinstance(value, str) else None
    except ValueError:
        return None
