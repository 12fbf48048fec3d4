"""What an alert is about: the device, user, process, file, address … that its flat columns show."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.core.alert import Account, Alert, Evidence, EvidenceKind
from shared.core.lookups import Device, Enrichment, File, Lookup, Outcome


@dataclass(frozen=True, slots=True)
class Subjects:
    """The first of each kind, in the evidence's order; None where the alert names none."""

    device_id: str | None
    device: Device | None
    user: Account | None
    process: Evidence | None
    file: Evidence | None
    looked_up_file: File | None
    address: Evidence | None
    url: str | None
    registry: Evidence | None


def subjects_of(alert: Alert, enrichment: Enrichment) -> Subjects:
    """What the flat columns show of `alert`."""
    device_id = alert.device_id or next((item.device_id for item in alert.evidence if item.device_id), None)
    process = _first(alert, EvidenceKind.PROCESS)
    file = _first(alert, EvidenceKind.FILE) or process
    url = next((item.url for item in alert.evidence if item.url), None)
    return Subjects(
        device_id=device_id,
        device=found(enrichment.devices, device_id),
        user=_user(alert, process),
        process=process,
        file=file,
        looked_up_file=_file(enrichment, file),
        address=next((item for item in alert.evidence if item.ip_address), None),
        url=url or next(iter(alert.domains), None),
        registry=_registry(alert),
    )


def found[T](answers: dict[str, Lookup[T]], key: str | None) -> T | None:
    """What was found under `key`; look-ups are kept in lower case."""
    look = answers.get(key) or answers.get(key.lower()) if key else None
    return look.value if look is not None and look.outcome is Outcome.FOUND else None


def account_name(account: Account | None) -> str:
    r"""`DOMAIN\name`, or what else is known of the account; "" where nothing is."""
    if account is None:
        return ""
    if account.name and account.domain:
        return f"{account.domain}\\{account.name}"
    return account.name or account.upn or account.sid or account.object_id or ""


def users_of(alert: Alert, enrichment: Enrichment, device_id: str | None) -> list[dict[str, object]]:
    """Users seen on the device, from the alert and from the look-up, each once; domain admins are marked."""
    names = {account_name(account): False for account in alert.logged_on_users}
    for user in found(enrichment.users, device_id) or ():
        name = account_name(user.account)
        names[name] = names.get(name, False) or bool(user.is_domain_admin)
    names.pop("", None)
    return [{"name": name, "isDomainAdmin": admin} for name, admin in names.items()]


def devices_of(alert: Alert) -> list[str]:
    """Ids of the devices that the alert names, each once, its own first."""
    named: Iterable[str | None] = (alert.device_id, *(item.device_id for item in alert.evidence))
    return list(dict.fromkeys(device.lower() for device in named if device))


def hashes_of(item: Evidence) -> list[str]:
    """The item's hashes, the surest to be known first."""
    return [value for value in (item.sha1, item.sha256, item.md5) if value]


def registry_path(item: Evidence) -> str:
    """Hive and key as one path."""
    hive, key = item.registry_hive or "", item.registry_key or ""
    return key if not hive or key.upper().startswith(hive.upper()) else f"{hive}\\{key}"


def _first(alert: Alert, kind: EvidenceKind) -> Evidence | None:
    return next((item for item in alert.evidence if item.kind is kind), None)


def _registry(alert: Alert) -> Evidence | None:
    """The registry item that says most: one with a value, if there is one."""
    named = (
        item for item in alert.evidence if item.kind is EvidenceKind.REGISTRY and item.registry_value_name
    )
    return next(named, None) or _first(alert, EvidenceKind.REGISTRY)


def _user(alert: Alert, process: Evidence | None) -> Account | None:
    """The user the alert names; as the evidence has them, where that is the same user with a SID."""
    in_evidence = [item.account for item in (process, *alert.evidence) if item is not None and item.account]
    named = [who for who in (alert.related_user, *in_evidence) if who is not None and account_name(who)]
    if not named:
        return None
    first = named[0]
    same = (who for who in in_evidence if who.sid and first.name and _same(who, first))
    return first if first.sid else next(same, first)


def _same(one: Account, other: Account) -> bool:
    names = [(who.name or "").lower() for who in (one, other)]
    domains = {(who.domain or "").lower() for who in (one, other)} - {""}
    return names[0] == names[1] and len(domains) <= 1


def _file(enrichment: Enrichment, file: Evidence | None) -> File | None:
    keys = hashes_of(file) if file else []
    return next((known for key in keys if (known := found(enrichment.files, key)) is not None), None)
