"""Cells of a hunting row as text, and what a row names in one line."""

from collections.abc import Mapping
from enum import StrEnum

type Row = Mapping[str, object]


class Target(StrEnum):
    """What an event was done to: the words of the column TargetKind, "" where the row names nothing."""

    PROCESS = "process"
    FILE = "file"
    ADDRESS = "address"
    URL = "url"
    REGISTRY = "registry"
    ACCOUNT = "account"
    NONE = ""


def text(row: Row, column: str) -> str:
    """The cell as text, "" where it is absent; whole numbers without a fraction, however they were read."""
    cell = row.get(column)
    if type(cell) is str:  # as most are
        return cell
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def port(row: Row) -> int | None:
    """The other end's port; hunting gives it as a number, 0 or empty where there is none."""
    digits = text(row, "RemotePort")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 5 and int(digits) else None


def account(row: Row, prefix: str) -> str:
    r"""`DOMAIN\name` of the columns that begin with `prefix`, the SID where there is no name, else ""."""
    name, domain = text(row, prefix + "Name"), text(row, prefix + "Domain")
    return f"{domain}\\{name}" if name and domain else name or text(row, prefix + "Sid")


def joined(*parts: str) -> str:
    """The parts that are not empty, with a space between."""
    return " ".join(part for part in parts if part)


def registry(row: Row) -> tuple[Target, str]:
    """The registry value that a row names."""
    return Target.REGISTRY, joined(text(row, "RegistryKey"), text(row, "RegistryValueName"))


def whatever_it_names(row: Row) -> tuple[Target, str]:
    """What a row names, for tables whose rows may be of many kinds."""
    if text(row, "RegistryKey"):
        return registry(row)
    address, url = text(row, "RemoteIP"), text(row, "RemoteUrl")
    if address or url:
        number = port(row)
        # Apart, so that each can be copied: the end of an IPv6 address or of a path would be no port.
        where = joined(address or url, f"port {number}" if number is not None else "")
        if address:
            return Target.ADDRESS, f"{where} ({url})" if url else where
        return Target.URL, where
    path = text(row, "FolderPath") or text(row, "FileName")
    if path:
        return Target.FILE, path
    who = account(row, "Account")
    return (Target.ACCOUNT, who) if who else (Target.NONE, "")
