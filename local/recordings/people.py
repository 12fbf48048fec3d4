"""What recorded JSON says is a name: the values of the fields that name accounts, devices, groups and hosts,
and the owners of folders in its paths; and which hashes are of the system's own files, and name nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_NAMING = frozenset(
    "accountName domainName userName userPrincipalName displayName accountDomain computerDnsName "
    "deviceDnsName hostName ntDomain dnsDomain rbacGroupName assignedTo createdBy "
    "createdByDisplayName machineTags tags DeviceName AccountName AccountDomain AccountUpn "
    "RemoteDeviceName RequestAccountName RequestAccountDomain InitiatingProcessAccountName "
    "InitiatingProcessAccountDomain InitiatingProcessAccountUpn ShareName AccountDisplayName "
    "LoggedOnUsers UserName MachineGroup RegistryDeviceTag domainName dnsName".split()
)
_HOSTS = frozenset(("computerDnsName", "deviceDnsName", "hostName", "DeviceName", "RemoteDeviceName"))
# Accounts, domains and folders that every device has.
_EVERYBODYS = frozenset(
    (
        *("system", "localsystem", "local system", "local service", "network service", "localservice"),
        *("networkservice", "nt authority", "nt service", "builtin", "workgroup", "window manager"),
        *(
            "font driver host",
            "iis apppool",
            "root",
            "nobody",
            "daemon",
            "www-data",
            "apache",
            "nginx",
            "mysql",
        ),
        *(
            "postgres",
            "sshd",
            "guest",
            "administrator",
            "administrators",
            "admin",
            "defaultaccount",
            "everyone",
        ),
        *("anonymous logon", "wdagutilityaccount", "users", "user", "localhost", "public", "default"),
        *("default user", "all users", "shared", "microsoft", "windows", "", "-", "none", "null", "unknown"),
    )
)
_OF_EVERY_SESSION = re.compile(r"(?:dwm|umfd)-\d+", re.IGNORECASE)
_OWNER = re.compile(
    r"(?:[\\/]Users|[\\/]home|Documents and Settings)[\\/]+([^\\/\"'<>|:*?\s][^\\/\"'<>|:*?]{0,60})[\\/]",
    re.IGNORECASE,
)
_SERVER = re.compile(r"(?<![\\\w])\\\\([A-Za-z0-9_.-]{2,60})\\")
_SYSTEM = re.compile(
    r"(?:[a-z]:|\\device\\harddiskvolume\d+)\\windows\\(?:system32|syswow64|winsxs|servicing|systemapps|"
    r"microsoft\.net|immersivecontrolpanel|explorer\.exe)(?:\\(?!tasks\\|spool\\|temp\\).*)?"
    r"|/(?:usr/)?(?:s?bin|lib\w*)/.*|/system/.*",
    re.IGNORECASE | re.DOTALL,
)
_HASHES = ("SHA1", "SHA256", "MD5", "sha1", "sha256", "md5")
_WIDESPREAD = 10_000  # devices in the world on which a file is no one organisation's


def names_in(value: Any) -> set[str]:
    """The names, whole and in their parts before and after `@` and `\\`, and hosts' first labels."""
    found: set[str] = set()
    for key, text in _keyed(value):
        if key in _NAMING:
            found |= {text, *re.split(r"[@\\]", text)}
        if key in _HOSTS:
            found.add(text.partition(".")[0])
        found.update(_OWNER.findall(text))
        found.update(_SERVER.findall(text))
    return {name.strip() for name in found if not _is_everybodys(name.strip())}


def system_hashes_in(value: Any) -> set[str]:
    """Hashes, in lower case, of files in the system's own folders, or that are all over the world."""
    found: set[str] = set()
    if isinstance(value, list):
        return found.union(*(system_hashes_in(one) for one in value))
    if not isinstance(value, dict):
        return found
    for start in ("", "InitiatingProcess"):
        path = value.get(f"{start}FolderPath") or (value.get("filePath") if not start else None)
        name = value.get("fileName") if not start else None
        whole = f"{path}\\{name}" if isinstance(name, str) else path
        if isinstance(whole, str) and _SYSTEM.fullmatch(whole):
            found |= {str(value[start + kind]).lower() for kind in _HASHES if value.get(start + kind)}
    if _count(value.get("globalPrevalence", value.get("globallyPrevalence"))) >= _WIDESPREAD:
        found |= {str(value[kind]).lower() for kind in _HASHES if value.get(kind)}
    for one in value.values():
        if isinstance(one, dict | list):
            found |= system_hashes_in(one)
    return found


def _is_everybodys(name: str) -> bool:
    is_short = len(name) < 2 or name.isdecimal()
    return is_short or name.lower() in _EVERYBODYS or _OF_EVERY_SESSION.fullmatch(name) is not None


def _keyed(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _keyed(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _keyed(one, key)
    elif isinstance(value, str):
        yield key, value


def _count(value: object) -> int:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else 0
