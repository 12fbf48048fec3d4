"""All users, devices, addresses, file names and techniques of an alert: what people look for alerts by.

In lower case, each once, so that one comparison finds a value wherever the alert says it and however it is
spelt there. Values of evidence that nobody reads are among them, by the names of their fields.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence

from shared.core.alert import Account, Alert, Leaf, mappings
from shared.core.lookups import Device
from shared.core.row.subjects import Subjects, account_name, hashes_of
from shared.core.row.text import joined

_USER, _DEVICE, _FILE, _HASH = "AllUsers", "AllDevices", "AllFileNames", "FileHashes"
_BY_FIELD = {
    **dict.fromkeys(
        "accountName userName userPrincipalName upn userSid accountSid sid aadUserId azureAdUserId "
        "primaryAddress mailboxPrimaryAddress recipientEmailAddress recipient recipients submitter".split(),
        _USER,
    ),
    **dict.fromkeys(
        "machineId mdeDeviceId deviceId azureAdDeviceId aadDeviceId computerDnsName deviceDnsName hostName "
        "deviceName".split(),
        _DEVICE,
    ),
    **dict.fromkeys(("fileName", "parentProcessFileName"), _FILE),
    **dict.fromkeys(("sha1", "sha256", "sha256Ac", "md5"), _HASH),
}
_ADDRESS = re.compile(r"[0-9a-fA-F]{0,4}[.:][0-9a-fA-F.:]{2,40}")
_HEX = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}")


def all_values(alert: Alert, about: Subjects, logged_on: Iterable[str]) -> dict[str, object]:
    """Column -> its values with commas between; those that the alert is about come first."""
    found: dict[str, list[str]] = {_USER: [], _DEVICE: [], _FILE: [], _HASH: [], "AllAddresses": []}
    for kind, value in _of_fields(alert.leaves):
        found[kind].append(value)
    items, device = alert.evidence, about.device
    who = (about.user, alert.related_user, *(item.account for item in items), *alert.logged_on_users)
    users = [*_users(who), *logged_on]
    devices = [about.device_id, alert.device_name, device.name if device else None]
    devices += [text for item in items for text in (item.device_id, item.device_name)]
    files = [text for item in items for text in (item.file_name, item.parent_file_name)]
    hashes = [text for item in items for text in hashes_of(item)]
    addresses = [item.ip_address for item in items] + _addresses_of(device)
    return {
        _USER: _lower(users, found[_USER]),
        _DEVICE: _lower(devices, found[_DEVICE]),
        _FILE: _lower(files, found[_FILE]),
        _HASH: _lower(hashes, [text for text in found[_HASH] if _HEX.fullmatch(text.lower())]),
        "AllAddresses": _lower(addresses, found["AllAddresses"]),
        "AllTechniques": _lower(_techniques(alert.techniques), ()),
    }


def _of_fields(leaves: Sequence[Leaf]) -> Iterator[tuple[str, str]]:
    for _, name, value in leaves:
        if type(value) is not str:
            continue
        kind = _BY_FIELD.get(name)
        if kind is not None:
            yield kind, value
        elif len(value) < 46 and _ADDRESS.fullmatch(value) and "ersion" not in name and _is_address(value):
            yield "AllAddresses", value


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _addresses_of(device: Device | None) -> list[str | None]:
    return [device.last_ip, device.last_external_ip] if device else []


def _users(accounts: Iterable[Account | None]) -> Iterator[str | None]:
    """Each account by all that it is called."""
    for who in accounts:
        if who is not None:
            yield from (account_name(who), who.name, who.upn, who.sid, who.object_id)


def _techniques(texts: Iterable[str]) -> Iterator[str]:
    """Each technique, and the one that a sub-technique is of."""
    for text in texts:
        known = mappings.technique(text)
        yield (known.sub_id or known.id) if known else text
        if known and known.sub_id:
            yield known.id


def _lower(first: Iterable[str | None], more: Iterable[str]) -> str:
    return joined(text.strip().lower() for texts in (first, more) for text in texts if text)
