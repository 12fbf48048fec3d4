"""Evidence and device of Graph's alerts_v2.

https://learn.microsoft.com/en-us/graph/api/resources/security-alertevidence and the types derived from it
(read 2026-11). The kinds that hunting can use are read; every other kind is kept whole, its account and
device read too.
"""

from collections.abc import Callable
from dataclasses import replace

from shared.core.alert import evidence_parts as parts
from shared.core.alert.cleaning import address_in, trimmed
from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Account, Evidence
from shared.core.alert.ranking import device_rank, gravest
from shared.core.alert.reading import Reader
from shared.core.alert.texts import address, line, named

_PREFIX = "#microsoft.graph.security."
_ALGORITHMS = (("sha256", parts.SHA256), ("sha2256", parts.SHA256), ("sha1", parts.SHA1), ("md5", parts.MD5))
_NO_ALGORITHM = frozenset(("", "unknown", "unknownfuturevalue", "none", "null", "na"))


def evidence(alert: Reader) -> tuple[tuple[Evidence, ...], parts.AlertDevice, tuple[int, ...]]:
    """The evidence items in the API's order, the device, and the item of the JSON that each piece is of.

    One item of the API can be several here: a connection has two addresses.
    """
    found: list[Evidence] = []
    devices: list[tuple[Evidence, parts.AlertDevice]] = []
    places: list[int] = []
    for reader in alert.objects("evidence", apart=True, alone=True):
        items, device = _items(reader)
        found += items
        places += [reader.place] * len(items)
        devices += [(items[0], device)] if device else []
    return tuple(found), _primary(devices, found), tuple(places)


def _primary(devices: list[tuple[Evidence, parts.AlertDevice]], found: list[Evidence]) -> parts.AlertDevice:
    """The device that the roles call so, else that of the gravest process, else the first; always one with
    Defender's id where there is any, and the first id on any item where no device has one."""
    processes = gravest(item for item in found if item.kind is EvidenceKind.PROCESS and item.device_id)
    here = processes[0].device_id if processes else None
    able = [pair for pair in devices if pair[1].id]
    if able:
        return min(able, key=lambda pair: (device_rank(pair[0]), pair[1].id != here))[1]
    said = sorted(devices, key=lambda pair: (device_rank(pair[0]), not pair[1].name))
    return replace(
        said[0][1] if said else parts.AlertDevice(),
        id=here or next((item.device_id for item in found if item.device_id), None),
    )


