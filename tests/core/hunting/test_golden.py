"""Every kind of query as it is sent. After a wanted change: UPDATE_GOLDEN=1 pytest tests/core/hunting.

That Microsoft's parser takes them and that they run is tested in tests/queries.
"""

import itertools
import os
from pathlib import Path

import pytest

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Evidence
from shared.core.correlate.finding import Method, ProcessKey
from shared.core.correlate.indicators import Indicator
from shared.core.hunting import Case, kql
from shared.core.hunting.packing import pack
from shared.core.hunting.wants import (
    ActivityOverflow,
    AlertEvidence,
    DeviceActivity,
    DeviceKnown,
    IndicatorMentions,
    MentionOverflow,
    MomentActivity,
    ProcessActivity,
    ProcessCreation,
    Want,
)
from tests.core.hunting.builders import (
    DEVICE,
    OTHER_DEVICE,
    POLICY,
    SHA1,
    START,
    alert,
    by,
    hunted,
    process,
    row,
    started,
)
from tests.core.hunting.questions_asked import ASKED

GOLDEN = Path(__file__).parent / "golden"
ENDS = (START.plus(-3_600), START.plus(3_600))
CHILD = ProcessKey(DEVICE, 4712, START.plus(1))
PARENT = ProcessKey(OTHER_DEVICE, 612, START.plus(-90_000))
INDICATORS = (
    Indicator(Method.FILE_HASH, SHA1),
    Indicator(Method.FILE_NAME, "工作.exe", scope="\\temp"),
    Indicator(Method.ADDRESS, "203.0.113.9"),
    Indicator(Method.ADDRESS, "2001:db8::1"),
    Indicator(Method.URL, "evil.example"),
    Indicator(Method.REGISTRY, "machine\\software\\run", scope="upd"),
)
ACCOUNTS = (
    Indicator(Method.ACCOUNT, "s-1-5-21-1-2-3-1001"),
    Indicator(Method.ACCOUNT, 'o"neil', scope="contoso"),
)
ONE_PROCESS = ProcessKey(DEVICE, 4711, START)

KINDS: dict[str, tuple[Want, ...]] = {
    "processes_of_one_alert": (ProcessCreation(ONE_PROCESS), ProcessActivity(ONE_PROCESS, *ENDS)),
    "processes_of_many_alerts": (
        ProcessCreation(PARENT),
        ProcessActivity(ONE_PROCESS, *ENDS),
        ProcessActivity(CHILD, ENDS[0], ENDS[1].plus(60)),
        ProcessActivity(ProcessKey(OTHER_DEVICE, 4711, START), *ENDS),
    ),
    "ancestors": (ProcessCreation(PARENT),),
    "activity_overflows": (
        ActivityOverflow(ONE_PROCESS, *ENDS, "DeviceFileEvents", START),
        ActivityOverflow(CHILD, *ENDS, "DeviceProcessEvents", START),
    ),
    "evidence": (
        IndicatorMentions(DEVICE, *ENDS, INDICATORS),
        IndicatorMentions(OTHER_DEVICE, *ENDS, INDICATORS[:1]),
    ),
    "evidence_anywhere": (IndicatorMentions("", *ENDS, INDICATORS[:3]),),
    "accounts": (IndicatorMentions(DEVICE, *ENDS, ACCOUNTS),),
    "mention_overflows": (MentionOverflow(DEVICE, *ENDS, "DeviceNetworkEvents", "203.0.113.9", START),),
    "device_activity": (DeviceActivity(DEVICE, *ENDS), DeviceActivity(OTHER_DEVICE, *ENDS)),
    "moment_activity": (
        MomentActivity(DEVICE, START.plus(-2), START.plus(3)),
        MomentActivity(OTHER_DEVICE, START, START.plus(5)),
    ),
    "alert_evidence": (AlertEvidence("da1_1", *ENDS), AlertEvidence("ar2_-2", *ENDS)),
    "device_known": (DeviceKnown(DEVICE, *ENDS), DeviceKnown(OTHER_DEVICE, *ENDS)),
}


def published() -> dict[str, str]:
    own = (4711, START, "powershell.exe")
    shell = (20, START.plus(-600), "explorer.exe")
    rows = [
        started(*own[:2], own[2], shell),
        started(*shell[:2], shell[2]),
        row("DeviceNetworkEvents", START.plus(1), ReportId=77) | by(own, shell),
        row("DeviceRegistryEvents", START.plus(2), ReportId=78, RegistryKey="HKEY_LOCAL_MACHINE\\x")
        | by((9, START.plus(-90_000), "svchost.exe")),
    ]
    by_process = hunted([Case(alert(process()))], rows)["da1_1"]
    item = Evidence(kind=EvidenceKind.REGISTRY, registry_hive="HKLM", registry_key="X")
    by_evidence = hunted([Case(alert(item))], rows)["da1_1"]
    return {"published_process": by_process.query, "published_evidence": by_evidence.query}


def queries() -> dict[str, str]:
    """Every kind of query by its name."""
    made = {}
    for name, wants in KINDS.items():
        (query,) = pack(dict.fromkeys(wants, ("da1_1",)), POLICY)
        made[name] = query.kql
    for kind, value in (
        ("device", DEVICE),
        ("file", SHA1),
        ("address", "203.0.113.9"),
        ("url", "evil.example"),
        ("user", "S-1-5-21-1-2-3-1001"),
        ("process", "4711"),
    ):
        made[f"go_hunt_{kind}"] = kql.go_hunt(kind, value, START, device_id=DEVICE, created=START)
    asked = {f"ask_{name}": query for name, question in ASKED.items() for query in question.queries()[:1]}
    return made | asked | published()


@pytest.mark.parametrize("name", [*queries()])
def test_a_query_is_the_golden_one(name: str) -> None:
    text = queries()[name] + "\n"
    file = GOLDEN / f"{name}.kql"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="ascii")
    assert file.read_text(encoding="ascii") == text


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.kql")} == set(queries())


@pytest.mark.parametrize("name", [*queries()])
def test_a_query_names_its_tables_and_filters_time_first(name: str) -> None:
    text = queries()[name]
    assert " search " not in text
    lines = [line.strip() for line in text.splitlines()]
    for before, line in itertools.pairwise(lines):
        if before.lstrip("(").startswith(("Device", "AlertEvidence")) and before.lstrip("(").isalpha():
            assert line.startswith(("| where Timestamp between", "| where Timestamp >= "))
