"""Evidence and device of Graph's alerts_v2.

https://learn.microsoft.com/en-us/graph/api/resources/security-alertevidence and the types derived from it
(read 2026-11). The kinds that hunting can use are read; every other kind is kept whole, its account and
device read too.
"""

from collections.abc import Callable
from dataclasses import replace

from shared.core.alert.evidence_parts import (
    MD5,
    SHA1,
    SHA256,
    AlertDevice,
    account,
    account_in,
    accounts_in,
    device_id,
    file_named,
    word,
)
from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Evidence
from shared.core.alert.reading import Reader

_PREFIX = "#microsoft.graph.security."


def evidence(alert: Reader) -> tuple[tuple[Evidence, ...], AlertDevice, tuple[int, ...]]:
    """The evidence items in the API's order, the device, and the item of the JSON that each piece is of.

    The device is the first deviceEvidence that has Defender's id, else the first id on any item. One item
    of the API can be several here: a connection has two addresses.
    """
    found: list[Evidence] = []
    devices: list[AlertDevice] = []
    places: list[int] = []
    for reader in alert.objects("evidence", apart=True, alone=True):
        items, device = _items(reader)
        found += items
        places += [reader.place] * len(items)
        devices += [device] if device else []
    named = next((device for device in devices if device.id), None)
    if named is None:
        first = devices[0] if devices else AlertDevice()
        named = replace(first, id=next((item.device_id for item in found if item.device_id), None))
    return tuple(found), named, tuple(places)


def _items(reader: Reader) -> tuple[list[Evidence], AlertDevice | None]:
    kind_text = reader.peek("@odata.type").removeprefix(_PREFIX)
    read = _READERS.get(kind_text)
    whole = reader.rest() if read is None and kind_text != "deviceEvidence" else {}
    reader.text("@odata.type")
    base = Evidence(
        kind=EvidenceKind.OTHER,
        kind_text=kind_text,
        created=reader.instant("createdDateTime"),
        verdict=word(reader, "verdict", "verdict"),
        remediation_status=word(reader, "remediation_status", "remediationStatus"),
        roles=reader.strings("roles"),
        device_id=device_id(reader, "mdeDeviceId"),
        detection_status=word(reader, "detection_status", "detectionStatus"),
    )
    device = None
    if kind_text == "deviceEvidence":
        device = _device(reader, base)
        items = [replace(base, kind=EvidenceKind.DEVICE, device_name=device.name)]
    else:
        items = (read or _other)(reader, base)
    extra = whole or reader.rest()
    if extra:
        items[0] = replace(items[0], extra=extra)
    return items, device


def _device(reader: Reader, base: Evidence) -> AlertDevice:
    return AlertDevice(
        id=base.device_id,
        name=reader.text("deviceDnsName") or reader.text("hostName"),
        group=reader.text("rbacGroupName"),
        logged_on_users=accounts_in(reader, "loggedOnUsers"),
    )


def _process(reader: Reader, base: Evidence) -> list[Evidence]:
    image, parent = reader.child("imageFile"), reader.child("parentProcessImageFile")
    found = replace(
        base,
        kind=EvidenceKind.PROCESS,
        process_id=reader.integer("processId"),
        command_line=reader.text("processCommandLine"),
        process_created=reader.instant("processCreationDateTime"),
        parent_process_id=reader.integer("parentProcessId"),
        parent_process_created=reader.instant("parentProcessCreationDateTime"),
        account=account_in(reader, "userAccount"),
    )
    if parent is not None:
        named = file_named(parent)
        found = replace(found, parent_file_name=named.name, parent_folder_path=named.folder)
    return [_with_file(found, image)]


def _file(reader: Reader, base: Evidence) -> list[Evidence]:
    return [_with_file(replace(base, kind=EvidenceKind.FILE), reader.child("fileDetails"))]


def _with_file(found: Evidence, details: Reader | None) -> Evidence:
    if details is None:
        return found
    named = file_named(details)
    return replace(
        found,
        sha1=named.sha1,
        sha256=named.sha256,
        md5=named.md5,
        file_name=named.name,
        folder_path=named.folder,
    )


