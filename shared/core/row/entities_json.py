"""The entities of an alert, each with what was looked up and a hunting link of its own."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from shared.core.alert import Alert, Evidence, EvidenceKind
from shared.core.hunting import kql
from shared.core.lookups import Lookup, Prevalence, said, url_host
from shared.core.row.facts import Facts
from shared.core.row.names import account_name, hashes_of, registry_path
from shared.core.row.text import LEFT_OUT, cut, dumps, without_empty
from shared.core.values import Instant, Portal

MOST = 100  # entities with fields
MOST_LINKS = 12  # a link takes up to 2,000 characters, and the column ends at 32,000
_MOST_IDS = 700
_LONGEST = 1_000
_MOST_USERS = 20
_FIRST, _LAST = Instant.parse("0001-01-02T00:00:00Z"), Instant.parse("9999-12-30T00:00:00Z")


def entities_of(alert: Alert, facts: Facts, portal: Portal) -> list[object]:
    """One object for each device and each piece of evidence, in the alert's order, without empty fields."""
    around = huntable(alert.first_event or alert.last_event or alert.created)
    entries: list[object] = []
    links: dict[str, str] = {}
    items = _items(alert)
    places = {id(item): place for item, place in zip(alert.evidence, alert.places, strict=False)}
    for item in items[:MOST]:
        fields = _item(item, facts)
        at = places.get(id(item), -1)
        fields["item"] = at if at >= 0 else None
        fields["hunt"] = _link(links, item, around, alert.device_id or "", portal)
        entries.append(without_empty(**fields))
    if len(items) > MOST:
        entries.append({LEFT_OUT: len(items) - MOST})
    return entries


def huntable(moment: Instant) -> Instant:
    """The moment, or the nearest around which a query's hours still lie within the years 1 to 9999."""
    return min(max(moment, _FIRST), _LAST)


def _items(alert: Alert) -> Sequence[Evidence]:
    if not alert.device_id:
        return alert.evidence
    device, named = EvidenceKind.DEVICE, alert.device_id
    mine = (item for item in alert.evidence if item.kind == device and item.device_id == named)
    own = next(mine, Evidence(device, device_id=named))
    if alert.device_name not in (None, own.device_name):
        own = replace(own, device_name=alert.device_name)
    return own, *(item for item in alert.evidence if item.kind != device or item.device_id != named)


def _subject(item: Evidence, device_id: str) -> tuple[str, str] | None:
    """(kind, value) to hunt for, as `kql.go_hunt` takes them; None where hunting has nothing to ask.

    A process goes by itself; device and user only where the item names no other thing.
    """
    named = _named(item)
    match item.kind:
        case EvidenceKind.PROCESS:
            if item.process_id is not None and device_id and item.process_created:
                return "process", str(item.process_id)
        case EvidenceKind.DEVICE:
            return named or (("device", item.device_id) if item.device_id else None)
        case EvidenceKind.USER:
            who = (item.account.sid or item.account.name) if item.account else None
            return named or (("user", who) if who else None)
        case EvidenceKind.FILE | EvidenceKind.IP | EvidenceKind.URL:
            pass
        case EvidenceKind.REGISTRY | EvidenceKind.OTHER:
            pass
        case _:
            assert_never(item.kind)
    return named


def _named(item: Evidence) -> tuple[str, str] | None:
    """The file, address or URL that the item names, whatever its kind."""
    if hashed := item.sha1 or item.sha256:
        return "file", hashed
    if item.ip_address:
        return "address", item.ip_address
    host = url_host(item.url)
    return ("url", host) if host else None


def _link(links: dict[str, str], item: Evidence, around: Instant, own_device: str, portal: Portal) -> str:
    """The link, made once for each thing to hunt; "" beyond the first dozen."""
    device_id = item.device_id or own_device
    subject = _subject(item, device_id)
    if subject is None:
        return ""
    created = huntable(item.process_created) if subject[0] == "process" and item.process_created else None
    key = f"{subject}{created.ticks if created else ''}"
    if key not in links:
        if len(links) == MOST_LINKS:
            return ""
        query = kql.go_hunt(*subject, around, device_id=device_id, created=created)
        links[key] = kql.portal_link(query, portal=portal).url
    return links[key]


def _device(item: Evidence, facts: Facts) -> dict[str, object]:
    known, origin = facts.device(item)
    users = [_short(account_name(who)) for who in said.users_said(item)[:_MOST_USERS]]
    shown: dict[str, object] = {"value": item.device_id, "name": _short(item.device_name), "users": users}
    if known is not None:
        shown |= {
            "name": _short(item.device_name or known.name),
            "os": _short(known.os),
            "osVersion": _short(known.os_version),
            "osBuild": _short(known.os_build),
            "risk": _short(known.risk_score),
            "health": _short(known.health),
            "ip": _short(known.last_ip),
            "externalIp": _short(known.last_external_ip),
            "group": _short(known.group),
            "tags": [_short(tag) for tag in known.tags[:10]],
            "from": origin,
        }
    return {"kind": "device", **shown, **_end(_look(facts.enrichment.devices, item.device_id))}


