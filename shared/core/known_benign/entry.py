"""One entry of what the organisation knows to be benign, what is wrong with it, and its way to activation.

An entry begins as a draft, is tested on published rows, and is activated. Every change of what it matches is
a new version, which is a draft again.
"""

import re
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.core.known_benign.glob import MOST_WILD, is_too_wild, says_something

LONGEST_LIFE = timedelta(days=180)
MOST_ENTRIES = 500  # of a tenant; each costs a look for each alert
_LONGEST, _LONGEST_OWNER = 300, 100  # characters, as the columns that show them hold
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,59}", re.ASCII)
_HASH = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})", re.ASCII)
# The file with nothing in it: everybody has it.
_OF_NOTHING = frozenset(
    {
        "d41d8cd98f00b204e9800998ecf8427e",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }
)
GLOBS = (
    *("title", "device", "device_group", "user", "file_name", "folder", "process", "command_line"),
    *("parent_process", "signer"),
)


class State(StrEnum):
    """Where an entry stands; only ACTIVE ones mark rows."""

    DRAFT = "draft"
    ACTIVE = "active"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What an operator wrote of published rows. `detector` and `hash` are compared whole, `GLOBS` are
    globs; "" is a condition that is not made. All that are made must hold.
    """

    id: str
    version: int = 1
    state: State = State.OFF
    detector: str = ""
    hash: str = ""
    title: str = ""
    device: str = ""
    device_group: str = ""
    user: str = ""
    file_name: str = ""
    folder: str = ""
    process: str = ""
    command_line: str = ""
    parent_process: str = ""
    signer: str = ""
    owner: str = ""
    reason: str = ""
    etag: str = ""

    @property
    def texts(self) -> list[str]:
        """Every text of it, the id among them."""
        return [value for one in fields(self) if isinstance(value := getattr(self, one.name), str)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Conditions):
    """`tested_*` are the last test's: of which version, over how many days, how many rows it would have
    marked, and how many of these were true positives or Confirmed.
    """

    expires: datetime | None = None
    tested_version: int = 0
    tested_days: int = 0
    tested_matched: int = 0
    tested_against: int = 0
    tested_at: datetime | None = None


def globs_of(conditions: Conditions) -> dict[str, str]:
    """The globs that are given, by field."""
    return {name: glob for name in GLOBS if (glob := getattr(conditions, name))}


def id_problems(conditions: Conditions) -> list[str]:
    """What is wrong with the id, in words for who wrote it."""
    is_right = _ID.fullmatch(conditions.id)
    return [] if is_right else ["an id is 1 to 60 small letters, digits and hyphens"]


def problems(entry: Entry, now: datetime) -> list[str]:
    """What keeps the entry from marking any row, in words for who wrote it; empty where nothing does."""
    found = [*_scope(entry), *_texts(entry)]
    found += id_problems(entry)
    if not entry.owner.strip() or not entry.reason.strip():
        found.append("say who answers for it (owner) and why it is benign (reason)")
    if entry.expires is None or entry.expires <= now:
        found.append("it has expired")
    elif entry.expires > now + LONGEST_LIFE:
        found.append(f"it may last {LONGEST_LIFE.days} days at the most")
    return found


def _scope(entry: Entry) -> list[str]:
    found = []
    if not entry.detector.strip() and not entry.hash:
        found.append("name the detector or a file's hash")
    if entry.hash and (not _HASH.fullmatch(entry.hash) or entry.hash in _OF_NOTHING):
        found.append("a hash is 32, 40 or 64 hexadecimal digits in lower case, and not of an empty file")
    globs = globs_of(entry)
    if not (entry.detector and entry.hash) and not any(map(says_something, globs.values())):
        found.append(
            "beside the detector or the hash, one field more must say something: at least four letters or "
            "digits in a row that are no wildcard"
        )
    if is_too_wild(list(globs.values())):
        found.append(f"a glob has at most {MOST_WILD} wildcards")
    return found


def _texts(entry: Entry) -> list[str]:
    if any(len(text) > _LONGEST for text in entry.texts) or len(entry.owner) > _LONGEST_OWNER:
        return [f"no text is longer than {_LONGEST} characters, and the owner's not than {_LONGEST_OWNER}"]
    if not all(text.isprintable() for text in entry.texts):
        return ["no text has control characters"]
    return []


def replaced(known: Entry | None, entry: Entry) -> Entry:
    """The entry as a draft: its first version, or the next one of the entry that is known by its id."""
    version = known.version + 1 if known else 1
    return replace(entry, version=version, state=State.DRAFT, etag=known.etag if known else "")


def with_test(entry: Entry, now: datetime, days: int, matched: int, against: int) -> Entry:
    """The entry with what a test of this version found."""
    return replace(
        entry,
        tested_version=entry.version,
        tested_days=days,
        tested_matched=matched,
        tested_against=against,
        tested_at=now,
    )


def activated(entry: Entry, now: datetime) -> tuple[Entry, list[str]]:
    """(the active entry, nothing), or (the entry as it was, what stands against activating it)."""
    against = problems(entry, now)
    if entry.tested_version != entry.version:
        against.append(f"version {entry.version} was not tested yet")
    elif entry.tested_against:
        against.append(
            f"it matches {entry.tested_against} alerts that are true positives or that telemetry confirms"
        )
    return (entry, against) if against else (replace(entry, state=State.ACTIVE), [])


def switched_off(entry: Entry) -> Entry:
    """The entry that marks nothing any more; what it says is kept."""
    return replace(entry, state=State.OFF)
