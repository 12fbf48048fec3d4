"""Words and numbers that other places hold: published columns, the order of trust, names of systems."""

import pytest

from shared.core.correlate.by_evidence import TIES
from shared.core.correlate.finding import Finding, Method, ProcessKey, ProcessNode, Reason, Status, TiedEvent
from shared.core.correlate.policy import HuntPolicy
from shared.core.correlate.rows import whole
from shared.core.correlate.shared_parents import is_session_root, is_shared
from tests.core.hunting.builders import DEVICE, START


def test_the_words_of_the_published_columns_never_change() -> None:
    assert [str(each) for each in Status] == ["Correlated", "NoMatch", "Pending", "Failed", "NotApplicable"]
    assert [str(each) for each in Method] == [
        "ExactProcess", "ProcessWithinTolerance", "FileHash", "FileName", "Address", "Url", "Registry",
        "Account", "Moment", "DeviceOnly", "None",
    ]  # fmt: skip
    assert [str(each) for each in Reason] == [
        "", "TelemetryNotInYet", "TelemetryNotSeen", "OlderThan30Days", "DeviceUnknownToHunting",
        "NoUsableEvidence", "Throttled", "RoleMissing", "TokenRefused", "LicenceMissing", "QueryRejected",
        "HuntingUnavailable", "HandlingFailed", "NotHuntedYet",
    ]  # fmt: skip
    assert list(TIES.values()) == [
        f"evidence-{each}" for each in ("hash", "name", "address", "url", "registry", "account")
    ]


def test_a_finding_that_says_nothing_more_is_empty() -> None:
    assert Finding("a", Status.NO_MATCH) == Finding(
        "a", Status.NO_MATCH, Method.NONE, 0, Reason.NONE, "", (), (), (), 0, False, (), ""
    )
    key = ProcessKey(DEVICE, 1, START)
    empty = (None, None, None, None, None, None, None)
    assert ProcessNode(key, 0) == ProcessNode(key, 0, *empty, False, False, False, (), 0)


def test_the_usual_numbers_are_those_that_the_pages_name() -> None:
    assert HuntPolicy() == HuntPolicy(
        tolerance_s=2,
        lookback_s=24 * 3_600,
        lookahead_s=24 * 3_600,
        mention_window_s=3_600,
        settled_after_s=2 * 3_600,
        retention_s=30 * 24 * 3_600,
        batch_size=100,
        max_query_chars=60_000,
        max_processes=400,
        process_rows=1_000,
        mention_rows=200,
        max_events=2_000,
        max_nodes=1_000,
        max_depth=200,
        max_anchors=16,
        max_indicators=60,
        max_rounds=40,
        device_activity=20,
    )


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (7, 7), ("7", 7), (7.9, 7), (" 7 ", 7), (0, 0), (2**63 - 1, 2**63 - 1), (2**63, None), (-1, None),
        (True, None), (None, None), ("x", None), (float("inf"), None), (float("nan"), None), ([7], None),
    ],
)  # fmt: skip
def test_a_cell_is_a_whole_number_that_a_query_can_name(cell: object, number: int | None) -> None:
    assert whole(cell) == number


@pytest.mark.parametrize(
    ("name", "parent", "pid", "root", "shared"),
    [
        ("Explorer.EXE", "", 9, True, True),
        ("TaskHostW.exe", "", 9, False, True),
        ("cmd.exe", "explorer.exe", 9, False, False),
        ("", "", 4, True, True),
        ("", "", 5, False, False),
        ("SSHD", "sshd", 9, True, False),
        ("sshd", "SSHD", 9, True, False),
        ("sshd", "systemd", 9, True, True),
        ("svchost.exe", "svchost.exe", 9, True, True),
        *(
            (name, name, 9, True, False)
            for name in ("sshd-session", "cron", "crond", "atd", "xinetd", "inetd")
        ),
    ],
)
def test_what_begins_a_session_and_what_serves_the_machine(
    name: str, parent: str, pid: int, root: bool, shared: bool
) -> None:
    key = ProcessKey(DEVICE, pid, START)
    assert is_session_root(key, name) is root
    assert is_shared(key, name, parent) is shared


def test_an_event_hangs_on_no_process_until_told() -> None:
    assert TiedEvent.__dataclass_fields__["depth"].default is None
    assert TiedEvent.__dataclass_fields__["owner"].default is None
