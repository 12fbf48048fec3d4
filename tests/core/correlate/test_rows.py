from shared.core.correlate.rows import Observation, Overflow, read
from tests.core.hunting.builders import START, Row, by, row, started

SHELL = (20, START.plus(-60), "explorer.exe")


def test_a_creation_names_the_new_process_the_actor_and_who_started_it() -> None:
    (one,) = read([started(7, START, "A.EXE", SHELL) | by(SHELL, (4, START.plus(-99), "userinit.exe"))])
    assert isinstance(one, Observation)
    assert [ref and (ref.pid, ref.name) for ref in (one.created, one.actor, one.starter)] == [
        (7, "a.exe"),
        (20, "explorer.exe"),
        (4, "userinit.exe"),
    ]


def test_a_process_that_another_table_names_was_not_created_by_its_row() -> None:
    target: Row = {"ProcessId": 7, "ProcessCreationTime": START.text(), "FileName": "lsass.exe"}
    (one,) = read([row("DeviceEvents", START, **target, **by(SHELL))])
    assert isinstance(one, Observation)
    assert one.created is None and one.actor is not None


def test_a_row_of_a_table_that_is_not_hunted_says_nothing() -> None:
    """Its name would stand in the next query."""
    strange = row('DeviceEvents | take 1 //"', START, **by(SHELL))
    assert list(read([strange, strange | {"Rows": 9_999}])) == []
    (counted,) = read([row("DeviceEvents", START, **by(SHELL)) | {"Rows": 9_999}])
    assert isinstance(counted, Overflow)
