"""What an alert names besides processes, each thing in the one spelling by which rows are recognised."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from shared.core.alert import Account, Alert, Evidence, is_built_in
from shared.core.correlate import spelling
from shared.core.correlate.finding import Cell, Method
from shared.core.correlate.rows import Observation, Ref, whole
from shared.core.tables import ACTOR, CREATED, IMAGE_HASHES, TABLES, IndicatorKind, table_of

# By table: columns and what they name, but the actor's image, which all tables have. A column that may hold
# an address or a host is listed as one of URLs.
_NAMED = {
    table.name: tuple(
        {
            column: kind
            for kind, columns in table.names.items()
            for column in columns
            if column not in IMAGE_HASHES
        }.items()
    )
    for table in TABLES
}
_NOWHERE = frozenset(("127.0.0.1", "::1", "0.0.0.0", "::", "255.255.255.255"))  # noqa: S104 - compared only


@dataclass(frozen=True, slots=True)
class Indicator:
    """One thing to look for. `value` is canonical: a hash, file name, address, host, registry key or account.

    `scope` narrows it: a file name's folder, a registry key's value name, an account's domain; "" takes any.
    `sha1` is the file's own, so that a file of the same name and another hash is not taken for it.
    """

    method: Method
    value: str
    scope: str = ""
    sha1: str = ""
    pid: int | None = None
    device_id: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing that a row names. `doer` is the process that touched it; where `is_itself`, the process that
    runs it, since the thing is its file."""

    method: Method
    value: str
    doer: Ref | None
    is_itself: bool = False


def indicators_of(alert: Alert, evidence: tuple[Evidence, ...]) -> list[Indicator]:
    """Everything in the evidence that rows may name, strongest kinds first.

    Not the alert's related user: that is who was there, not what the alert is about. Nor the image of a
    process that is named by its creation time: every other run of the same program would be taken for it.
    """
    found: dict[Indicator, None] = {}
    for item in evidence:
        device = (item.device_id or alert.device_id or "").lower()
        found.update(dict.fromkeys(_of_evidence(item, device)))
    for domain in alert.domains:
        found.update(dict.fromkeys(_of_url(domain, (alert.device_id or "").lower())))
    order = list(Method)
    return sorted(found, key=lambda indicator: order.index(indicator.method))


def _of_evidence(item: Evidence, device: str) -> Iterator[Indicator]:
    if item.process_created is None:
        yield from _of_file(item, device)
    address = spelling.address(item.ip_address or "")
    if address and address not in _NOWHERE:
        yield Indicator(Method.ADDRESS, address, device_id=device)
    if item.url:
        yield from _of_url(item.url, device)
    if item.registry_key:
        key = spelling.registry_key(item.registry_key, item.registry_hive or "")
        name = (item.registry_value_name or "").lower()
        yield Indicator(Method.REGISTRY, key, scope=name, device_id=device)
    if item.account is not None:
        yield from _of_account(item.account, device)


def _of_file(item: Evidence, device: str) -> Iterator[Indicator]:
    sha1, pid = (item.sha1 or "").lower(), item.process_id
    for digest in (sha1, (item.sha256 or "").lower(), (item.md5 or "").lower()):
        if digest:
            yield Indicator(Method.FILE_HASH, digest, pid=pid, device_id=device)
    if item.file_name:
        where = spelling.folder(item.folder_path or "", item.file_name)
        yield Indicator(
            Method.FILE_NAME, item.file_name.lower(), scope=where, sha1=sha1, pid=pid, device_id=device
        )


def _of_url(url: str, device: str) -> Iterator[Indicator]:
    host = spelling.host(url)
    address = spelling.address(host or "")
    if address:
        if address not in _NOWHERE:
            yield Indicator(Method.ADDRESS, address, device_id=device)
    elif host and "." in host:
        yield Indicator(Method.URL, host, device_id=device)


