"""Sigma's field names of each hunting table, and the columns of Defender's that they are read from.

A field that is not listed is a column of the same name, read as it stands. Names follow Sysmon, as Sigma's
do (https://github.com/SigmaHQ/sigma-specification, read 2026-11-29); columns:
https://learn.microsoft.com/defender-xdr/advanced-hunting-schema-tables (read 2026-11-29).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.core.detections import registry
from shared.core.detections.value import Value
from shared.core.detections.view import Field, View

_ACTOR = "InitiatingProcess"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field comes from: the columns it needs, and how it is read from them."""

    columns: tuple[str, ...]
    read: Field


def _plain(column: str) -> Source:
    return Source((column,), lambda view: view.plain(view.text(column)))


def _command(column: str) -> Source:
    return Source((column,), lambda view: view.command(view.text(column)))


def _program(prefix: str, original: str = "") -> Source:
    folder, name = f"{prefix}FolderPath", f"{prefix}FileName"

    def read(view: View) -> Value | None:
        told = _own_name(view, original) if original else ""
        return view.program(view.text(folder), view.text(name), told)

    return Source((folder, name, original) if original else (folder, name), read)


def _named(column: str) -> Source:
    """A program of which only the file name is told."""
    return Source((column,), lambda view: view.program("", view.text(column)))


def _user(prefix: str) -> Source:
    domain, name = f"{prefix}AccountDomain", f"{prefix}AccountName"

    def read(view: View) -> Value | None:
        account, of = view.text(name), view.text(domain)
        if not account:
            return None
        key = ("user", of, account)
        kept = view.values.kept(key)
        told = (f"{of}\\{account}", account) if of else (account,)
        return kept or view.values.keep(key, Value(told, partial=not of))

    return Source((domain, name), read)


def _original(column: str) -> Source:
    return Source((column,), lambda view: view.plain(_own_name(view, column)))


def _own_name(view: View, column: str) -> str:
    """The name that a program's file tells of itself. A name in a language file ends in `.mui`; `?` and `-`
    are what tools write where there is none."""
    told = view.text(column)
    return "" if told in ("?", "-") else told[:-4] if told[-4:].lower() == ".mui" else told


def _hashes(prefix: str) -> Source:
    columns = tuple(f"{prefix}{kind}" for kind in ("SHA1", "MD5", "SHA256"))

    def read(view: View) -> Value | None:
        known = [(column.removeprefix(prefix), view.text(column)) for column in columns]
        told = ",".join(f"{kind}={digest}" for kind, digest in known if digest)
        return Value((told,), partial=told.count("=") < len(columns)) if told else None

    return Source(columns, read)


def _more(*keys: str, kind: str = "plain") -> Source:
    """A field of AdditionalFields, by the first of these names that is there."""

    def read(view: View) -> Value | None:
        told = view.more(*keys)
        return view.command(told) if kind == "command" else view.plain(told)

    return Source(("AdditionalFields",), read)


def _host(view: View) -> Value | None:
    """The name of the other end, and of a URL its host too. An inbound row's other end is the source."""
    told = "" if view.action in INBOUND else view.text("RemoteUrl")
    if "/" not in told:
        return view.plain(told)
    host = told.partition("://")[2] or told
    return Value((told, host.partition("/")[0].partition(":")[0]))


def _by_action(words: Mapping[str, str]) -> Source:
    return Source((), lambda view: view.plain(words.get(view.action, "")))


def _actor() -> dict[str, Source]:
    """Fields of the process that did what the row tells."""
    return {
        "Image": _program(_ACTOR, f"{_ACTOR}VersionInfoOriginalFileName"),
        "CommandLine": _command(f"{_ACTOR}CommandLine"),
        "OriginalFileName": _original(f"{_ACTOR}VersionInfoOriginalFileName"),
        "Company": _plain(f"{_ACTOR}VersionInfoCompanyName"),
        "Product": _plain(f"{_ACTOR}VersionInfoProductName"),
        "Description": _plain(f"{_ACTOR}VersionInfoFileDescription"),
        "ParentImage": _named(f"{_ACTOR}ParentFileName"),
        "User": _user(_ACTOR),
        "IntegrityLevel": _plain(f"{_ACTOR}IntegrityLevel"),
        "ProcessId": _plain(f"{_ACTOR}Id"),
    }


def _file_hashes() -> dict[str, Source]:
    return {
        "Hashes": _hashes(""),
        "md5": _plain("MD5"),
        "sha1": _plain("SHA1"),
        "sha256": _plain("SHA256"),
    }


