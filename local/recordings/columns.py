"""The columns by which hunting rows name a device, a process, a file, an account and an address.

Column meanings: https://learn.microsoft.com/en-us/defender-xdr/advanced-hunting-schema-tables (read 2026-11).
"""

from __future__ import annotations

import ipaddress
import ntpath
import re

from local.recordings.events import Event
from local.recordings.processes import Process

type Cell = str | int | bool
type Columns = dict[str, Cell]

_HASHES = {"SHA1": 40, "SHA256": 64, "MD5": 32}
_QUOTED = re.compile(r'\s*"([^"]+)"')
_ENDING = re.compile(r"\s*(\S.{0,1000}?\.(?:exe|sys|dll|com|bat|cmd|scr))(?=\s|$)", re.IGNORECASE)
_WORD = re.compile(r"\s*(\S+)")
_LEVELS = {
    "S-1-16-4096": "Low",
    "S-1-16-8192": "Medium",
    "S-1-16-12288": "High",
    "S-1-16-16384": "System",
}
_VERSION = {
    "ProcessVersionInfoCompanyName": "Company",
    "ProcessVersionInfoProductName": "Product",
    "ProcessVersionInfoProductVersion": "FileVersion",
    "ProcessVersionInfoOriginalFileName": "OriginalFileName",
    "ProcessVersionInfoFileDescription": "Description",
}


def hashes(event: Event | None) -> Columns:
    """The hashes that an event tells of its file, in small letters."""
    text = event.text("Hashes", "Hash") if event is not None else ""
    found = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
    return {
        name: found[name].lower()
        for name, length in _HASHES.items()
        if len(found.get(name, "")) == length and found[name].strip("0")
    }


def file(path: str) -> Columns:
    """FileName and FolderPath, which is the full path with the name."""
    return {"FileName": ntpath.basename(path), "FolderPath": path}


def account(user: str, prefix: str = "Account") -> Columns:
    """The account's name and domain under `prefix`, in small letters as Defender writes them."""
    domain, _, name = user.rpartition("\\")
    return {f"{prefix}Name": name.lower(), f"{prefix}Domain": domain.lower()} if name else {}


def initiating(process: Process | None) -> Columns:
    """The InitiatingProcess columns of what `process` did."""
    if process is None:
        return {}
    columns: Columns = {
        "InitiatingProcessId": process.pid,
        "InitiatingProcessCreationTime": process.created,
        "InitiatingProcessFileName": process.name,
        "InitiatingProcessFolderPath": process.image.lower(),
        "InitiatingProcessCommandLine": process.command,
        **account(process.user, "InitiatingProcessAccount"),
        **{f"InitiatingProcess{name}": value for name, value in hashes(process.birth).items()},
        **{
            f"InitiatingProcess{name.removeprefix('Process')}": value
            for name, value in version(process).items()
        },
    }
    if level := integrity(process):
        columns["InitiatingProcessIntegrityLevel"] = level
    if (parent := process.parent) is not None:
        columns |= {
            "InitiatingProcessParentId": parent.pid,
            "InitiatingProcessParentFileName": parent.name,
            "InitiatingProcessParentCreationTime": parent.created,
        }
    return columns


def created(process: Process) -> Columns:
    """What the row of its creation says of a process."""
    columns: Columns = {
        **file(process.image),
        "ProcessId": process.pid,
        "ProcessCreationTime": process.created,
        "ProcessCommandLine": process.command,
        **account(process.user),
        **hashes(process.birth),
        **version(process),
    }
    if level := integrity(process):
        columns["ProcessIntegrityLevel"] = level
    return columns


def target(process: Process | None, image: str) -> Columns:
    """What a row says of a process that something was done to."""
    columns = file(process.image if process is not None and process.image else image)
    if process is not None:
        columns |= {
            "ProcessId": process.pid,
            "ProcessCreationTime": process.created,
            "ProcessCommandLine": process.command,
        }
    return columns


def version(process: Process) -> Columns:
    """What the image says of itself."""
    birth = process.birth
    if birth is None:
        return {}
    return {column: text for column, name in _VERSION.items() if (text := birth.text(name))}


def integrity(process: Process) -> str:
    """The integrity level by its word, "" where it is not known."""
    if process.birth is None:
        return ""
    return process.birth.text("IntegrityLevel") or _LEVELS.get(process.birth.text("MandatoryLabel"), "")


def address(text: str) -> tuple[str, str]:
    """(the address in its usual form, its kind as hunting calls it); two empty texts where it is none."""
    try:
        read = ipaddress.ip_address(text)
    except ValueError:
        return "", ""
    if isinstance(read, ipaddress.IPv6Address) and read.ipv4_mapped is not None:
        return str(read), "FourToSixMapping"
    if read.is_loopback:
        return str(read), "Loopback"
    if read.is_multicast or read.is_link_local or read.is_unspecified:
        return str(read), "Reserved"
    return str(read), "Private" if read.is_private else "Public"


def program(command: str) -> str:
    """The path of the program in a command: what is quoted, else up to its ending, else the first word."""
    match = _QUOTED.match(command) or _ENDING.match(command) or _WORD.match(command)
    return match[1] if match else ""
