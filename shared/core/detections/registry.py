r"""Registry keys and their data as Sigma rules write them, from what Defender's columns hold.

Rules are written for Sysmon's spelling: hives by their short names, a user's hive under HKU, the current
control set, numbers as `DWORD (0x00000001)`
(https://github.com/SigmaHQ/sigma-specification, appendix taxonomy, read 2026-11-29).
"""

import re

_HIVES = {
    "hkey_local_machine": "HKLM",
    "hkey_users": "HKU",
    "hkey_current_user": "HKCU",
    "hkey_classes_root": "HKCR",
    "hkey_current_config": "HKCC",
    "registry\\machine": "HKLM",
    "registry\\user": "HKU",
}
_CONTROL_SET = re.compile(r"(?i)(?<=\\)ControlSet\d{3}(?=\\|$)")
_USER = re.compile(r"(?i)^(?:HKCU|HKU)\\(S-1-[\d-]+)(_Classes)?(?=\\|$)")
_WOW = re.compile(r"(?i)\\WOW6432Node(?=\\|$)")
_SET = ("RegistryValueSet", "RegistryValueDeleted", "RegistryValueRenamed")
_MAX_DIGITS = 20  # of a 64-bit number; more are no number of the registry


def objects(key: str, value_name: str, action: str) -> tuple[str, ...]:
    """The key with its value's name, in each spelling that a rule may use, Sysmon's first."""
    path = _short(key)
    if action in _SET or value_name:
        path = f"{path}\\{value_name or '(Default)'}"
    path = _CONTROL_SET.sub("CurrentControlSet", path)
    spellings = [path]
    user = _USER.match(path)
    if user is not None:
        rest = path[user.end() :]
        classes = r"\Software\Classes" if user[2] else ""
        spellings = [f"HKU\\{user[1]}{user[2] or ''}{rest}", f"HKCU{classes}{rest}"]
    if "6432" in path:
        spellings += [_WOW.sub("", spelling) for spelling in spellings]
    return tuple(dict.fromkeys(spellings))


def _short(key: str) -> str:
    key = key.strip("\\")
    lower = key[:24].lower()
    for long, short in _HIVES.items():
        if lower == long or lower.startswith(long + "\\"):
            return short + key[len(long) :]
    return key


def details(data: str, kind: str) -> tuple[str, ...]:
    """The value's data as it came, and a number as Sysmon renders it. `kind` is Defender's RegistryValueType,
    "" where it is unknown: then nothing is rendered."""
    kind = kind.lower().removeprefix("reg_")
    if kind == "binary":
        return (data, "Binary Data")
    number = _number(data) if kind in ("dword", "qword") else None
    if number is None:
        return (data,)
    if kind == "dword":
        return (f"DWORD (0x{number & 0xFFFFFFFF:08x})", data)
    return (f"QWORD (0x{number >> 32 & 0xFFFFFFFF:08x}-0x{number & 0xFFFFFFFF:08x})", data)


def _number(text: str) -> int | None:
    text = text.strip()
    if not text or len(text) > _MAX_DIGITS:
        return None
    try:
        return int(text, 16 if text[:2].lower() == "0x" else 10)
    except ValueError:
        return None