_PROCESS = {
    "Image": _program("", "ProcessVersionInfoOriginalFileName"),
    "CommandLine": _command("ProcessCommandLine"),
    "OriginalFileName": _original("ProcessVersionInfoOriginalFileName"),
    "Company": _plain("ProcessVersionInfoCompanyName"),
    "Product": _plain("ProcessVersionInfoProductName"),
    "Description": _plain("ProcessVersionInfoFileDescription"),
    "FileVersion": _plain("ProcessVersionInfoProductVersion"),
    "User": _user(""),
    "IntegrityLevel": _plain("ProcessIntegrityLevel"),
    "ParentImage": _program(_ACTOR, f"{_ACTOR}VersionInfoOriginalFileName"),
    "ParentCommandLine": _command(f"{_ACTOR}CommandLine"),
    "ParentOriginalFileName": _original(f"{_ACTOR}VersionInfoOriginalFileName"),
    "ParentCompany": _plain(f"{_ACTOR}VersionInfoCompanyName"),
    "ParentProduct": _plain(f"{_ACTOR}VersionInfoProductName"),
    "ParentDescription": _plain(f"{_ACTOR}VersionInfoFileDescription"),
    "ParentUser": _user(_ACTOR),
    "ParentIntegrityLevel": _plain(f"{_ACTOR}IntegrityLevel"),
    "GrandParentImage": _named(f"{_ACTOR}ParentFileName"),
    "ParentProcessId": _plain(f"{_ACTOR}Id"),
    **_file_hashes(),
}

_FILE = {
    **_actor(),
    **_file_hashes(),
    "TargetFilename": _program(""),
    "SourceFilename": _program("Previous"),
}

OUTBOUND = ("ConnectionSuccess", "ConnectionFailed", "ConnectionAttempt", "ConnectionRequest",
             "ConnectionAcknowledged", "HttpConnectionInspected", "SslConnectionInspected",
             "SshConnectionInspected", "FtpConnectionInspected", "SmtpConnectionInspected",
             "NetworkSignatureInspected", "IcmpConnectionInspected", "DnsConnectionInspected")  # fmt: skip
INBOUND = ("InboundConnectionAccepted", "InboundConnectionAttempt", "InboundInternetScanInspected")


def _end(outbound: str, inbound: str) -> Source:
    """Sysmon's source is who opened the connection, so that an inbound row's ends are the other way round."""
    return Source(
        (outbound, inbound), lambda v: v.plain(v.text(inbound if v.action in INBOUND else outbound))
    )


_NETWORK = {
    **_actor(),
    "Initiated": _by_action(dict.fromkeys(OUTBOUND, "true") | dict.fromkeys(INBOUND, "false")),
    "DestinationIp": _end("RemoteIP", "LocalIP"),
    "DestinationPort": _end("RemotePort", "LocalPort"),
    "SourceIp": _end("LocalIP", "RemoteIP"),
    "SourcePort": _end("LocalPort", "RemotePort"),
    "DestinationHostname": Source(("RemoteUrl",), _host),
    "Protocol": _plain("Protocol"),
    "QueryName": _more("query", "DnsQueryString"),
    "dst_ip": _end("RemoteIP", "LocalIP"),
    "dst_port": _end("RemotePort", "LocalPort"),
}

_EVENT_TYPES = {
    "RegistryValueSet": "SetValue",
    "RegistryKeyCreated": "CreateKey",
    "RegistryKeyDeleted": "DeleteKey",
    "RegistryValueDeleted": "DeleteValue",
    "RegistryKeyRenamed": "RenameKey",
    "RegistryValueRenamed": "RenameValue",
}


def _target_object(view: View) -> Value | None:
    deleted = view.action in ("RegistryKeyDeleted", "RegistryValueDeleted")
    key, name = view.text("RegistryKey"), view.text("RegistryValueName")
    if deleted and not key:  # what is gone is told as it was before
        key, name = view.text("PreviousRegistryKey"), view.text("PreviousRegistryValueName")
    known = ("object", key, name, view.action)
    kept = view.values.kept(known)
    if kept is not None or not key:
        return kept
    return view.values.keep(known, Value(registry.objects(key, name, view.action)))


def _details(view: View) -> Value | None:
    told, kind = view.text("RegistryValueData"), view.text("RegistryValueType")
    known = ("details", told, kind)
    kept = view.values.kept(known)
    if kept is not None or not told:
        return kept
    rendered = registry.details(told, kind)
    text = view.command(told)
    readings = rendered if len(rendered) > 1 or text is None else text.raw
    return view.values.keep(known, Value(tuple(readings)))


_REGISTRY = {
    **_actor(),
    "EventType": _by_action(_EVENT_TYPES),
    "TargetObject": Source(
        ("RegistryKey", "RegistryValueName", "PreviousRegistryKey", "PreviousRegistryValueName"),
        _target_object,
    ),
    "Details": Source(("RegistryValueData", "RegistryValueType"), _details),
}

_IMAGE_LOAD = {**_actor(), **_file_hashes(), "ImageLoaded": _program("")}

# LogonType of Windows by number (https://learn.microsoft.com/windows-server/identity/securing-privileged-access/
# reference-tools-logon-types, read 2026-11-29); Defender tells the word.
_LOGON_NUMBERS = {
    "interactive": "2",
    "network": "3",
    "batch": "4",
    "service": "5",
    "unlock": "7",
    "networkcleartext": "8",
    "newcredentials": "9",
    "remoteinteractive": "10",
    "remote interactive (rdp)": "10",
    "cachedinteractive": "11",
}


