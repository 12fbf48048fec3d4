"""Who is who: by GUID, and only without Sysmon by pid."""

import pytest

from local.recordings.processes import Process, Processes, guid_of
from local.simulator import ticks
from tests.local.recordings import written
from tests.local.recordings.written import BORN, CMD, EXPLORER, born, did, guid, read, security


def named(processes: Processes, number: int) -> Process:
    (found,) = [one for one in processes if one.guid == guid_of(guid(number))]
    return found


def test_a_pid_used_again_is_another_process() -> None:
    processes = Processes(read(*written.session()))
    tool, editor, last = (named(processes, number) for number in (2, 4, 6))
    assert {one.pid for one in (tool, editor, last)} == {200}
    assert [one.name for one in tool.tree()] == ["tool.exe", "helper.exe"]
    assert [one.name for one in editor.tree()] == ["editor.exe", "plugin.exe", "plugin.exe"]
    assert [one.name for one in last.ancestors()] == ["plugin.exe", "editor.exe", "explorer.exe"]
    assert tool.ended is not None
    assert last.ended is None


def test_a_process_from_before_the_recording_began_in_the_second_that_its_guid_holds() -> None:
    processes = Processes(read(born(*CMD, 1, parent=EXPLORER)))
    explorer = named(processes, 9)
    assert explorer.birth is None
    assert explorer.created // ticks.PER_SECOND == BORN
    assert (explorer.name, explorer.command) == ("explorer.exe", "C:\\Windows\\explorer.exe -p")
    moved = Processes(read(born(*CMD, 1, parent=EXPLORER)), shift=-ticks.PER_SECOND)
    assert named(moved, 9).created == explorer.created - ticks.PER_SECOND


def test_a_guid_whose_second_cannot_be_is_not_believed() -> None:
    late = did(11, 7, 70, "C:\\a.exe", 1) | {"ProcessGuid": guid(7, BORN + 90_000)}
    (process,) = Processes(read(late))
    assert process.created < read(late)[0].time


def test_an_identity_of_zeros_is_none() -> None:
    zero = "{00000000-0000-0000-0000-000000000000}"
    assert list(Processes(read(did(11, 1, 10, "C:\\a.exe", 1) | {"ProcessGuid": zero}))) == []


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("{1A2B3C4D-5E6F-6601-0000-00000000000A}", "1a2b3c4d-5e6f-6601-0000-00000000000a"),
        (" 1a2b3c4d-5e6f-6601-0000-00000000000a ", "1a2b3c4d-5e6f-6601-0000-00000000000a"),
        ("cmd.exe /c {1A2B3C4D-5E6F-6601-0000-00000000000A}", ""),
        ("", ""),
    ],
)
def test_guids_are_read_in_any_dress(text: str, read_as: str) -> None:
    assert guid_of(text) == read_as


def test_processes_that_name_each_other_as_parent_do_not_turn_in_a_circle() -> None:
    one, two = (1, 10, "C:\\a.exe"), (2, 20, "C:\\b.exe")
    processes = Processes(
        read(born(*one, 1, parent=two), born(*two, 2, parent=one), born(*one, 3, parent=one))
    )
    assert [process.name for process in named(processes, 1).ancestors()] == ["b.exe"]
    assert len(named(processes, 2).tree()) == 2


def created_4688(second: float, pid: int, creator: int, name: str, **more: str) -> written.Json:
    fields = {"NewProcessId": hex(pid), "ProcessId": hex(creator), "NewProcessName": f"C:\\{name}"}
    fields |= {"SubjectUserName": "bob", "SubjectDomainName": "CORP", "TargetUserName": "-"}
    return security(4688, second, **(fields | {"ParentProcessName": "C:\\explorer.exe"} | more))


def test_without_sysmon_the_security_log_tells_of_processes_by_pid() -> None:
    events = read(
        created_4688(1, 10, 5, "a.exe"), created_4688(2, 20, 10, "b.exe"),
        created_4688(3, 10, 20, "c.exe"), created_4688(4, 30, 10, "d.exe"),
    )  # fmt: skip
    by_name = {process.name: process for process in Processes(events)}
    assert all(process.is_by_pid for process in by_name.values())
    assert [one.name for one in by_name["d.exe"].ancestors()] == ["c.exe", "b.exe", "a.exe", "explorer.exe"]
    assert by_name["a.exe"].user == "CORP\\bob"
    assert by_name["explorer.exe"].birth is None
    assert by_name["explorer.exe"].created < by_name["a.exe"].created


def test_where_sysmon_tells_of_processes_the_security_log_is_not_asked() -> None:
    events = read(born(*CMD, 1, parent=EXPLORER), created_4688(1, 100, 900, "cmd.exe"))
    processes = Processes(events)
    assert {process.guid for process in processes} == {guid_of(guid(1)), guid_of(guid(9))}
    assert [processes.created_by(event) is not None for event in events] == [
        event.channel == "sysmon" for event in events
    ]
