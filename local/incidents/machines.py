"""Devices as GET /api/machines answers them.

Shape: learn.microsoft.com/en-us/defender-endpoint/api/machine, read 2026-11-24, and the further properties
that real answers have.
"""

from local.incidents.chance import guid_of, sha1_of
from local.incidents.clock import DAY, HOUR, show
from local.incidents.estate import START
from local.incidents.truth import Json
from local.incidents.world import Device

_GROUPS = {"Workstations": 140, "Servers": 141}


def machine(device: Device) -> dict[str, Json]:
    """One machine object. `lastSeen` is the last full report, hours ago, not the last sign of life."""
    mark = int(sha1_of("machine", device.short)[:8], 16)
    return {
        "id": device.id,
        "mergedIntoMachineId": None,
        "isPotentialDuplication": False,
        "isExcluded": False,
        "exclusionReason": None,
        "computerDnsName": device.dns,
        "firstSeen": show(START - 200 * DAY + mark),
        "lastSeen": show(START - 3 * HOUR + mark),
        "osPlatform": device.platform,
        "osVersion": None,
        "osProcessor": "x64",
        "version": device.version or "Other",
        "lastIpAddress": device.ip,
        "lastExternalIpAddress": "198.51.100.7",
        "agentVersion": "10.8760.22631.4460",
        "osBuild": device.build,
        "healthStatus": "Active",
        "deviceValue": "High" if device.group == "Servers" else "Normal",
        "rbacGroupId": _GROUPS.get(device.group, 142),
        "rbacGroupName": device.group,
        **_state(device),
        "ipAddresses": _addresses(device),
        "vmMetadata": None,
    }


def _addresses(device: Device) -> Json:
    return [
        {
            "ipAddress": device.ip,
            "macAddress": sha1_of("mac", device.short)[:12].upper(),
            "type": "Ethernet",
            "operationalStatus": "Up",
        },
        {
            "ipAddress": "127.0.0.1",
            "macAddress": None,
            "type": "SoftwareLoopback",
            "operationalStatus": "Up",
        },
    ]


def _state(device: Device) -> dict[str, Json]:
    return {
        "riskScore": "High",
        "exposureLevel": "Medium",
        "isAadJoined": device.family != "linux",
        "aadDeviceId": guid_of("aad", device.short) if device.family != "linux" else None,
        "machineTags": ["prod"] if device.group == "Servers" else [],
        "defenderAvStatus": "Updated",
        "onboardingStatus": "Onboarded",
        "osArchitecture": "64-bit",
        "managedBy": "Intune",
        "managedByStatus": "Unknown",
    }
