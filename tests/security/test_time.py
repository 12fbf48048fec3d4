"""No command line that a system runs can hold the app up: reading it takes a time in step with its length."""

import time
from collections.abc import Callable

import pytest

from shared import telemetry
from shared.core.conclude import NO_RULES, conclude
from shared.core.conclude.seen_before import shape_of
from shared.core.hunting import kql
from shared.core.lookups.wanted import url_host
from shared.core.values import table_keys
from shared.core.values.secrets import without_secrets
from tests.builders import alert, evidence, finding, node, tied

LONGEST = 32_767  # characters of a Windows command line
SECONDS = 0.5  # of CPU; a pattern that looks at a text once for each place in it takes longer
# Beginnings of what is looked for, over and over, each after each.
PIECES = (
    "sc ",
    "\\\\",
    "\\\\a ",
    "create",
    "schtasks ",
    "/",
    "vssadmin ",
    "delete ",
    "wmic ",
    "shadowcopy ",
    "bcdedit ",
    "recoveryenabled ",
    "procdump ",
    "lsass",
    "comsvcs ",
    "\\software\\",
    "\\currentversion\\",
    "FromBase64String('",
    " -enc ",
    "echo ",
    "AAAAAAAAAAAA",
    "| base64 ",
    "c:\\users\\",
    "eyJhbGciOi",
    "bearer ",
    "access_token ",
    "password=",
    'password="',
    "--password ",
    " -p ",
    " -p",
    "mysql ",
    "sqlcmd ",
    " -u a",
    "net use ",
    "/user:",
    "://",
    "basic ",
    "/v password",
    "-----BEGIN ",
    "convertto-securestring ",
    '"',
    " ",
)
TEXTS = [
    *((piece * LONGEST)[:LONGEST] for piece in PIECES),
    *((first + second * LONGEST)[:LONGEST] for first in PIECES for second in ("\\", " ", "A")),
    *(
        (first + second) * (LONGEST // (len(first) + len(second)))
        for first in PIECES[:5]
        for second in PIECES
    ),
]


def concluded(text: str) -> None:
    """The verdict, the story and all rules over an alert that says it everywhere."""
    named = alert(title=text, evidence=(evidence("process", command_line=text, file_name=text),))
    events = (
        tied("DeviceRegistryEvents", "RegistryValueSet", RegistryKey=text, RegistryValueData=text),
        tied("DeviceFileEvents", "FileCreated", FolderPath=text, FileName=text),
    )
    conclude(named, None, finding(nodes=(node(text[:200], text),), events=events), NO_RULES)


READERS: tuple[Callable[[str], object], ...] = (
    concluded,
    shape_of,
    url_host,
    table_keys.safe_id,
    kql.literal,
    telemetry.redacted,
    without_secrets,
)


def cpu(reader: Callable[[str], object], text: str) -> float:
    begun = time.thread_time()
    reader(text)
    return time.thread_time() - begun


@pytest.mark.parametrize("reader", READERS)
def test_no_long_command_line_takes_long_to_read(reader: Callable[[str], object]) -> None:
    for text in TEXTS:
        assert cpu(reader, text) < SECONDS, repr(text[:60])