def _items(reader: Reader) -> tuple[list[Evidence], parts.AlertDevice | None]:
    kind_text = _type_of(reader)
    read = _READERS.get(kind_text)
    whole = reader.rest() if read is None and kind_text != "deviceEvidence" else {}
    reader.text("@odata.type")
    base = Evidence(
        kind=EvidenceKind.OTHER,
        kind_text=kind_text,
        created=reader.instant("createdDateTime"),
        verdict=parts.word(reader, "verdict", "verdict"),
        remediation_status=parts.word(reader, "remediation_status", "remediationStatus"),
        roles=reader.strings("roles"),
        device_id=parts.device_id(reader, "mdeDeviceId"),
        detection_status=parts.word(reader, "detection_status", "detectionStatus"),
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


def _type_of(reader: Reader) -> str:
    """The item's type without what all types share, in our spelling where we read it; told by what only one
    type has where the item does not say its own, as with `odata.metadata=none`."""
    said = trimmed(reader.peek("@odata.type"))
    if said:
        return _TYPES.get(said[-_LONGEST_TYPE:].rpartition(".")[2].lower(), said.removeprefix(_PREFIX))
    return next((kind for field, kind in _TOLD_BY if reader.has(field)), "")


def _device(reader: Reader, base: Evidence) -> parts.AlertDevice:
    """The device as the alert's own; what is said of each device also stays among what was not read."""
    kept = [(name, reader.take(name)) for name in ("rbacGroupName", "loggedOnUsers")]
    for name, value in kept:
        reader.keep(name, value)
    found = parts.AlertDevice(
        id=base.device_id,
        name=named(reader, "deviceDnsName") or named(reader, "hostName"),
        group=line(reader, "rbacGroupName"),
        logged_on_users=parts.accounts_in(reader, "loggedOnUsers", apart=True),
    )
    for name, value in kept:
        reader.keep(name, value)
    return found


def _process(reader: Reader, base: Evidence) -> list[Evidence]:
    file, parent = parts.file_in(reader, "imageFile"), parts.file_in(reader, "parentProcessImageFile")
    found = replace(
        base,
        kind=EvidenceKind.PROCESS,
        **file,
        process_id=reader.integer("processId"),
        command_line=reader.text("processCommandLine"),
        process_created=reader.instant("processCreationDateTime"),
        parent_process_id=reader.integer("parentProcessId"),
        parent_process_created=reader.instant("parentProcessCreationDateTime"),
        parent_file_name=parent.get("file_name"),
        parent_folder_path=parent.get("folder_path"),
        account=parts.account_in(reader, "userAccount"),
    )
    return [found]


def _file(reader: Reader, base: Evidence) -> list[Evidence]:
    found = replace(base, kind=EvidenceKind.FILE, **parts.file_in(reader, "fileDetails"))
    return [found]


def _file_hash(reader: Reader, base: Evidence) -> list[Evidence]:
    """A hash alone, whatever its algorithm is called; one that we cannot look up stays in `extra`."""
    found = replace(base, kind=EvidenceKind.FILE)
    length = _length_of(reader.peek("algorithm"), trimmed(reader.peek("value")))
    match length:
        case 40:
            found = replace(found, sha1=reader.digest("value", parts.SHA1))
        case 64:
            found = replace(found, sha256=reader.digest("value", parts.SHA256))
        case 32:
            found = replace(found, md5=reader.digest("value", parts.MD5))
    if not reader.peek("algorithm"):
        reader.text("algorithm")  # names it, where it is there and no text
    return [found]


def _length_of(algorithm: str, value: str) -> int:
    """Digits of the hash that is meant: by the algorithm's name in any spelling, else as many as came."""
    said = "".join(char for char in algorithm[:40].lower() if char.isalnum())
    if said in _NO_ALGORITHM:
        return len(value)
    return next((length for spelled, length in _ALGORITHMS if spelled in said), 0)


def _user(reader: Reader, base: Evidence) -> list[Evidence]:
    return [replace(base, kind=EvidenceKind.USER, account=parts.account_in(reader, "userAccount"))]


def _address(reader: Reader, base: Evidence) -> list[Evidence]:
    return [replace(base, kind=EvidenceKind.IP, ip_address=address(reader, "ipAddress"))]


def _url(reader: Reader, base: Evidence) -> list[Evidence]:
    return [replace(base, kind=EvidenceKind.URL, url=named(reader, "url"))]


def _registry(reader: Reader, base: Evidence) -> list[Evidence]:
    return [parts.with_registry(replace(base, kind=EvidenceKind.REGISTRY), reader)]


def _dns(reader: Reader, base: Evidence) -> list[Evidence]:
    """The name, as a URL of a host alone, and the addresses it stood for."""
    name = replace(base, kind=EvidenceKind.URL, url=named(reader, "domainName"))
    return [name, *_end(reader, "hostIpAddress", base), *_list_of_ends(reader, "ipAddresses", base)]


def _connection(reader: Reader, base: Evidence) -> list[Evidence]:
    """The far end first; an end without an address is left out, but for the item itself."""
    ends = [*_end(reader, "destinationAddress", base), *_end(reader, "sourceAddress", base)]
    return ends or [replace(base, kind=EvidenceKind.IP)]


def _end(reader: Reader, name: str, base: Evidence) -> list[Evidence]:
    """The address under `name`, an object of its own or a text; none where it holds no address."""
    if reader.peek(name):
        found = replace(base, kind=EvidenceKind.IP, ip_address=address(reader, name))
    else:
        inner = reader.child(name)
        found = base if inner is None else _address(inner, base)[0]
    return [found] if found.ip_address else []


def _list_of_ends(reader: Reader, name: str, base: Evidence) -> list[Evidence]:
    values = reader.take(name)
    if isinstance(values, str) and (alone := address_in(trimmed(values))):
        reader.keep(name, values)
        return [replace(base, kind=EvidenceKind.IP, ip_address=alone)]
    texts = [text for text in values if isinstance(text, str)] if isinstance(values, list) else []
    if texts and len(texts) == len(values if isinstance(values, list) else ()):
        known = [address_in(trimmed(text)) for text in texts]
        if None in known:
            reader.keep(name, values)
        for at, text in enumerate(texts):
            if text and known[at] is None:
                reader.note(f"{name}[{at}]")
        return [replace(base, kind=EvidenceKind.IP, ip_address=ip) for ip in known if ip]
    reader.keep(name, values)
    found = [_address(inner, base)[0] for inner in reader.objects(name)]
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
        device_id=parts.device_id(reader, "mdeDeviceId") or base.device_id,
        detection_status=parts.word(reader, "detection_status", "detectionStatus") or base.detection_status,
        remediation_status=_kept_word(reader, "remediation_status", "remediationStatus")
        or base.remediation_status,
        verdict=_kept_word(reader, "verdict", "verdict") or base.verdict,
    )


def _kept_word(reader: Reader, kind: str, name: str) -> str | None:
    """A word that also stays among what was not read: versions have been told apart by that so far."""
    value = reader.take(name)
    reader.keep(name, value)
    found = parts.word(reader, kind, name)
    reader.keep(name, value)
    return found


def _other(reader: Reader, base: Evidence) -> list[Evidence]:
    """A kind we do not read: its account, wherever that stands, and its device's id."""
    host = reader.child("host")
    found = replace(
        base, account=parts.account_in(reader, "userAccount") or _nested(reader) or parts.account(reader)
    )
    return [
        replace(found, device_id=base.device_id or (parts.device_id(host, "mdeDeviceId") if host else None))
    ]


def _nested(reader: Reader) -> Account | None:
    """The account of a logon session, which wraps a userEvidence."""
    inner = reader.child("account")
    return None if inner is None else parts.account_in(inner, "userAccount")


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
_TYPES = {name.lower(): name for name in (*_READERS, "deviceEvidence")}
_LONGEST_TYPE = 200
# What only items of one type have; the first that the item has tells.
_TOLD_BY = (
    ("processCommandLine", "processEvidence"),
    ("imageFile", "processEvidence"),
    ("fileDetails", "fileEvidence"),
    ("registryValueName", "registryValueEvidence"),
    ("registryKey", "registryKeyEvidence"),
    ("destinationAddress", "networkConnectionEvidence"),
    ("deviceDnsName", "deviceEvidence"),
    ("algorithm", "fileHashEvidence"),
)
