"""The user that an alert's row shows, and who was seen on its devices."""

from collections.abc import Iterator
from enum import StrEnum

from shared.core.alert import Account, Alert, Evidence, EvidenceKind, ranking
from shared.core.correlate import ProcessNode
from shared.core.lookups import Enrichment, said, value_in
from shared.core.row.names import account_name
from shared.core.values import Columns, text_of


class Origin(StrEnum):
    """Where a subject comes from."""

    EVIDENCE = "evidence"
    ALERT = "alert"
    PROCESS = "process"
    TELEMETRY = "telemetry"
    LOGGED_ON = "logged on"
    NONE = ""


TELEMETRY = Origin.TELEMETRY.value
_IDS = ("UserUpn", "UserSid", "UserObjectId")
NO_SURER = frozenset((Origin.TELEMETRY.value, Origin.LOGGED_ON.value, Origin.NONE.value))


def users_on(alert: Alert, enrichment: Enrichment, device_id: str | None) -> list[tuple[Account, bool]]:
    """(who was seen on the device, whether they are a domain admin), by the alert and by the look-up."""
    seen = [(who, False) for who in alert.logged_on_users] if device_id == alert.device_id else []
    for item in _devices(alert):
        if item.device_id == device_id != alert.device_id:
            seen += [(who, False) for who in said.users_said(item)]
    return seen + [
        (user.account, bool(user.is_domain_admin)) for user in value_in(enrichment.users, device_id) or ()
    ]


def users_of(alert: Alert, enrichment: Enrichment, device_id: str | None) -> list[dict[str, object]]:
    """Users seen on the alert's devices, each once, those of the device shown first and the others with the
    name of theirs; domain admins are marked."""
    entries: dict[tuple[str, str], dict[str, object]] = {}
    for who, is_admin in users_on(alert, enrichment, device_id):
        name = account_name(who)
        entry = entries.setdefault((name.lower(), ""), {"name": name, "isDomainAdmin": False})
        entry["isDomainAdmin"] = entry["isDomainAdmin"] or is_admin
    for item in _devices(alert):
        if item.device_id != device_id:
            device = item.device_name or item.device_id or ""
            for name in filter(None, map(account_name, said.users_said(item))):
                entry = {"name": name, "isDomainAdmin": False, "device": device}
                entries.setdefault((name.lower(), device), entry)
    return [entry for entry in entries.values() if entry["name"]]


def _devices(alert: Alert) -> Iterator[Evidence]:
    return (item for item in alert.evidence if item.kind is EvidenceKind.DEVICE)


type _Named = tuple[Account, Origin]


def user_of(
    alert: Alert, processes: list[Evidence], anchor: ProcessNode | None, seen: list[tuple[Account, bool]]
) -> tuple[Account | None, Origin]:
    """The first person in the order of `_accounts`, else the first account, with what else is said of the
    same one."""
    named = [one for one in _accounts(alert, processes, anchor, seen) if account_name(one[0])]
    if not named:
        return None, Origin.NONE
    shown, origin = next((one for one in named if not ranking.is_service(one[0])), named[0])
    for other, _ in named:
        if other is not shown and _same(shown, other):
            shown = _fuller(shown, other)
    return shown, origin


def told_of_the_same_user(before: Columns, content: Columns) -> list[str]:
    """The columns in which a row says more of the user that its new content names too, as telemetry told."""
    (domain, name), (known, same) = (
        text_of(row, "Username").lower().rpartition("\\")[::2] for row in (content, before)
    )
    if not name or name != same or (domain and domain != known):
        return []
    ids = [(each, text_of(before, each), text_of(content, each)) for each in _IDS]
    if any(was and comes and was != comes for _, was, comes in ids):
        return []
    more = [each for each, was, comes in ids if was and not comes]
    return more if domain == known else ["Username", *more]


def _accounts(
    alert: Alert, processes: list[Evidence], anchor: ProcessNode | None, seen: list[tuple[Account, bool]]
) -> Iterator[_Named]:
    """All accounts: of users, the alert's own, of processes, of other evidence, of telemetry, of log-ons."""
    user, process = EvidenceKind.USER, EvidenceKind.PROCESS
    for item in ranking.gravest(item for item in alert.evidence if item.kind is user):
        who = said.account_said(item)
        if who is not None:
            yield who, Origin.EVIDENCE
    if alert.related_user is not None:
        yield alert.related_user, Origin.ALERT
    for item in processes:
        if item.account is not None:
            yield item.account, Origin.PROCESS
    others = (item for item in alert.evidence if item.account is not None)
    for item in ranking.gravest(item for item in others if item.kind not in (user, process)):
        if item.account is not None:
            yield item.account, Origin.EVIDENCE
    if anchor is not None and anchor.account is not None:
        yield anchor.account, Origin.TELEMETRY
    for who, _ in seen:
        yield who, Origin.LOGGED_ON


def _same(one: Account, other: Account) -> bool:
    if one.sid and other.sid:
        return one.sid.lower() == other.sid.lower()
    if not one.name or not other.name or one.name.lower() != other.name.lower():
        return False
    return len({_domain(who) for who in (one, other)} - {""}) <= 1


def _domain(account: Account) -> str:
    """The domain's first label; that of Entra accounts on a device stands for any."""
    label = (account.domain or "").lower().partition(".")[0]
    return "" if label == "azuread" else label


def _fuller(one: Account, other: Account) -> Account:
    return Account(
        name=one.name or other.name,
        domain=one.domain if _domain(one) or not other.domain else other.domain,
        sid=one.sid or other.sid,
        object_id=one.object_id or other.object_id,
        upn=one.upn or other.upn,
    )
