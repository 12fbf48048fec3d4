"""One spelling for what alerts and rows write differently: paths, registry keys, addresses, hosts."""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

_VOLUME = re.compile(r"^(\\\\\?\\|\\\?\?\\)?([a-z]:|\\device\\[^\\]+|%[a-z()0-9_]+%)", re.ASCII)
_VARIABLES = {
    "%systemroot%": "\\windows",
    "%windir%": "\\windows",
    "%programfiles%": "\\program files",
    "%programfiles(x86)%": "\\program files (x86)",
    "%programdata%": "\\programdata",
    "%systemdrive%": "",
}
_HIVE = re.compile(
    r"^\\*(?:(?:registry\\)?(?P<machine>machine|hkey_local_machine|hklm|local_machine)"
    r"|(?:registry\\)?(?P<user>user|hkey_users|hku|hkey_current_user|hkcu|current_user|users)"
    r"|(?P<classes>hkey_classes_root|hkcr|classes_root)"
    r"|(?P<config>hkey_current_config|hkcc))(?:\\|$)",
    re.ASCII,
)
_SID = re.compile(r"^(?:s-1-[0-9-]+(?:_classes)?|\.default)(?:\\|$)", re.ASCII)
_CONTROL_SET = re.compile(r"^system\\(?:currentcontrolset|controlset\d{3})(?=\\|$)", re.ASCII)


@lru_cache(maxsize=20_000)
def folder(path: str, name: str = "") -> str:
    """A folder in lower case, without volume, trailing separator and, where the path ends in it, file name.

    Evidence gives the folder alone, rows mostly the whole path; volumes come as letters or as devices.
    """
    text = path.strip().strip('"').lower().replace("/", "\\")
    volume = _VOLUME.match(text)
    if volume is not None:
        text = _VARIABLES.get(volume[2], "") + text[volume.end() :]
    text = text.rstrip("\\")
    tail = "\\" + name.lower().replace("/", "\\")
    if name and text.endswith(tail):
        text = text[: -len(tail)]
    return text.replace("\\sysnative", "\\system32")


@lru_cache(maxsize=20_000)
def registry_key(key: str, hive: str = "") -> str:
    """A registry key as `hive\\path` in lower case, without a user's SID or a control set's number."""
    text = "\\".join(part for part in (hive.strip("\\ "), key.strip("\\ ")) if part).lower()
    found = _HIVE.match(text)
    if found is None:
        return text
    rest, root = text[found.end() :], found.lastgroup or ""
    if _HIVE.match(rest):  # the hive came twice: once by itself and once in the key
        return registry_key(rest)
    if root == "user":
        rest = _SID.sub("", rest)
    if root == "classes":
        root, rest = "machine", "software\\classes" + ("\\" + rest if rest else "")
    rest = _CONTROL_SET.sub(lambda _: "system\\currentcontrolset", rest)
    return f"{root}\\{rest}".rstrip("\\")


def registry_tail(key: str) -> str:
    """The part of a canonical key that every spelling of it ends in, with its leading backslash."""
    _, _, rest = key.partition("\\")
    control = "system\\currentcontrolset"
    rest = rest.removeprefix(control + "\\") if rest.startswith(control + "\\") else rest
    return "\\" + rest


@lru_cache(maxsize=20_000)
def address(text: str) -> str | None:
    """An IP address in its shortest spelling, IPv4 never inside IPv6; None where it is no address."""
    try:
        parsed = ipaddress.ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def address_spellings(canonical: str) -> list[str]:
    """How hunting may print the address."""
    if ":" in canonical:
        return [canonical, ipaddress.ip_address(canonical).exploded, canonical.upper()]
    return [canonical, f"::ffff:{canonical}", f"::FFFF:{canonical}"]


@lru_cache(maxsize=20_000)
def host(url: str) -> str | None:
    """The host of a URL or of a bare host name, lower case; None where there is none."""
    try:
        found = urlsplit(url if "://" in url else f"//{url}").hostname
    except ValueError:
        return None
    return found.rstrip(".") if found else None