def _item(item: Evidence, facts: Facts) -> dict[str, object]:
    fields: dict[str, object] = {
        "kind": item.kind,
        "name": _short(item.file_name),
        "folder": _short(item.folder_path),
        "sha1": item.sha1,
        "sha256": item.sha256,
        "user": _short(account_name(said.account_said(item))),
        "detection": item.detection_status,
        "remediation": item.remediation_status,
        "verdict": item.verdict,
        "roles": list(item.roles[:10]),
    }
    match item.kind:
        case EvidenceKind.DEVICE:
            return fields | _device(item, facts)
        case EvidenceKind.PROCESS:
            fields |= {
                "value": item.process_id,
                "created": item.process_created.text() if item.process_created else None,
                "command": _short(item.command_line),
                "parent": _short(item.parent_file_name),
                "parentPid": item.parent_process_id,
            }
        case EvidenceKind.REGISTRY:
            fields |= {
                "value": _short(registry_path(item)),
                "valueName": _short(item.registry_value_name),
                "data": _short(item.registry_value),
            }
        case EvidenceKind.OTHER:
            extra = dumps(item.extra)
            fields |= {
                "type": _short(item.kind_text),
                "extra": (item.extra or None) if len(extra) <= _LONGEST else cut(extra, _LONGEST),
            }
        case EvidenceKind.FILE | EvidenceKind.USER | EvidenceKind.IP | EvidenceKind.URL:
            pass  # all they have stands above or comes from the look-up
        case _:
            assert_never(item.kind)
    return fields | _looked_up(item, facts)


def _looked_up(item: Evidence, facts: Facts) -> dict[str, object]:
    """How the item's look-up ended, and how widely the thing is known."""
    enrichment = facts.enrichment
    found = (_look(enrichment.files, hashed) for hashed in hashes_of(item)) if enrichment.files else ()
    looks = [look for look in found if look is not None]
    known, origin = facts.file(item)
    if looks or known is not None:
        seen = {
            "signer": _short(known.signer if known else None),
            "publisher": _short(known.publisher if known else None),
            "globalPrevalence": known.global_prevalence if known else None,
            "orgPrevalence": known.org_prevalence if known else None,
            "from": origin,
        }
        return {**_end(looks[0] if looks else None), **seen}
    if item.ip_address:
        return {"value": _short(item.ip_address), **_prevalence(enrichment.addresses, item.ip_address)}
    if item.url:
        return {"value": _short(item.url), **_prevalence(enrichment.domains, url_host(item.url))}
    return {}


def _prevalence(answers: Mapping[str, Lookup[Prevalence]], key: str | None) -> dict[str, object]:
    look = _look(answers, key)
    return {**_end(look), "orgPrevalence": look.value.org_prevalence if look and look.value else None}


def _look[T](answers: Mapping[str, Lookup[T]], key: str | None) -> Lookup[T] | None:
    return (answers.get(key) or answers.get(key.lower())) if key else None


def _end(look: Lookup[object] | None) -> dict[str, object]:
    return {"lookup": look.outcome.value, "detail": _short(look.detail)} if look is not None else {}


def _short(text: str | None) -> str:
    return cut(text, _LONGEST) if text else ""


def evidence_ids(alert: Alert) -> str:
    """A fingerprint of each thing the evidence names, sorted: what became of it is not part of it."""
    marks = {_fingerprint(item) for item in alert.evidence}
    return " ".join(sorted(marks)[:_MOST_IDS])


def _fingerprint(item: Evidence) -> str:
    who = item.account
    parts = (
        item.kind_text if item.kind is EvidenceKind.OTHER else item.kind,
        item.sha1 or item.sha256 or item.md5,
        item.file_name,
        item.folder_path,
        item.process_id,
        item.process_created.ticks if item.process_created else None,
        item.ip_address,
        item.url,
        _old_registry_path(item) if item.registry_key or item.registry_hive else "",
        item.registry_value_name,
        (who.sid or who.object_id or who.upn or who.name) if who else None,
        item.device_id,
        dumps(item.extra) if item.kind is EvidenceKind.OTHER else None,
    )
    text = "\n".join(["" if part is None else str(part) for part in parts]).lower()
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def _old_registry_path(item: Evidence) -> str:
    """Hive and key as the fingerprints of published rows have them: another would be told as new evidence."""
    hive, key = item.registry_hive or "", item.registry_key or ""
    return key if not hive or key.upper().startswith(hive.upper()) else f"{hive}\\{key}"