def _of_account(account: Account, device: str) -> Iterator[Indicator]:
    name = (account.name or (account.upn or "").partition("@")[0]).lower()
    if is_built_in(account) or name == "root":
        return
    if account.sid:
        yield Indicator(Method.ACCOUNT, account.sid.lower(), device_id=device)
    elif name and not name.endswith("$"):
        domain = (account.domain or "").lower().partition(".")[0]
        yield Indicator(Method.ACCOUNT, name, scope=domain, device_id=device)


def mentions(observation: Observation) -> Iterator[Mention]:
    """Everything that the row names and an alert may look for: its table's columns, and the actor's image."""
    row, actor = observation.event.row, observation.actor
    is_start = table_of(observation.event.table).created is not None
    doer = observation.created if is_start else actor
    for column, kind in _NAMED.get(observation.event.table, ()):
        text = row.get(column)
        if text and isinstance(text, str):
            mention = _mention(kind, text, doer, is_start)
            if mention is not None:
                yield mention
    for column in IMAGE_HASHES:
        digest = row.get(column)
        if digest and isinstance(digest, str):
            yield Mention(Method.FILE_HASH, digest.lower(), actor, is_itself=True)


def _mention(kind: IndicatorKind, text: str, doer: Ref | None, is_start: bool) -> Mention | None:
    match kind:
        case IndicatorKind.FILE_HASH:
            return Mention(Method.FILE_HASH, text.lower(), doer, is_itself=is_start)
        case IndicatorKind.FILE_NAME:
            return Mention(Method.FILE_NAME, text.lower(), doer, is_itself=is_start)
        case IndicatorKind.ADDRESS:
            address = spelling.address(text)
            return Mention(Method.ADDRESS, address, doer) if address else None
        case IndicatorKind.URL:
            host = spelling.host(text)
            return _of_host(host, doer) if host else None
        case IndicatorKind.REGISTRY:
            return Mention(Method.REGISTRY, spelling.registry_key(text), doer)
        case IndicatorKind.ACCOUNT:
            return Mention(Method.ACCOUNT, text.lower(), doer)
        case _:
            assert_never(kind)


def _of_host(host: str, actor: Ref | None) -> Mention:
    address = spelling.address(host)
    return Mention(Method.ADDRESS, address, actor) if address else Mention(Method.URL, host, actor)


def acts_for(indicator: Indicator, one: Observation) -> Ref | None:
    """The process of the row that runs under the account: the one reported as created, else who acted."""
    row = one.event.row
    for ref, prefix in ((one.created, ""), (one.actor, "InitiatingProcess")):
        names = [_text(row, f"{prefix}Account{column}").lower() for column in ("Sid", "Name")]
        domain = _text(row, f"{prefix}AccountDomain").lower().partition(".")[0]
        is_other = indicator.scope and domain and domain != indicator.scope
        if ref is not None and indicator.value in names and not is_other:
            return ref
    return None


def narrows(indicator: Indicator, observation: Observation) -> bool:
    """True where the row, which names the indicator's value, is not excluded by the rest of what is known."""
    row = observation.event.row
    if indicator.pid is not None:
        # By the columns, not by the processes: a row may give a pid and no time.
        told = {whole(row.get(columns.pid)) for columns in (CREATED, ACTOR)} - {None}
        if told and indicator.pid not in told:
            return False
    if indicator.method is Method.FILE_NAME:
        sha1 = _text(row, "SHA1").lower()
        if indicator.sha1 and sha1 and sha1 != indicator.sha1:
            return False
        where = spelling.folder(_text(row, "FolderPath"), _text(row, "FileName"))
        return not indicator.scope or not where or where == indicator.scope
    if indicator.method is Method.REGISTRY:
        return not indicator.scope or _text(row, "RegistryValueName").lower() == indicator.scope
    if indicator.method is Method.ACCOUNT and indicator.scope:
        domain = _text(row, "AccountDomain").lower().partition(".")[0]
        return not domain or domain == indicator.scope
    return True


def _text(row: Mapping[str, Cell], column: str) -> str:
    cell = row.get(column)
    return cell if isinstance(cell, str) else ""
