"""The columns by which hunting rows name a device, a process and a file.

A recording holds a subset of each table's columns: those that an investigation reads.
Column meanings: learn.microsoft.com/en-us/defender-xdr/advanced-hunting-deviceprocessevents-table and its
sisters, read 2026-11-24.
"""

from local.incidents.clock import show
from local.incidents.world import Account, Cell, File, Process

Columns = dict[str, Cell]
_OS_VENDORS = ("Microsoft Windows", "Software Signing")


def initiating(process: Process) -> Columns:
    """The InitiatingProcess columns of anything `process` does."""
    image, parent = process.image, process.parent
    windows = process.device.family == "windows"
    columns: Columns = {
        "InitiatingProcessId": process.pid,
        "InitiatingProcessCreationTime": show(process.shown_created),
        "InitiatingProcessFileName": image.name,
        # Windows sensors report this one path in lower case
        "InitiatingProcessFolderPath": image.path.lower() if windows else image.path,
        "InitiatingProcessCommandLine": process.command_line,
        "InitiatingProcessSHA1": image.sha1,
        "InitiatingProcessSHA256": image.sha256,
        **account(process.account, "InitiatingProcessAccount"),
    }
    if parent is not None:
        columns["InitiatingProcessParentId"] = parent.pid
        columns["InitiatingProcessParentFileName"] = process.parent_name
        columns["InitiatingProcessParentCreationTime"] = show(parent.shown_created)
    if process.integrity:
        columns["InitiatingProcessIntegrityLevel"] = process.integrity
        columns["InitiatingProcessTokenElevation"] = _elevation(process)
    if windows and image.own_name:
        columns["InitiatingProcessVersionInfoCompanyName"] = image.company
        columns["InitiatingProcessVersionInfoOriginalFileName"] = image.own_name
    return columns


def signature(process: Process) -> Columns:
    """Who signed the actor's image: only DeviceProcessEvents tells, and nothing of Linux.

    The words are not documented; these stand in samples of the table that are public on GitHub (read
    2026-11-30).
    """
    if process.device.family == "linux":
        return {}
    signer = process.image.signer
    kind = "OsVendor" if signer in _OS_VENDORS else "ThirdParty" if signer else "Unknown"
    return {
        "InitiatingProcessSignatureStatus": "Valid" if signer else "Unknown",
        "InitiatingProcessSignerType": kind,
    }


def created(process: Process) -> Columns:
    """What a DeviceProcessEvents row says of the process created."""
    columns: Columns = {
        **file(process.image),
        "MD5": process.image.md5,
        "FileSize": process.image.size,
        "ProcessId": process.pid,
        "ProcessCreationTime": show(process.created),
        "ProcessCommandLine": process.command_line,
        **account(process.account, "Account"),
        "AdditionalFields": "{}",
    }
    if process.device.family == "windows" and process.image.own_name:
        columns["ProcessVersionInfoCompanyName"] = process.image.company
        columns["ProcessVersionInfoOriginalFileName"] = process.image.own_name
    if process.integrity:
        columns["ProcessIntegrityLevel"] = process.integrity
        columns["ProcessTokenElevation"] = _elevation(process)
    return columns


def file(subject: File) -> Columns:
    """FileName, FolderPath (the full path, file name included) and the hashes, empty where unknown."""
    return {
        "FileName": subject.name,
        "FolderPath": subject.path,
        "SHA1": subject.sha1,
        "SHA256": subject.sha256,
    }


def account(subject: Account, prefix: str) -> Columns:
    """The account's columns under `prefix`; Upn and ObjectId only where Entra knows it."""
    columns: Columns = {
        f"{prefix}Name": subject.name,
        f"{prefix}Domain": subject.domain,
        f"{prefix}Sid": subject.sid,
    }
    if subject.object_id:
        columns[f"{prefix}Upn"] = subject.upn
        columns[f"{prefix}ObjectId"] = subject.object_id
    return columns


def address_type(ip: str) -> str:
    """How hunting classes an address."""
    if ip.startswith("::ffff:"):
        return "FourToSixMapping"
    if ip.startswith(("10.", "192.168.", "172.16.")):
        return "Private"
    return "Loopback" if ip.startswith("127.") else "Public"


def _elevation(process: Process) -> str:
    return (
        "TokenElevationTypeFull" if process.integrity in ("High", "System") else "TokenElevationTypeLimited"
    )
