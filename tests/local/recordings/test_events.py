"""One form for all collectors, and times that can be compared."""

from typing import Any

import pytest

from local.recordings.events import MILLISECOND, events, moment
from local.simulator import ticks
from tests.local.recordings import written
from tests.local.recordings.written import HOST, SYSMON, guid, utc

AT = ticks.parse("2024-03-25T11:20:01Z")
FIELDS = {"ProcessGuid": guid(1), "ProcessId": "10", "Image": "C:\\a.exe", "UtcTime": utc(1)}
HEAD = {"EventID": 11, "Channel": f"{SYSMON}/Operational"}
SHAPES: dict[str, dict[str, Any]] = {
    "NXLog": {**HEAD, "Hostname": HOST, "EventTime": "2024-03-25 07:20:01", "ProcessID": 4321, **FIELDS},
    "export": {**HEAD, "Computer": HOST, "TimeCreated": "2024-03-25T07:20:01.010Z", **FIELDS},
    "winlogbeat 7": {
        "@timestamp": "2024-03-25T11:20:01.020Z",
        "host": {"name": "collector"},
        "winlog": {
            "event_id": 11,
            "channel": f"{SYSMON}/Operational",
            "computer_name": HOST,
            "event_data": FIELDS,
        },
    },
    "winlogbeat 6": {
        "@timestamp": "2024-03-25T11:20:01.020Z",
        "event_id": 11,
        "log_name": f"{SYSMON}/Operational",
        "computer_name": HOST,
        "event_data": FIELDS,
    },
    "event log": {
        "Event": {
            "System": {
                "Provider": {"#attributes": {"Name": SYSMON}},
                "EventID": {"#attributes": {"Qualifiers": 0}, "#text": 11},
                "Channel": f"{SYSMON}/Operational",
                "Computer": HOST,
                "TimeCreated": {"#attributes": {"SystemTime": "2024-03-25T11:20:01.012345Z"}},
            },
            "EventData": {**FIELDS, "ProcessId": 10},
        }
    },
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_collector_says_the_same(shape: str) -> None:
    (event,) = events([SHAPES[shape]])
    assert (event.channel, event.number, event.host) == ("sysmon", 11, HOST.lower())
    assert event.time // MILLISECOND * MILLISECOND == AT
    assert (event.text("ProcessGuid"), event.number_of("ProcessId")) == (guid(1), 10)


def test_a_field_that_the_collector_lost_is_taken_from_the_message() -> None:
    message = f"Process Create:\r\nUtcTime: {utc(1)}\r\nProcessId: 10\r\nImage: C:\\a.exe: b\r\nno field\r\n"
    (event,) = events(
        [{**HEAD, "Hostname": HOST, "ProcessID": 4321, "Message": message, "Image": "C:\\own.exe"}]
    )
    assert event.number_of("ProcessId") == 10
    assert event.text("Image") == "C:\\own.exe"


def test_local_times_are_moved_as_sysmon_s_own_are() -> None:
    logon, act = events([written.security(4624, 5), written.sysmon(11, 9)])
    assert ticks.text(logon.time)[:19] == "2024-03-25T11:20:05"
    assert ticks.text(act.time)[:19] == "2024-03-25T11:20:09"


def test_without_sysmon_the_time_of_receipt_tells_the_zone() -> None:
    (logon,) = events([written.security(4624, 5)])
    assert ticks.text(logon.time)[:19] == "2024-03-25T11:20:05"


def test_events_of_one_millisecond_keep_their_order_and_differ() -> None:
    records = [written.sysmon(11, 1, TargetFilename=str(place)) for place in range(50)]
    read = events([written.sysmon(11, 2, TargetFilename="last"), *records])
    assert [event.text("TargetFilename") for event in read] == [*map(str, range(50)), "last"]
    times = [event.time for event in read]
    assert times == sorted(set(times))
    assert {moment // MILLISECOND * MILLISECOND for moment in times[:-1]} == {AT}
    assert all(ticks.text(moment).endswith("Z") and moment % MILLISECOND for moment in times)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {**SHAPES["NXLog"], "Channel": "Application", "SourceName": ""},
        {**SHAPES["NXLog"], "EventID": "eleven"},
        {**SHAPES["NXLog"], "Hostname": ""},
        {**SHAPES["NXLog"], "UtcTime": "soon", "EventTime": "later"},
        {"Event": {"System": [], "EventData": None}},
        {"winlog": {"event_data": 7}},
    ],
)
def test_what_cannot_be_placed_is_left_out(record: dict[str, object]) -> None:
    assert events([record]) == []


@pytest.mark.parametrize("nothing", ["", "-", "?", "<unknown process>", "&lt;unknown process&gt;"])
def test_signs_for_nothing_say_nothing(nothing: str) -> None:
    (event,) = written.read(written.sysmon(8, 1, TargetImage=nothing, Other="yes"))
    assert event.text("TargetImage") == ""
    assert event.text("TargetImage", "Other") == "yes"
    assert event.number_of("TargetImage") is None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2024-03-25 11:20:01", AT),
        ("2024-03-25T11:20:01Z", AT),
        ("2024-03-25T12:20:01+01:00", AT),
        ("2024-03-25T11:20:01.0000001Z", AT + 1),
        ("2024-03-25T11:20:01.123456789Z", AT + 1_234_567),
        ("2024-03-25 11:20:01.5", AT + 5_000_000),
        ("25/03/2024", None),
        ("", None),
    ],
)
def test_times_as_collectors_write_them(text: str, read: int | None) -> None:
    assert moment(text) == read
