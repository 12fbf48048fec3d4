"""Sigma's field names of each hunting table, and the columns of Defender's that they are read from.

A field that is not listed is a column of the same name, read as it stands. Names follow Sysmon, as Sigma's
do (https://github.com/SigmaHQ/sigma-specification, read 2026-11-29); columns:
https://learn.microsoft.com/defender-xdr/advanced-hunting-schema-tables (read 2026-11-29).
"""

from collections.abc import Callable, Mapping

from shared.core.detections import registry, source
from shared.core.detections.source import Source
from shared.core.detections.value import Value
from shared.core.detections.view import View

_PROCESS = {
    "Image": source.program("", "ProcessVersionInfoOriginalFileName"),
    "CommandLine": source.command("ProcessCommandLine"),
    "OriginalFileName": source.original("ProcessVersionInfoOriginalFileName"),
    "Company": source.plain("ProcessVersionInfoCompanyName"),
    "Product": source.plain("ProcessVersionInfoProductName"),
    "Description": source.plain("ProcessVersionInfoFileDescription"),
    "FileVersion": source.plain("ProcessVersionInfoProductVersion"),
    "User": source.user(""),
    "IntegrityLevel": source.plain("ProcessIntegrityLevel"),
    "ParentImage": source.program(source.ACTOR, f"{source.ACTOR}VersionInfoOriginalFileName"),
    "ParentCommandLine": source.command(f"{source.ACTOR}CommandLine"),
    "ParentOriginalFileName": source.original(f"{source.ACTOR}VersionInfoOriginalFileName"),
    "ParentCompany": source.plain(f"{source.ACTOR}VersionInfoCompanyName"),
    "ParentProduct": source.plain(f"{source.ACTOR}VersionInfoProductName"),
    "ParentDescription": source.plain(f"{source.ACTOR}VersionInfoFileDescription"),
    "ParentUser": source.user(source.ACTOR),
    "ParentIntegrityLevel": source.plain(f"{source.ACTOR}IntegrityLevel"),
    "GrandParentImage": source.named(f"{source.ACTOR}ParentFileName"),
    "ParentProcessId": source.plain(f"{source.ACTOR}Id"),
    **source.file_hashes(),
}

_FILE = {
    **source.actor(),
    **source.file_hashes(),
    "TargetFilename": source.program(""),
    "SourceFilename": source.program("Previous"),
}

OUTBOUND = ("ConnectionSuccess", "ConnectionFailed", "ConnectionAttempt", "ConnectionRequest",
             "ConnectionAcknowledged", "HttpConnectionInspected", "SslConnectionInspected",
             "SshConnectionInspected", "FtpConnectionInspected", "SmtpConnectionInspected",
             "NetworkSignatureInspected", "IcmpConnectionInspected", "DnsConnectionInspected")  # fmt: skip
INBOUND = ("InboundConnectionAccepted", "InboundConnectionAttempt", "InboundInternetScanInspected")


def _host(view: View) -> Value | None:
    """The name of the other end, and of a URL its host too. An inbound row's other end is the source."""
    told = "" if view.action in INBOUND else view.text("RemoteUrl")
    if "/" not in told:
        return view.plain(told)
    host = told.partition("://")[2] or told
    return Value((told, host.partition("/")[0].partition(":")[0]))


def _end(outbound: str, inbound: str) -> Source:
    """Sysmon's source is who opened the connection, so that an inbound row's ends are the other way round."""
    return Source(
        (outbound, inbound), lambda v: v.plain(v.text(inbound if v.action in INBOUND else outbound))
    )


_NETWORK = {
    **source.actor(),
    "Initiated": source.by_action(dict.fromkeys(OUTBOUND, "true") | dict.fromkeys(INBOUND, "false")),
    "DestinationIp": _end("RemoteIP", "LocalIP"),
    "DestinationPort": _end("RemotePort", "LocalPort"),
    "SourceIp": _end("LocalIP", "RemoteIP"),
    "SourcePort": _end("LocalPort", "RemotePort"),
    "DestinationHostname": Source(("RemoteUrl",), _host),
    "Protocol": source.plain("Protocol"),
    "QueryName": source.more("query", "DnsQueryString"),
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
    **source.actor(),
    "EventType": source.by_action(_EVENT_TYPES),
    "TargetObject": Source(
        ("RegistryKey", "RegistryValueName", "PreviousRegistryKey", "PreviousRegistryValueName"),
        _target_object,
    ),
    "Details": Source(("RegistryValueData", "RegistryValueType"), _details),
}

_IMAGE_LOAD = {**source.actor(), **source.file_hashes(), "ImageLoaded": source.program("")}

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
    **source.actor(),
    "LogonType": Source(("LogonType",), _logon_type),
    "IpAddress": source.plain("RemoteIP"),
    "IpPort": source.plain("RemotePort"),
    "WorkstationName": source.plain("RemoteDeviceName"),
    "TargetUserName": source.plain("AccountName"),
    "TargetDomainName": source.plain("AccountDomain"),
    "TargetUserSid": source.plain("AccountSid"),
    "TargetLogonId": source.plain("LogonId"),
    "AuthenticationPackageName": source.plain("Protocol"),
    "User": source.user(""),
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
    **source.actor(),
    **source.file_hashes(),
    "SourceImage": source.program(source.ACTOR, f"{source.ACTOR}VersionInfoOriginalFileName"),
    "SourceCommandLine": source.command(f"{source.ACTOR}CommandLine"),
    "SourceUser": source.user(source.ACTOR),
    "TargetImage": source.program(""),
    "TargetCommandLine": source.command("ProcessCommandLine"),
    "TargetUser": source.user(""),
    "TargetFilename": source.program(""),
    "TargetObject": Source(("RegistryKey", "RegistryValueName"), _target_object),
    "Details": Source(("RegistryValueData",), _details),
    "GrantedAccess": Source(("AdditionalFields",), _granted),
    "ImageLoaded": source.program(""),
    "PipeName": Source(("AdditionalFields",), _pipe),
    "QueryName": source.more("DnsQueryString", "query"),
    "QueryResults": source.more("DnsQueryResult", "DnsQueryResults"),
    "record_type": source.more("DnsQueryType"),
    "ServiceName": source.more("ServiceName"),
    "ImagePath": _SERVICE_FILE,
    "ServiceFileName": _SERVICE_FILE,
    "StartType": source.more("ServiceStartType"),
    "ServiceType": source.more("ServiceType"),
    "AccountName": Source(
        ("AdditionalFields", "AccountName"),
        lambda view: view.plain(view.more("ServiceAccount") or view.text("AccountName")),
    ),
    "TaskName": source.more("TaskName"),
    "TaskContent": source.more("TaskContent", "TaskContentNew", kind="command"),
    "TaskContentNew": source.more("TaskContentNew", "TaskContent", kind="command"),
    "ScriptBlockText": source.more("Command", "ScriptContent", kind="command"),
    "Signature": source.more("ThreatName"),
    "ThreatName": source.more("ThreatName"),
    "Filename": source.program(""),
    "Consumer": source.more("CONSUMER", "Consumer", "ConsumerName", kind="command"),
    "Filter": source.more("FILTER", "Filter", "FilterName", kind="command"),
    "Destination": source.more("CONSUMER", "Consumer", "PossibleCause", kind="command"),
    "TargetUserName": source.plain("AccountName"),
    "MoreFields": source.command("AdditionalFields"),
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
