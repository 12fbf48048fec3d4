"""How a field is read: from one column, from several together, from AdditionalFields."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.core.detections.value import Value
from shared.core.detections.view import Field, View

ACTOR = "InitiatingProcess"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field comes from: the columns it needs, and how it is read from them."""

    columns: tuple[str, ...]
    read: Field


def plain(column: str) -> Source:
    """A column as it stands."""
    return Source((column,), lambda view: view.plain(view.text(column)))


def command(column: str) -> Source:
    """A command line or script, with what its disguise hides."""
    return Source((column,), lambda view: view.command(view.text(column)))


def program(prefix: str, original: str = "") -> Source:
    """A program by its folder and name, and by the name its file tells where `original` names that column."""
    folder, name = f"{prefix}FolderPath", f"{prefix}FileName"

    def read(view: View) -> Value | None:
        told = _own_name(view, original) if original else ""
        return view.program(view.text(folder), view.text(name), told)

    return Source((folder, name, original) if original else (folder, name), read)


def named(column: str) -> Source:
    """A program of which only the file name is told."""
    return Source((column,), lambda view: view.program("", view.text(column)))


def user(prefix: str) -> Source:
    """An account with its domain, and by its name alone."""
    domain, name = f"{prefix}AccountDomain", f"{prefix}AccountName"

    def read(view: View) -> Value | None:
        account, of = view.text(name), view.text(domain)
        if not account:
            return None
        key = ("user", of, account)
        kept = view.values.kept(key)
        told = (f"{of}\\{account}", account) if of else (account,)
        return kept or view.values.keep(key, Value(told, partial=not of))

    return Source((domain, name), read)


def original(column: str) -> Source:
    """The name that a program's file tells of itself."""
    return Source((column,), lambda view: view.plain(_own_name(view, column)))


def _own_name(view: View, column: str) -> str:
    """The name that a program's file tells of itself. A name in a language file ends in `.mui`; `?` and `-`
    are what tools write where there is none."""
    told = view.text(column)
    return "" if told in ("?", "-") else told[:-4] if told[-4:].lower() == ".mui" else told


def hashes(prefix: str) -> Source:
    """The hashes of a file as Sysmon writes them."""
    columns = tuple(f"{prefix}{kind}" for kind in ("SHA1", "MD5", "SHA256"))

    def read(view: View) -> Value | None:
        known = [(column.removeprefix(prefix), view.text(column)) for column in columns]
        told = ",".join(f"{kind}={digest}" for kind, digest in known if digest)
        return Value((told,), partial=told.count("=") < len(columns)) if told else None

    return Source(columns, read)


def more(*keys: str, kind: str = "plain") -> Source:
    """A field of AdditionalFields, by the first of these names that is there."""

    def read(view: View) -> Value | None:
        told = view.more(*keys)
        return view.command(told) if kind == "command" else view.plain(told)

    return Source(("AdditionalFields",), read)


def by_action(words: Mapping[str, str]) -> Source:
    """A word for each ActionType."""
    return Source((), lambda view: view.plain(words.get(view.action, "")))


def actor() -> dict[str, Source]:
    """Fields of the process that did what the row tells."""
    return {
        "Image": program(ACTOR, f"{ACTOR}VersionInfoOriginalFileName"),
        "CommandLine": command(f"{ACTOR}CommandLine"),
        "OriginalFileName": original(f"{ACTOR}VersionInfoOriginalFileName"),
        "Company": plain(f"{ACTOR}VersionInfoCompanyName"),
        "Product": plain(f"{ACTOR}VersionInfoProductName"),
        "Description": plain(f"{ACTOR}VersionInfoFileDescription"),
        "ParentImage": named(f"{ACTOR}ParentFileName"),
        "User": user(ACTOR),
        "IntegrityLevel": plain(f"{ACTOR}IntegrityLevel"),
        "ProcessId": plain(f"{ACTOR}Id"),
    }


def file_hashes() -> dict[str, Source]:
    """The hashes of the row's file, together and each alone."""
    return {
        "Hashes": hashes(""),
        "md5": plain("MD5"),
        "sha1": plain("SHA1"),
        "sha256": plain("SHA256"),
    }
