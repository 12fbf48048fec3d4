"""What an alert itself says of its devices, files and users: it serves where a look-up has nothing.

Graph's deviceEvidence carries most of what /api/machines does, and fileDetails a file's signer
(https://learn.microsoft.com/en-us/graph/api/resources/security-deviceevidence and
.../security-filedetails, read 2026-11). Defender's own alerts carry neither.
"""

from dataclasses import fields, replace

from shared.core.alert import Account, Evidence, Notes, Reader, accounts_in, texts, word
from shared.core.lookups.entities import Device, File

_EMPTY = (None, "", (), "Unknown")
_DETAILS = ("fileDetails", "imageFile")


def device_said(item: Evidence) -> Device:
    """The device as its evidence describes it, as far as a row shows it; every field but the id may be
    missing."""
    reader = Reader(item.extra, Notes())
    return Device(
        id=item.device_id or "",
        name=item.device_name,
        os=texts.named(reader, "osPlatform"),
        os_version=texts.named(reader, "version"),
        os_build=texts.named(reader, "osBuild"),
        group=texts.line(reader, "rbacGroupName"),
        tags=reader.strings("tags"),
        risk_score=word(reader, "risk", "riskScore"),
        health=word(reader, "health", "healthStatus"),
        last_ip=texts.address(reader, "lastIpAddress"),
        last_external_ip=texts.address(reader, "lastExternalIpAddress"),
    )


def users_said(item: Evidence) -> tuple[Account, ...]:
    """Who was logged on to the device, as its evidence says."""
    listed = item.extra.get("loggedOnUsers")
    return accounts_in(Reader({"users": listed}, Notes()), "users") if listed else ()


def file_said(item: Evidence) -> File | None:
    """The file, or the process's image, as its evidence describes it: who signed it, and its size; None where
    it says no more than name and hashes."""
    children = (Reader(item.extra, Notes()).child(name) for name in _DETAILS)
    reader = next((child for child in children if child is not None), None)
    if reader is None:
        return None
    return File(
        key="",
        sha1=item.sha1,
        sha256=item.sha256,
        md5=item.md5,
        size=reader.integer("fileSize"),
        signer=texts.named(reader, "signer"),
        issuer=texts.named(reader, "issuer"),
        publisher=texts.named(reader, "filePublisher"),
    )


def account_said(item: Evidence) -> Account | None:
    """Whom the item names: by the account, or by the display name where that is all there is."""
    if item.account is not None:
        return item.account
    inner = Reader(item.extra, Notes()).child("userAccount") if item.extra else None
    shown = texts.named(inner, "displayName") if inner is not None else None
    return Account(name=shown) if shown else None


def filled_up[T: (Device, File)](known: T | None, said: T) -> T:
    """What was looked up, which is the newer, with what the alert says where that has nothing."""
    if known is None:
        return said
    gaps = [each.name for each in fields(known) if getattr(known, each.name) in _EMPTY]
    more = {name: value for name in gaps if (value := getattr(said, name)) not in _EMPTY}
    return replace(known, **more) if more else known


def origin_of(known: Device | File | None, said: Device | File | None) -> str:
    """Where the facts of `filled_up` come from: look-up, alert, both or "" where there are none.

    Names and hashes do not count: by them the thing was found.
    """
    found, told = _told(known), _told(said)
    used = bool(told - found)
    return (_BOTH if used else "look-up") if found else "alert" if used else ""


def _told(facts: Device | File | None) -> set[str]:
    if facts is None:
        return set()
    return {name for name in _FACTS[type(facts)] if getattr(facts, name) not in _EMPTY}


_BOTH = "look-up and alert"


_FOUND_BY = frozenset(("id", "key", "name", "sha1", "sha256", "md5"))
_FACTS = {
    kind: tuple(each.name for each in fields(kind) if each.name not in _FOUND_BY) for kind in (Device, File)
}
