"""Entries and rows for tests; what is not given is plain and valid."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.core.known_benign import Entry, State
from shared.core.values.records import Column

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
DETECTOR = "00000000-1111-2222-3333-444444444444"
SHA1 = "89abcdef0123456789abcdef0123456789abcdef"


def entry(**changes: object) -> Entry:
    """An active entry, tested, for one detector on devices whose name begins with `build`."""
    plain = Entry(
        id="build-agents",
        state=State.ACTIVE,
        detector=DETECTOR,
        device="build*",
        owner="build team",
        reason="the agents compile what they download",
        expires=NOW + timedelta(days=30),
        tested_version=1,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # the test names fields of Entry


def row(**changes: Column) -> dict[str, Column]:
    """A published row, as far as entries look at it."""
    return {
        "AlertId": "da1",
        "DetectorId": DETECTOR,
        "AlertName": "Suspicious download",
        "DvcHostname": "build-07.contoso.example",
        "DvcGroup": "Build",
        "Username": "CONTOSO\\builder",
        "UserUpn": "builder@contoso.example",
        "FileName": "tool.exe",
        "FilePath": "C:\\Build\\tools",
        "FileSHA1": SHA1,
        "FileSHA256": "",
        "FileMD5": "",
        "FileSigner": "Contoso Ltd",
        "FileCertificate": "Valid",
        "ProcessName": "tool.exe",
        "ProcessCommandLine": "tool.exe --fetch https://packages.contoso.example/a",
        "ParentProcessName": "agent.exe",
        "Validation": "Likely",
        "AlertVerdict": "Unknown",
        "ValuesTruncated": "",
        **changes,
    }