def _logon_type(view: View) -> Value | None:
    word = view.text("LogonType")
    number = _LOGON_NUMBERS.get(word.lower())
    return Value((word, number)) if number else view.plain(word)


_LOGON = {
    **_actor(),
    "LogonType": Source(("LogonType",), _logon_type),
    "IpAddress": _plain("RemoteIP"),
    "IpPort": _plain("RemotePort"),
    "WorkstationName": _plain("RemoteDeviceName"),
    "TargetUserName": _plain("AccountName"),
    "TargetDomainName": _plain("AccountDomain"),
    "TargetUserSid": _plain("AccountSid"),
    "TargetLogonId": _plain("LogonId"),
    "AuthenticationPackageName": _plain("Protocol"),
    "User": _user(""),
}


def _granted(view: View) -> Value | None:
    """The access mask as Sysmon writes it. A read of memory tells that reading was granted."""
    told = view.more("DesiredAccess", "GrantedAccess")
    if not told:
        return view.plain("0x10" if view.action == "ReadProcessMemoryApiCall" else "")
    try:
        return view.plain(hex(int(told, 16 if told[:2].lower() == "0x" else 10) & 0xFFFFFFFF))
    except ValueError:
        return None


def _pipe(view: View) -> Value | None:
    told = view.more("PipeName")
    cut = told.lower().find("\\namedpipe\\")
    return view.plain(told[cut + 10 :] if cut >= 0 else told)


def _service_file(view: View) -> Value | None:
    told = view.more("ServiceFileName", "ImagePath", "ServicePath") or view.text("ProcessCommandLine")
    if told:
        return view.command(told)
    return view.program(view.text("FolderPath"), view.text("FileName"))


_SERVICE_FILE = Source(("AdditionalFields", "ProcessCommandLine", "FolderPath", "FileName"), _service_file)

_EVENTS = {
    **_actor(),
    **_file_hashes(),
    "SourceImage": _program(_ACTOR, f"{_ACTOR}VersionInfoOriginalFileName"),
    "SourceCommandLine": _command(f"{_ACTOR}CommandLine"),
    "SourceUser": _user(_ACTOR),
    "TargetImage": _program(""),
    "TargetCommandLine": _command("ProcessCommandLine"),
    "TargetUser": _user(""),
    "TargetFilename": _program(""),
    "TargetObject": Source(("RegistryKey", "RegistryValueName"), _target_object),
    "Details": Source(("RegistryValueData",), _details),
    "GrantedAccess": Source(("AdditionalFields",), _granted),
    "ImageLoaded": _program(""),
    "PipeName": Source(("AdditionalFields",), _pipe),
    "QueryName": _more("DnsQueryString", "query"),
    "QueryResults": _more("DnsQueryResult", "DnsQueryResults"),
    "record_type": _more("DnsQueryType"),
    "ServiceName": _more("ServiceName"),
    "ImagePath": _SERVICE_FILE,
    "ServiceFileName": _SERVICE_FILE,
    "StartType": _more("ServiceStartType"),
    "ServiceType": _more("ServiceType"),
    "AccountName": Source(
        ("AdditionalFields", "AccountName"),
        lambda view: view.plain(view.more("ServiceAccount") or view.text("AccountName")),
    ),
    "TaskName": _more("TaskName"),
    "TaskContent": _more("TaskContent", "TaskContentNew", kind="command"),
    "TaskContentNew": _more("TaskContentNew", "TaskContent", kind="command"),
    "ScriptBlockText": _more("Command", "ScriptContent", kind="command"),
    "Signature": _more("ThreatName"),
    "ThreatName": _more("ThreatName"),
    "Filename": _program(""),
    "Consumer": _more("CONSUMER", "Consumer", "ConsumerName", kind="command"),
    "Filter": _more("FILTER", "Filter", "FilterName", kind="command"),
    "Destination": _more("CONSUMER", "Consumer", "PossibleCause", kind="command"),
    "TargetUserName": _plain("AccountName"),
    "MoreFields": _command("AdditionalFields"),
}

_EVERYWHERE = {"ActionType": Source((), lambda view: view.plain(view.action))}

FIELDS: Mapping[str, Mapping[str, Source]] = {
    "DeviceProcessEvents": _EVERYWHERE | _PROCESS,
    "DeviceFileEvents": _EVERYWHERE | _FILE,
    "DeviceRegistryEvents": _EVERYWHERE | _REGISTRY,
    "DeviceNetworkEvents": _EVERYWHERE | _NETWORK,
    "DeviceImageLoadEvents": _EVERYWHERE | _IMAGE_LOAD,
    "DeviceLogonEvents": _EVERYWHERE | _LOGON,
    "DeviceEvents": _EVERYWHERE | _EVENTS,
}
"""What each table's rows tell by Sigma's names."""

READERS: Mapping[str, Mapping[str, Callable[[View], Value | None]]] = {
    table: {name: source.read for name, source in sources.items()} for table, sources in FIELDS.items()
}
