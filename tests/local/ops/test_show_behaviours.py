"""What `ops show` says of detections: what hit, and what almost did."""

import json

from local.ops.show import almost_lines, behaviour_lines
from shared.adapters.detections import DetectionFiles
from shared.core.correlate.finding import TiedEvent
from tests.builders import finding, tied

SEEN = {
    "level": "high",
    "text": "vssadmin.exe: Shadow copies deleted",
    "techniques": ["T1490"],
    "rule": "r-1",
}

RULES = DetectionFiles(frozenset()).rules()


def _task(depth: int) -> TiedEvent:
    return tied(
        "DeviceProcessEvents",
        "ProcessCreated",
        depth=depth,
        FileName="schtasks.exe",
        FolderPath="C:\\Windows\\System32\\schtasks.exe",
        ProcessCommandLine="schtasks /create /tn x /tr notepad.exe /sc daily",
    )


def test_what_hit_is_said_with_its_level_technique_and_rule() -> None:
    lines = list(behaviour_lines(json.dumps([SEEN, {"left_out": 3}])))
    assert lines == [
        "seen       high: vssadmin.exe: Shadow copies deleted (T1490), rule r-1",
        "           and 3 more",
    ]


def test_what_almost_hit_is_said_with_the_part_that_was_not_met() -> None:
    lines = almost_lines(finding(events=(_task(0),)), RULES)
    assert any("Task made with a shell or as SYSTEM; not met: " in line for line in lines)
    assert len(lines) <= 5


def test_what_an_ancestor_did_almost_hits_nothing() -> None:
    assert almost_lines(finding(events=(_task(-1),)), RULES) == []
