"""Which entry a published row matches, and what the row says of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from shared.core.known_benign.entry import Conditions, Entry, State, globs_of, problems
from shared.core.known_benign.glob import matches_glob
from shared.core.values import Column, Columns, text_of

_CONFIRMED = "Confirmed"
_HASHES = ("FileSHA1", "FileSHA256", "FileMD5")
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "title": ("AlertName",),
    "device": ("DvcHostname",),
    "device_group": ("DvcGroup",),
    "user": ("Username", "UserUpn"),
    "file_name": ("FileName",),
    "folder": ("FilePath",),
    "process": ("ProcessName",),
    "command_line": ("ProcessCommandLine",),
    "parent_process": ("ParentProcessName",),
    "signer": ("FileSigner",),
}
# Every column that is read here, for who asks a table for them alone.
READ = (
    *("DetectorId", *_HASHES, *(name for names in _COLUMNS.values() for name in names)),
    *("FileCertificate", "ValuesTruncated", "Validation", "AlertVerdict"),
)


class KnownBenign(StrEnum):
    """What `KnownBenignState` says. A row that telemetry confirms contradicts its entry."""

    NONE = ""
    MATCHES = "matches"
    CONTRADICTED = "contradicted"


def is_live(entry: Entry, now: datetime) -> bool:
    """True where the entry marks rows now. A row of the table that was changed by hand proves nothing: what
    is not valid, not tested in this version, or too long in force marks none."""
    is_tested = entry.tested_version == entry.version and not entry.tested_against
    return entry.state is State.ACTIVE and is_tested and not problems(entry, now)


def matches(entry: Entry, columns: Columns) -> bool:
    """True where every condition of the entry holds for the published row, whatever the entry's state.

    A value that was cut to fit its column matches no glob: nobody knows what its end says.
    """
    return bool(entry.detector or entry.hash) and conditions_hold(entry, columns)


def conditions_hold(entry: Conditions, columns: Columns) -> bool:
    """True where every condition that is made holds for the published row."""
    if entry.detector and entry.detector.lower() != text_of(columns, "DetectorId").lower():
        return False
    if entry.hash and entry.hash not in {text_of(columns, name).lower() for name in _HASHES}:
        return False
    if entry.signer and text_of(columns, "FileCertificate") != "Valid":
        return False
    cut = text_of(columns, "ValuesTruncated").split(", ")
    return all(
        any(name not in cut and matches_glob(glob, text_of(columns, name)) for name in _COLUMNS[field])
        for field, glob in globs_of(entry).items()
    )


def marks(entries: Iterable[Entry], columns: Columns, now: datetime) -> dict[str, Column]:
    """The columns that say which live entry the row matches, the first by its id; empty where none does."""
    live = (entry for entry in entries if is_live(entry, now) and matches(entry, columns))
    entry = min(live, key=lambda one: one.id, default=None)
    if entry is None or entry.expires is None:
        return {}
    is_confirmed = text_of(columns, "Validation") == _CONFIRMED
    state = KnownBenign.CONTRADICTED if is_confirmed else KnownBenign.MATCHES
    return {
        "KnownBenign": f"{entry.id} v{entry.version}",
        "KnownBenignState": state.value,
        "KnownBenignReason": entry.reason,
        "KnownBenignOwner": entry.owner,
        "KnownBenignUntil": entry.expires,
    }
