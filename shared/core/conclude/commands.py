"""What a command line or a registry key is known for, told in a time in step with its length.

Attackers choose these texts, and a command line has up to 32,767 characters: no pattern may read the same
stretch of text again for each place in it.
"""

import re
from collections.abc import Iterable

# Each a list of patterns that are met one after another; each of them ends where it can in one way only.
_RUN_KEY = (
    re.compile(r"(?i)\\(?:software|wow6432node)\\"),
    re.compile(r"(?i)\\currentversion\\(?:policies\\explorer\\)?run(?:once)?(?:ex)?(?:\\|$)"),
)
_RECOVERY = (
    (re.compile(r"(?i)vssadmin\W"), re.compile(r"(?i)delete\W+shadows")),
    (re.compile(r"(?i)wmic\W"), re.compile(r"(?i)shadowcopy\W"), re.compile(r"(?i)delete")),
    (re.compile(r"(?i)wbadmin\W"), re.compile(r"(?i)delete\W")),
    (re.compile(r"(?i)bcdedit\W"), re.compile(r"(?i)recoveryenabled\W+no")),
)
_DUMPS = (
    (re.compile(r"(?i)comsvcs\W"), re.compile(r"(?i)minidump")),
    (re.compile(r"(?i)procdump"), re.compile(r"\W"), re.compile(r"(?i)lsass")),
    (re.compile(r"(?i)sekurlsa::|nanodump"),),
)
_DUMP_FILE = (re.compile(r"(?i)lsass"), re.compile(r"(?i)\.dmp"))
_TASK = (re.compile(r"(?i)schtasks\W"), re.compile(r"(?i)[/-]create\b"))
_SERVICE = (
    (re.compile(r"(?i)\bsc\W"), re.compile(r"(?i)\\\\[^\s\\\"']+[\s\"']+create\b")),
    (re.compile(r"(?i)psexesvc"),),
)


def is_run_key(registry_key: str) -> bool:
    """True for a key whose values are started at logon."""
    return _met(registry_key, _RUN_KEY)


def removes_recovery(command: str) -> bool:
    """True where shadow copies or backups are deleted, or recovery is turned off."""
    return any(_met(command, each) for each in _RECOVERY)


def dumps_lsass(command: str) -> bool:
    """True where a known tool writes the memory of LSASS, or a file is named for it."""
    named = (_met(word, _DUMP_FILE) for word in command.split())
    return any(_met(command, each) for each in _DUMPS) or any(named)


def makes_task(command: str) -> bool:
    """True where schtasks makes a task."""
    return _met(command, _TASK)


def makes_remote_service(command: str) -> bool:
    """True where a service is made on another device, or is the one that PsExec makes."""
    return any(_met(command, each) for each in _SERVICE)


def _met(text: str, patterns: Iterable[re.Pattern[str]]) -> bool:
    """True where the patterns are found one after another."""
    at = 0
    for pattern in patterns:
        found = pattern.search(text, at)
        if found is None:
            return False
        at = found.end()
    return True