def _file_hash(reader: Reader, base: Evidence) -> list[Evidence]:
    """A hash alone; one of an algorithm that we cannot look up stays in `extra`."""
    found = replace(base, kind=EvidenceKind.FILE)
    match reader.peek("algorithm").lower():
        case "sha1":
            found = replace(found, sha1=reader.digest("value", SHA1))
        case "sha256":
            found = replace(found, sha256=reader.digest("value", SHA256))
        case "md5":
            found = replace(found, md5=reader.digest("value", MD5))
        case "":
            reader.text("algorithm")  # names it, where it is there and no text
    return [found]


def _user(reader: Reader, base: Evidence) -> list[Evidence]:
    return [replace(base, kind=EvidenceKind.USER, account=account_in(reader, "userAccount"))]


def _address(reader: Reader, base: Evidence) -> list[Evidence]:
    return [replace(base, kind=EvidenceKind.IP, ip_address=reader.text("ipAddress"))]


def _url(reader: Reader, base: Evidence) -> list[Evidence]:
    return [replace(base, kind=EvidenceKind.URL, url=reader.text("url"))]


def _registry(reader: Reader, base: Evidence) -> list[Evidence]:
    found = replace(
        base,
        kind=EvidenceKind.REGISTRY,
        registry_hive=reader.text("registryHive"),
        registry_key=reader.text("registryKey"),
        registry_value_name=reader.text("registryValueName"),
        registry_value_type=reader.text("registryValueType"),
        registry_value=reader.text("registryValue"),
    )
    return [found]


def _dns(reader: Reader, base: Evidence) -> list[Evidence]:
    """The name, as a URL of a host alone, and the addresses it stood for."""
    inner = [reader.child("hostIpAddress"), *reader.objects("ipAddresses")]
    return [replace(base, kind=EvidenceKind.URL, url=reader.text("domainName")), *_addresses(base, inner)]


def _connection(reader: Reader, base: Evidence) -> list[Evidence]:
    """The far end first; an end without an address is left out, but for the item itself."""
    ends = _addresses(base, [reader.child("destinationAddress"), reader.child("sourceAddress")])
    return ends or [replace(base, kind=EvidenceKind.IP)]


def _addresses(base: Evidence, inner: list[Reader | None]) -> list[Evidence]:
    found = (_address(item, base)[0] for item in inner if item is not None)
    return [item for item in found if item.ip_address]


def _malware(reader: Reader, base: Evidence) -> list[Evidence]:
    """The malware itself, kept whole, with the files and processes it lists as evidence of their own."""
    items = [base]
    for inner in reader.objects("files"):
        items += _file(inner, _own_base(inner, base))
    for inner in reader.objects("processes"):
        items += _process(inner, _own_base(inner, base))
    return items


def _own_base(reader: Reader, base: Evidence) -> Evidence:
    return replace(
        base,
        device_id=device_id(reader, "mdeDeviceId") or base.device_id,
        detection_status=word(reader, "detection_status", "detectionStatus") or base.detection_status,
    )


def _other(reader: Reader, base: Evidence) -> list[Evidence]:
    """A kind we do not read: its account, wherever that stands, and its device's id."""
    host = reader.child("host")
    found = replace(base, account=account_in(reader, "userAccount") or _nested(reader) or account(reader))
    return [replace(found, device_id=base.device_id or (device_id(host, "mdeDeviceId") if host else None))]


def _nested(reader: Reader) -> Account | None:
    """The account of a logon session, which wraps a userEvidence."""
    inner = reader.child("account")
    return None if inner is None else account_in(inner, "userAccount")


_READERS: dict[str, Callable[[Reader, Evidence], list[Evidence]]] = {
    "processEvidence": _process,
    "fileEvidence": _file,
    "fileHashEvidence": _file_hash,
    "userEvidence": _user,
    "ipEvidence": _address,
    "urlEvidence": _url,
    "registryKeyEvidence": _registry,
    "registryValueEvidence": _registry,
    "dnsEvidence": _dns,
    "networkConnectionEvidence": _connection,
    "malwareEvidence": _malware,
}
