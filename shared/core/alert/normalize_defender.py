"""Evidence and device of Defender's alerts.

https://learn.microsoft.com/en-us/defender-endpoint/api/get-alerts (read 2026-11). The kinds User, Process and
File are documented, Ip and Url were seen in captured answers, the registry and machine kinds are taken from
the fields; there is no full list, so every other kind is kept whole.
"""

from dataclasses import replace

from shared.core.alert import evidence_parts as parts
from shared.core.alert.cleaning import trimmed
from shared.core.alert.kinds import EvidenceKind, kind_of
from shared.core.alert.model import Evidence
from shared.core.alert.reading import Reader
from shared.core.alert.texts import address, line, named

_PROCESS_FIELDS = (
    *("processId", "processCommandLine", "processCreationTime", "parentProcessId"),
    *("parentProcessCreationTime", "parentProcessFileName", "parentProcessFilePath"),
)
_REGISTRY_FIELDS = ("registryHive", "registryKey", "registryValueName", "registryValueType", "registryValue")


def evidence(alert: Reader) -> tuple[tuple[Evidence, ...], parts.AlertDevice, tuple[int, ...]]:
    """The evidence items in the API's order, the device, which stands on the alert itself, and the item of
    the JSON that each piece of evidence is of."""
    device = parts.AlertDevice(
        id=parts.device_id(alert, "machineId"),
        name=named(alert, "computerDnsName"),
        group=line(alert, "rbacGroupName"),
        logged_on_users=parts.accounts_in(alert, "loggedOnUsers"),
    )
    items = alert.objects("evidence", apart=True, alone=True)
    return tuple(_item(reader) for reader in items), device, tuple(reader.place for reader in items)


def _item(reader: Reader) -> Evidence:
    """One item: a flat object with the properties of every kind, most of them null.

    One of a kind we do not know keeps all its fields in `extra`, besides what can be read of it.
    """
    kind_text = trimmed(reader.peek("entityType"))
    kind = kind_of(kind_text) if kind_text else _kind_told_by(reader)
    whole = reader.rest() if kind is EvidenceKind.OTHER else {}
    reader.text("entityType")
    found = Evidence(
        kind=kind,
        kind_text=kind_text,
        created=reader.instant("evidenceCreationTime"),
        **parts.file_named(reader),
        ip_address=address(reader, "ipAddress"),
        url=named(reader, "url"),
        account=parts.account(reader),
        device_id=parts.device_id(reader, "machineId") or parts.device_id(reader, "deviceId"),
        device_name=named(reader, "computerDnsName") or named(reader, "deviceName"),
        detection_status=parts.word(reader, "detection_status", "detectionStatus"),
    )
    if reader.has(*_PROCESS_FIELDS):
        found = _with_process(found, reader)
    if reader.has(*_REGISTRY_FIELDS):
        found = parts.with_registry(found, reader)
    extra = whole or reader.rest()
    return replace(found, extra=extra) if extra else found


def _kind_told_by(reader: Reader) -> EvidenceKind:
    """The kind of an item that does not say it, by what only one kind has."""
    if reader.has("processId", "processCommandLine"):
        return EvidenceKind.PROCESS
    if reader.has("registryKey"):
        return EvidenceKind.REGISTRY
    return EvidenceKind.FILE if reader.has("sha1", "sha256") else EvidenceKind.OTHER


def _with_process(found: Evidence, reader: Reader) -> Evidence:
    parent_name, parent_folder = parts.parent_named(reader, "parentProcessFileName", "parentProcessFilePath")
    return replace(
        found,
        process_id=reader.integer("processId"),
        command_line=reader.text("processCommandLine"),
        process_created=reader.instant("processCreationTime"),
        parent_process_id=reader.integer("parentProcessId"),
        parent_process_created=reader.instant("parentProcessCreationTime"),
        parent_file_name=parent_name,
        parent_folder_path=parent_folder,
    )
