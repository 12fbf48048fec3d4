"""The hunting tables that no process causes: alerts, their evidence, devices, networks, certificates, people.

AlertEvidence has no ProcessId column; pid and creation time are in AdditionalFields, as text
(learn.microsoft.com/en-us/defender-xdr/advanced-hunting-alertevidence-table, read 2026-11-24; the keys inside
are those seen in public samples, not documented).
"""

import json
from collections.abc import Iterable

from local.incidents.alert_bodies import alert_id
from local.incidents.case import Case, Evidence
from local.incidents.chance import Chance, guid_of, sha1_of
from local.incidents.clock import DAY, HOUR, MINUTE, show
from local.incidents.estate import START
from local.incidents.recorder import Recorder
from local.incidents.world import Account, Cell, Device, File

_SOURCES = {
    "WindowsDefenderAtp": "EDR",
    "WindowsDefenderAv": "Antivirus",
    "CustomDetection": "Custom detection",
    "CustomerTI": "Custom TI",
}


def record_alerts(recorder: Recorder, cases: Iterable[Case], anywhere: Device) -> None:
    """AlertInfo and AlertEvidence; `anywhere` stands in for an alert without a device, and is not named."""
    for case in cases:
        shared: dict[str, Cell] = {
            "AlertId": alert_id(case),
            "Title": case.title,
            "ServiceSource": "Microsoft Defender for Endpoint",
            "DetectionSource": _SOURCES.get(case.source, case.source),
            "AttackTechniques": json.dumps(list(case.techniques)) if case.techniques else "",
            "Severity": case.severity,
        }
        where = case.device or anywhere
        recorder.fact("AlertInfo", where, case.created, {**shared, "Category": case.category})
        named = {"DeviceId": case.device.id, "DeviceName": case.device.dns} if case.device else {}
        common = {**shared, **named, "Categories": json.dumps([case.category])}
        rows = [_evidence(one) for one in case.evidence]
        if case.device is not None:
            rows.insert(0, {"EntityType": "Machine", "EvidenceRole": "Impacted"})
        for row in rows:
            recorder.fact("AlertEvidence", where, case.created, {**common, **row})


def record_devices(recorder: Recorder, devices: Iterable[Device], seed: int, *, last: int) -> None:
    """DeviceInfo every few hours of the last two days, DeviceNetworkInfo once a day."""
    for device in devices:
        chance = Chance(seed, "device state", device.short)
        moment = last - 2 * DAY + chance.integer(0, 3 * HOUR)
        while moment < last:
            recorder.fact("DeviceInfo", device, moment, _device_info(device))
            moment += 5 * HOUR + chance.integer(0, 2 * HOUR)
        recorder.fact("DeviceNetworkInfo", device, last - chance.integer(MINUTE, DAY), _network_info(device))


def record_certificates(recorder: Recorder, seen: Iterable[tuple[Device, File]], *, last: int) -> None:
    """DeviceFileCertificateInfo: who signed a file, for each device that saw it; unsigned files have none."""
    for device, file in seen:
        mark = int(sha1_of("certificate", device.short, file.sha1)[:9], 16)
        columns: dict[str, Cell] = {
            "SHA1": file.sha1,
            "IsSigned": bool(file.signer),
            "SignatureType": "Embedded" if file.signer else "Unknown",
            "Signer": file.signer,
            "SignerHash": sha1_of("signer", file.signer) if file.signer else "",
            "Issuer": f"{file.signer} Production PCA" if file.signer else "",
            "IsTrusted": bool(file.signer),
            "IsRootSignerMicrosoft": file.signer.startswith("Microsoft "),
        }
        recorder.fact("DeviceFileCertificateInfo", device, last - DAY - mark % (20 * HOUR), columns)


def people(accounts: Iterable[Account]) -> list[dict[str, Cell]]:
    """IdentityInfo: those of `accounts` that Entra knows, each once."""
    return [
        {
            "Timestamp": show(START - 3 * HOUR),
            "ReportId": guid_of("identity report", who.name),
            "AccountObjectId": who.object_id,
            "AccountUpn": who.upn,
            "OnPremSid": who.sid,
            "AccountDisplayName": who.name,
            "AccountName": who.name,
            "AccountDomain": who.domain,
            "IsAccountEnabled": True,
        }
        for who in dict.fromkeys(accounts)
        if who.object_id
    ]


def _device_info(device: Device) -> dict[str, Cell]:
    users = [{"UserName": one.name, "DomainName": one.domain, "Sid": one.sid} for one in device.users]
    columns: dict[str, Cell] = {
        "ClientVersion": "10.8760.22631.4460",
        "PublicIP": "198.51.100.7",
        "OSArchitecture": "64-bit",
        "OSPlatform": device.platform,
        "OSVersion": device.version,
        "IsAzureADJoined": device.family != "linux",
        "AadDeviceId": guid_of("aad", device.short) if device.family != "linux" else "",
        "LoggedOnUsers": json.dumps(users),
        "MachineGroup": device.group,
        "OnboardingStatus": "Onboarded",
        "DeviceCategory": "Endpoint",
        "DeviceType": "Server" if device.group == "Servers" else "Workstation",
        "SensorHealthState": "Active",
        "ExposureLevel": "Medium",
        "AdditionalFields": "{}",
    }
    if device.build is not None:
        columns["OSBuild"] = device.build
    return columns


def _network_info(device: Device) -> dict[str, Cell]:
    addresses = [{"IPAddress": device.ip, "SubnetPrefix": 24, "AddressType": "Private"}]
    return {
        "NetworkAdapterName": "Ethernet",
        "MacAddress": sha1_of("mac", device.short)[:12].upper(),
        "NetworkAdapterType": "Ethernet",
        "NetworkAdapterStatus": "Up",
        "IPAddresses": json.dumps(addresses),
        "DnsAddresses": json.dumps(["10.20.0.53"]),
    }


def _evidence(evidence: Evidence) -> dict[str, Cell]:
    get = evidence.fields.get
    more: dict[str, object] = {"Type": evidence.kind.lower(), "LastRemediationState": "None"}
    if get("processId") is not None:
        more |= {"ProcessId": str(get("processId")), "CreationTimeUtc": get("processCreationTime")}
        more["ImageFile"] = {"Name": get("fileName"), "Directory": get("filePath"), "Type": "file"}
    columns: dict[str, Cell] = {
        "EntityType": evidence.kind,
        "EvidenceRole": "Related",
        "FileName": get("fileName"),
        "FolderPath": get("filePath"),
        "SHA1": get("sha1"),
        "RemoteIP": get("ipAddress"),
        "RemoteUrl": get("url"),
        "AccountName": get("accountName"),
        "AccountDomain": get("domainName"),
        "AccountSid": get("userSid"),
        "AccountObjectId": get("aadUserId"),
        "AccountUpn": get("userPrincipalName"),
        "ProcessCommandLine": get("processCommandLine"),
        "RegistryKey": get("registryKey"),
        "RegistryValueName": get("registryValueName"),
        "RegistryValueData": get("registryValue"),
        "AdditionalFields": json.dumps(more, ensure_ascii=False),
    }
    return {name: value for name, value in columns.items() if value is not None}
