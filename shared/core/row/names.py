"""What the things of an alert are called in a row: accounts, hashes, registry keys."""

import re

from shared.core.alert import Account, Evidence

_HIVES = (
    ("hkey_local_machine", "hklm", "registry\\machine"),
    ("hkey_current_user", "hkcu"),
    ("hkey_users", "hku", "registry\\user"),
    ("hkey_classes_root", "hkcr"),
    ("hkey_current_config", "hkcc"),
)
_ROOTS = {spelled: hive[0] for hive in _HIVES for spelled in hive}
_HIVE = re.compile(rf"\\*({'|'.join(map(re.escape, _ROOTS))})(?:\\+|$)", re.IGNORECASE)


def account_name(account: Account | None) -> str:
    r"""`DOMAIN\name`, or what else is known of the account; "" where nothing is."""
    if account is None:
        return ""
    if account.name and account.domain:
        return f"{account.domain}\\{account.name}"
    return account.name or account.upn or account.sid or account.object_id or ""


def hashes_of(item: Evidence) -> list[str]:
    """The item's hashes, the surest to be known first."""
    return [value for value in (item.sha1, item.sha256, item.md5) if value]


def registry_path(item: Evidence) -> str:
    """Hive and key as one path without a backslash at its end; a key that begins with its hive, in whatever
    spelling, has it once."""
    hive, key = (item.registry_hive or "").rstrip("\\"), (item.registry_key or "").strip("\\")
    root = _ROOTS.get(hive.lower().lstrip("\\")) if hive else None
    first = ""
    while (known := _HIVE.match(key)) is not None:
        if root is not None and _ROOTS[known[1].lower()] != root:
            return key  # the key says itself where it lies
        first, root, key = first or known[1], _ROOTS[known[1].lower()], key[known.end() :]
    return "\\".join(part for part in (hive or first, key) if part)
