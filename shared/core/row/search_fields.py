"""Values to find an alert by, in fields that nobody else reads: by name, an address by its look."""

import ipaddress
import re

USERS, DEVICES, FILES, HASHES, ADDRESSES = (
    "AllUsers",
    "AllDevices",
    "AllFileNames",
    "FileHashes",
    "AllAddresses",
)
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
_FIRST = frozenset("0123456789abcdefABCDEF:")
_ADDRESS = re.compile(r"[0-9a-fA-F]{0,4}[.:][0-9a-fA-F.:]{2,40}")
_HEX = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")


def keep(found: dict[str, list[str]], name: str, value: str) -> None:
    """Adds the value of the field `name` to the column that it is looked for in, if any."""
    column = _BY_FIELD.get(name)
    if column is None:
        if not 0 < len(value) <= 45 or value[0] not in _FIRST or not (":" in value or value.count(".") == 3):
            return
        if not _ADDRESS.fullmatch(value):
            return
        if "ersion" in name or not _is_address(value):  # a version looks like an address
            return
        column = ADDRESSES
    elif column == HASHES and not _HEX.fullmatch(value):
        return
    values = found.setdefault(column, [])
    if len(values) < MOST:
        values.append(value)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
