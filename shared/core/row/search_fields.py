"""Values to find an alert by, in fields that nobody else reads: by name, an address by its look."""

import re
from collections.abc import Mapping

from shared.core.alert import cleaning

USERS, DEVICES, FILES = "AllUsers", "AllDevices", "AllFileNames"
HASHES, ADDRESSES = "FileHashes", "AllAddresses"
SHOWN_FIRST: Mapping[str, tuple[str, ...]] = {
    USERS: ("Username", "UserUpn", "UserSid", "UserObjectId"),
    DEVICES: ("DvcId", "DvcHostname"),
    FILES: ("FileName", "ProcessName", "ParentProcessName"),
    HASHES: ("FileSHA1", "FileSHA256", "FileMD5"),
}
"""The columns whose values a column to find alerts by begins with."""

MOST = 300  # of a kind; a column has room for fewer
_BY_FIELD = {
    **dict.fromkeys(
        "accountName userName userPrincipalName upn userSid accountSid sid aadUserId azureAdUserId "
        "primaryAddress mailboxPrimaryAddress recipientEmailAddress recipient recipients submitter".split(),
        USERS,
    ),
    **dict.fromkeys(
        "machineId mdeDeviceId deviceId azureAdDeviceId aadDeviceId computerDnsName deviceDnsName hostName "
        "deviceName".split(),
        DEVICES,
    ),
    **dict.fromkeys(("fileName", "parentProcessFileName"), FILES),
    **dict.fromkeys(("sha1", "sha256", "sha256Ac", "md5"), HASHES),
}
_FIRST = frozenset("0123456789abcdefABCDEF:[")
_ADDRESS = re.compile(
    r"\[?[0-9a-fA-F]{0,4}[.:][0-9a-fA-F.:]{2,40}(?:%[^\]\s]{1,20})?\]?(?::\d{1,5})?", re.ASCII
)
_APART = re.compile(r"[,;\s]+")
_LONGEST = 400
_HEX = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")


def keep(found: dict[str, list[str]], name: str, value: str) -> None:
    """Adds the value of the field `name` to the column that it is looked for in, if any."""
    column = _BY_FIELD.get(name)
    if column is None:
        _keep_addresses(found, name, value)
    elif cleaning.is_nothing(value) or (column == HASHES and not _HEX.fullmatch(value)):
        return
    elif column == FILES:
        _keep(found, column, [cleaning.file_and_folder(value, None, is_hashed=False)[0] or value])
    else:
        _keep(found, column, [value])


def _keep_addresses(found: dict[str, list[str]], name: str, value: str) -> None:
    """Adds an address, or several with commas or blanks between, each without its port and zone."""
    if not 0 < len(value) <= _LONGEST or value[0] not in _FIRST or "ersion" in name:
        return  # a version looks like an address
    if ":" in value or value.count(".") >= 3:
        texts = (text for text in _APART.split(value) if _ADDRESS.fullmatch(text))
        _keep(found, ADDRESSES, [one for text in texts if (one := cleaning.address_in(text))])


def _keep(found: dict[str, list[str]], column: str, values: list[str]) -> None:
    if values:
        kept = found.setdefault(column, [])
        kept += values[: MOST - len(kept)]
