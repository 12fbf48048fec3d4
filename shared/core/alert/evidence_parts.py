"""The parts that both APIs' alerts are made of: accounts, files, the device, enum words."""

from dataclasses import dataclass

from shared.core.alert import mappings
from shared.core.alert.model import Account
from shared.core.alert.reading import Reader

SHA1, SHA256, MD5 = 40, 64, 32  # hexadecimal digits
_NOBODY = Account()


@dataclass(frozen=True, slots=True)
class AlertDevice:
    """The device an alert is about, as far as the alert says."""

    id: str | None = None
    name: str | None = None
    group: str | None = None
    logged_on_users: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True)
class FileNamed:
    """A file as evidence names it; `folder` is without the file's name."""

    sha1: str | None
    sha256: str | None
    md5: str | None
    name: str | None
    folder: str | None


def account(reader: Reader) -> Account | None:
    """The account whose fields stand in this object, in either API's spelling; None if it names nobody."""
    found = Account(
        name=reader.text("accountName") or reader.text("userName"),
        domain=reader.text("domainName") or reader.text("accountDomain"),
        sid=reader.text("userSid") or reader.text("accountSid"),
        object_id=reader.text("aadUserId") or reader.text("azureAdUserId"),
        upn=reader.text("userPrincipalName"),
    )
    return None if found == _NOBODY else found


def account_in(reader: Reader, name: str) -> Account | None:
    """The account in the object under `name`."""
    inner = reader.child(name)
    return None if inner is None else account(inner)


def accounts_in(reader: Reader, name: str) -> tuple[Account, ...]:
    """The accounts of a list of objects, those that name nobody left out."""
    found = (account(item) for item in reader.objects(name))
    return tuple(who for who in found if who is not None)


def file_named(reader: Reader) -> FileNamed:
    """The file whose fields stand in this object; both APIs spell them alike."""
    name, path = reader.text("fileName"), reader.text("filePath")
    return FileNamed(
        sha1=reader.digest("sha1", SHA1),
        sha256=reader.digest("sha256", SHA256),
        md5=reader.digest("md5", MD5),
        name=name,
        folder=folder_of(path, name),
    )


def folder_of(path: str | None, file_name: str | None) -> str | None:
    """The folder of `path`, which is documented to come without the file's name, and may come with it."""
    if not path or not file_name:
        return path
    for separator in ("\\", "/"):
        if path.lower().endswith(separator + file_name.lower()):
            return path[: -len(file_name) - 1] or separator
    return path


def device_id(reader: Reader, name: str) -> str | None:
    """A device's id as hunting compares it: in lower case where it is the usual 40 hexadecimal digits."""
    identity = reader.text(name)
    return identity.lower() if identity and len(identity) == SHA1 else identity


def word(reader: Reader, kind: str, name: str) -> str | None:
    """An enum member in Defender's spelling; an unknown one verbatim."""
    text = reader.text(name)
    return None if text is None else mappings.word(kind, text)
