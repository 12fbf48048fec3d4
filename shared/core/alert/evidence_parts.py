"""The parts that both APIs' alerts are made of: accounts, files, the device, enum words."""

from dataclasses import dataclass, replace
from typing import TypedDict

from shared.core.alert import mappings
from shared.core.alert.cleaning import account_parts, file_and_folder
from shared.core.alert.model import Account, Evidence
from shared.core.alert.reading import Notes, Reader
from shared.core.alert.texts import line, named, scalar

SHA1, SHA256, MD5 = 40, 64, 32  # hexadecimal digits
_NOBODY = Account()


@dataclass(frozen=True, slots=True)
class AlertDevice:
    """The device an alert is about, as far as the alert says."""

    id: str | None = None
    name: str | None = None
    group: str | None = None
    logged_on_users: tuple[Account, ...] = ()


class FileNamed(TypedDict, total=False):
    """The fields of evidence that name a file; `folder_path` is without the file's name."""

    sha1: str | None
    sha256: str | None
    md5: str | None
    file_name: str | None
    folder_path: str | None


def account(reader: Reader) -> Account | None:
    """The account whose fields stand in this object, in either API's spelling; None if it names nobody."""
    name, domain, upn = account_parts(
        named(reader, "accountName") or named(reader, "userName"),
        named(reader, "domainName") or named(reader, "accountDomain"),
        named(reader, "userPrincipalName"),
    )
    found = Account(
        name=name,
        domain=domain,
        sid=named(reader, "userSid") or named(reader, "accountSid"),
        object_id=named(reader, "aadUserId") or named(reader, "azureAdUserId"),
        upn=upn,
    )
    return None if found == _NOBODY else found


def account_in(reader: Reader, name: str) -> Account | None:
    """The account in the object under `name`, or in a text there, which stays among what was not read."""
    text = reader.peek(name)
    if text:
        return account(Reader({"accountName": text}, Notes()))
    inner = reader.child(name)
    return None if inner is None else account(inner)


def accounts_in(reader: Reader, name: str, *, apart: bool = False) -> tuple[Account, ...]:
    """The accounts of a list of objects, those that name nobody left out; `apart` as in `Reader.objects`."""
    found = (account(item) for item in reader.objects(name, apart=apart, alone=True, text="accountName"))
    return tuple(who for who in found if who is not None)


def file_named(reader: Reader) -> FileNamed:
    """The file whose fields stand in this object; both APIs spell them alike.

    The hash of the Authenticode content stands for a SHA-256 that is not there, and stays among what was not
    read: signed files have both, and they differ.
    """
    sha1, sha256 = reader.digest("sha1", SHA1), reader.digest("sha256", SHA256)
    md5 = reader.digest("md5", MD5)
    if sha256 is None and reader.has("sha256Ac"):
        authenticode = reader.take("sha256Ac")
        reader.keep("sha256Ac", authenticode)
        sha256 = reader.digest("sha256Ac", SHA256)
        reader.keep("sha256Ac", authenticode)
    name, folder = file_and_folder(
        line(reader, "fileName"), line(reader, "filePath"), is_hashed=bool(sha1 or sha256 or md5)
    )
    return FileNamed(sha1=sha1, sha256=sha256, md5=md5, file_name=name, folder_path=folder)


def file_in(reader: Reader, name: str) -> FileNamed:
    """The file in the object under `name`, or in a text there that is its path, which stays unread."""
    text = reader.peek(name)
    if text:
        return file_named(Reader({"filePath": text}, Notes()))
    inner = reader.child(name)
    return {} if inner is None else file_named(inner)


def parent_named(reader: Reader, name: str, path: str) -> tuple[str | None, str | None]:
    """(file name, folder) of a parent, whose two fields stand among those of its child."""
    return file_and_folder(line(reader, name), line(reader, path), is_hashed=True)


def device_id(reader: Reader, name: str) -> str | None:
    """A device's id as hunting compares it: in lower case where it is the usual 40 hexadecimal digits."""
    identity = named(reader, name) if reader.peek(name) else reader.text(name)
    return identity.lower() if identity and len(identity) == SHA1 else identity


def word(reader: Reader, kind: str, name: str) -> str | None:
    """An enum member in Defender's spelling; an unknown one verbatim."""
    return word_of(kind, line(reader, name))


def word_of(kind: str, text: str | None) -> str | None:
    """A text as the enum member that it names, in Defender's spelling; an unknown one verbatim."""
    return None if text is None else mappings.word(kind, text)


def with_registry(found: Evidence, reader: Reader) -> Evidence:
    """The evidence with the registry key and value that the item names."""
    return replace(
        found,
        registry_hive=line(reader, "registryHive"),
        registry_key=line(reader, "registryKey"),
        registry_value_name=scalar(reader, "registryValueName"),
        registry_value_type=line(reader, "registryValueType"),
        registry_value=scalar(reader, "registryValue"),
    )
