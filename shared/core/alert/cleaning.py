"""What stands for nothing, and the spellings of addresses, paths and accounts that mean the same.

All of it was seen in answers of the two APIs or of tools that fill them. A value that none of this fits stays
as it is: nothing here guesses.
"""

import ipaddress
import re
from collections.abc import Collection
from functools import lru_cache

BLANKS = " \t\r\n\f\v\u00a0\u200b\u200c\u200d\u2060\ufeff"
# Words that serializers and portals write where there is no value.
NOTHING = frozenset(("-", "--", "n/a", "null", "(null)", "<null>", "undefined"))
NO_NAME = NOTHING | {"unknown", "(unknown)", "<unknown>", "none", "not available"}
LONGEST_NOTHING = max(map(len, NO_NAME))
_WITH_PORT = re.compile(
    r"\[(?P<inner>[^\[\]]+)\](?::\d{1,5})?|(?P<plain>\d+\.\d+\.\d+\.\d+):\d{1,5}", re.ASCII
)
_LONGEST_ADDRESS = 200  # a zone may be long
_PRINCIPAL = re.compile(r"([^@\\/\s]+)@([^@\\/\s]+)")
_EXTENSION = re.compile(r"[^\\/]\.[A-Za-z][A-Za-z0-9_]{0,9}(?::[^\\/:]+)?$")
_ROOT = re.compile(r"[A-Za-z]:", re.ASCII)
_UNIX_FOLDERS = frozenset(
    "bin boot dev etc home lib lib64 local media mnt opt proc root run sbin share shm snap srv sys tmp usr "
    "var".split()
)


def is_nothing(value: object, words: Collection[str] = NO_NAME) -> bool:
    """True for a text of blanks alone, or one of the words that say that there is no value."""
    if not isinstance(value, str):
        return False
    text = trimmed(value)
    return not text or (len(text) <= LONGEST_NOTHING and text.lower() in words)


def trimmed(text: str) -> str:
    """The text without blanks, visible or not, at its ends."""
    return text.strip(BLANKS)


def address_in(text: str) -> str | None:
    """The IP address without port, brackets and zone, IPv4 never inside IPv6; None for no address."""
    return _address_in(text) if len(text) <= _LONGEST_ADDRESS else None


@lru_cache(1_024)  # an alert says the same few addresses again and again
def _address_in(text: str) -> str | None:
    known = _WITH_PORT.fullmatch(text)
    bare = (known["inner"] or known["plain"]) if known else text
    try:
        parsed = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def unquoted(text: str) -> str:
    """The text without the quotation marks around it."""
    return text[1:-1].strip() if len(text) > 2 and text[0] == text[-1] and text[0] in "\"'" else text


def file_and_folder(name: str | None, path: str | None, *, is_hashed: bool) -> tuple[str | None, str | None]:
    """(a file's name, its folder) from what the API calls name and path: either may hold both.

    The path is documented to be the folder alone. Where no name comes with it, its end is the name if it
    looks like one: it has an extension, or it is a hashed file of Linux or macOS and no usual folder.
    """
    name, path = unquoted(name) if name else None, unquoted(path) if path else None
    is_unix = (path or name or "").startswith("/")
    if name:
        folder, within = _apart(name, is_unix)
        if within and folder is not None:
            name, path = within, folder if path is None or _same(path, name) else path
    if not path:
        return name, path
    folder, last = _apart(path, is_unix)
    if folder is None or not last:
        return name, path
    if not name:
        return (last, folder) if _is_file(path, last, is_hashed) else (None, path)
    if last.lower() == name.lower():
        return name, folder
    if last.lower().startswith(f"{name.lower()}:"):  # the path names the stream, too
        return last, folder
    return name, path


def _apart(path: str, is_unix: bool) -> tuple[str | None, str]:
    """(folder, what follows it); (None, …) where there is no separator. A root keeps its separator."""
    at = path.rfind("/") if is_unix else max(path.rfind("\\"), path.rfind("/"))
    if at < 0 or (path.startswith("\\\\") and path.count("\\") < 4):  # a server or share alone
        return None, path
    folder = path[:at]
    return (path[: at + 1] if not folder or _ROOT.fullmatch(folder) else folder), path[at + 1 :]


def _same(one: str, other: str) -> bool:
    return one.replace("/", "\\").lower() == other.replace("/", "\\").lower()


def _is_file(path: str, last: str, is_hashed: bool) -> bool:
    if _EXTENSION.search(last):
        return True
    return is_hashed and path.startswith("/") and not last.startswith(".") and last not in _UNIX_FOLDERS


def account_parts(
    name: str | None, domain: str | None, principal: str | None
) -> tuple[str | None, str | None, str | None]:
    r"""(name, domain, principal name), each alone.

    The name may come as `DOMAIN\name`, the domain once more before it, or as a principal name; the prefix of
    the name is surer than another domain beside it, but for a longer form of the same.
    """
    if domain:
        domain = domain.strip("\\") or None
    if name and "\\" in name:
        *before, name = [part for part in name.split("\\") if part] or [""]
        prefix = before[-1] if before else ""
        if prefix not in ("", ".") and not _is_longer(domain, prefix):
            domain = prefix
    known = _PRINCIPAL.fullmatch(name) if name else None
    if known is not None:
        principal = principal or name
        name = known[1] if domain else None
    return name or None, None if domain == "." else domain, principal


def _is_longer(domain: str | None, prefix: str) -> bool:
    return domain is not None and domain.lower().partition(".")[0] == prefix.lower().partition(".")[0]
