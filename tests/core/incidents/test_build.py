"""An incident's row: the whole of its alerts, whatever order they came in and whatever stands in them."""

import json
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.incidents import INCIDENT_COLUMNS, NEEDED, content
from shared.core.incidents.columns import CONTENT
from shared.core.incidents.member import VALIDATIONS, Row
from shared.core.row.column import FIRST_TIME, MAX_ROW, Kind
from shared.core.row.definition import BY_NAME as OF_ALERTS
from shared.core.row.text import units
from shared.core.values.records import Column
from tests.core.incidents.rows import DEVICE, NOW, behaviour, key, process, row, step

OTHER = "e" * 40


def made(*rows: Row, incident: str = "1042") -> dict[str, Any]:
    """The content over these alerts, JSON read."""
    columns = content(incident, {key(number): each for number, each in enumerate(rows)})
    json_columns = {column.name for column in CONTENT if column.is_json}
    return {n: json.loads(str(v)) if n in json_columns else v for n, v in columns.items()}


def test_every_column_is_filled_and_what_is_needed_of_alerts_is_a_column_of_theirs() -> None:
    assert list(made(row())) == [column.name for column in CONTENT]
    assert set(NEEDED) <= set(OF_ALERTS)
    assert len({column.name for column in INCIDENT_COLUMNS}) == len(INCIDENT_COLUMNS)
    assert sum(column.most_bytes for column in INCIDENT_COLUMNS) < MAX_ROW - 128 * 1024


def test_one_of_its_columns_is_read_for_each_that_is_needed() -> None:
    """A column that is read and not asked for would be empty in production alone."""
    asked: set[str] = set()

    class Noted(dict[str, Any]):
        def get(self, name: str, default: Any = None) -> Any:
            asked.add(name)
            return super().get(name, default)

        def __getitem__(self, name: str) -> Any:
            asked.add(name)
            return super().__getitem__(name)

    content("1042", {key(0): Noted(row(tree=[process(1)])), key(1): Noted(row(incident="7"))})
    assert asked <= set(NEEDED)


def test_the_gravest_alert_speaks_for_the_incident() -> None:
    ran = row(
        minute=5, Validation="Confirmed", ValidationReason="it ran", AlertName="Ransomware", Priority=1,
        PriorityReason="confirmed",
    )  # fmt: skip
    severe = row(minute=1, SeverityId=4, EventSeverity="High", Priority=3)
    said = made(row(), ran, severe)
    assert said["Title"] == "Ransomware and 2 more alerts on ws-0042"
    assert (said["Validation"], said["ValidationReason"]) == ("Confirmed", "it ran")
    assert (said["Severity"], said["SeverityId"]) == ("High", 4)
    assert (said["Priority"], said["PriorityReason"]) == (1, "confirmed")
    assert said["AlertKeys"][0] == "2026-11-24|da0001"
    assert (said["AlertCount"], said["ConfirmedCount"], said["UnprovenCount"]) == (3, 1, 2)


def test_what_runs_unstopped_is_graver_than_what_was_stopped() -> None:
    words = [str(word) for word in VALIDATIONS]
    assert words == ["Confirmed", "Likely", "Contained", "Blocked", "Unproven", "NoTelemetry"]
    for graver, calmer in pairwise(words):
        assert made(row(Validation=calmer), row(minute=9, Validation=graver))["Validation"] == graver


def test_a_word_for_the_severity_that_nobody_knows_counts_as_high() -> None:
    said = made(row(), row(SeverityId=99, EventSeverity="Severe"))
    assert (said["Severity"], said["SeverityId"]) == ("Severe", 99)


def test_it_is_open_while_one_alert_is_and_resolved_after_that() -> None:
    assert made(row(AlertStatus="Closed"), row())["State"] == "open"
    closed = made(row(AlertStatus="Closed"), row(AlertStatus="Closed"))
    assert (closed["State"], closed["OpenCount"], closed["AlertCount"]) == ("resolved", 0, 2)


def test_times_are_the_first_and_the_last_of_all_and_an_unknown_one_counts_for_neither() -> None:
    said = made(
        row(minute=3), row(minute=8), row(minute=5, FirstEventTime=FIRST_TIME, LastEventTime=FIRST_TIME)
    )
    start = NOW - timedelta(hours=1)
    assert said["CreatedTime"] == start + timedelta(minutes=3)
    assert said["LastAlertTime"] == start + timedelta(minutes=8)
    assert said["FirstActivityTime"] == start + timedelta(minutes=1)
    assert said["LastActivityTime"] == start + timedelta(minutes=7)


def test_devices_and_users_stand_once_each_with_their_alerts() -> None:
    said = made(
        row(Validation="Likely", UserSid="S-1-5-21-1"),
        row(Username="contoso.example\\Alice", UserSid="S-1-5-21-1"),
        row(DvcId=OTHER, DvcHostname="srv-01", Username="CONTOSO\\bob"),
        row(tree=[process(1, device_id="f" * 40, device="dc-01")]),
    )
    assert said["Devices"] == "ws-0042, srv-01, dc-01"
    assert [(one["id"], one["alerts"]) for one in said["DevicesJson"]] == [
        (DEVICE, 3),
        (OTHER, 1),
        ("f" * 40, 0),
    ]
    assert said["Users"] == "CONTOSO\\alice, CONTOSO\\bob"
    assert (said["DeviceCount"], said["UserCount"]) == (3, 2)
    assert [one["alerts"] for one in said["UsersJson"]] == [3, 1]


@pytest.mark.parametrize("last", [{"UserSid": "S-1-5-21-1"}, {"UserUpn": "alice@contoso.example"}, {}])
def test_a_user_is_one_by_whatever_the_alerts_have_in_common(last: dict[str, Column]) -> None:
    said = made(
        row(Username="alice@contoso.example", UserUpn="alice@contoso.example", UserSid=""),
        row(minute=1, Username="CONTOSO\\alice", UserUpn="alice@contoso.example", UserSid=""),
        {**row(minute=2, Username="CONTOSO\\alice", UserUpn="", UserSid=""), **last},
        row(minute=3, Username="CONTOSO\\bob", UserSid="S-1-5-21-2"),
        row(minute=4, Username="CONTOSO\\bob", UserSid="S-1-5-21-3"),
    )
    assert [one["alerts"] for one in said["UsersJson"]] == [3, 1, 1]
    assert said["UsersJson"][0]["name"] == "CONTOSO\\alice"


def test_what_is_closed_makes_nothing_urgent_while_another_alert_is_open() -> None:
    closed = row(
        Validation="Confirmed",
        Priority=1,
        PriorityReason="confirmed",
        AlertStatus="Closed",
        NextSteps="Look: at the closed one.",
    )
    waits = row(minute=5, Priority=4, PriorityReason="waits", NextSteps="Look: at the open one.")
    said = made(closed, waits)
    assert (said["Priority"], said["PriorityReason"], said["NextSteps"]) == (
        *(4, "waits"),
        "Look: at the open one.",
    )
    assert said["Validation"] == "Confirmed", "what happened is told all the same"
    assert made(closed)["Priority"] == 1


def test_techniques_stand_in_the_order_of_their_tactics() -> None:
    said = made(
        row(AttackTactics="Impact", AttackTechniques="Inhibit System Recovery (T1490)"),
        row(
            AttackTactics="Malware",
            AttackTechniques="",
            TechniquesShown="T1105, Run (T1547.001)",
            seen=[
                behaviour("Run key", tactic="persistence", techniques=["T1547.001"]),
                behaviour("Proxy", tactic="proxy_execution", techniques=["T1218"]),
                behaviour("Idle", level="low", tactic="collection", techniques=["T1113"]),
            ],
        ),
    )
    assert said["Tactics"] == "Persistence, Defense Evasion, Impact"
    order = [part.rpartition("(")[2].strip(")") for part in said["Techniques"].split(", ")]
    assert order == ["T1547.001", "T1218", "T1490", "T1105"]


def test_a_process_that_several_alerts_tell_stands_once_under_its_device() -> None:
    shared_by_both = [process(1), process(2, 1, alert=True, behaviours=["Seen"])]
    also = [process(1, command=""), process(2, 1), process(3, 2, alert=True, decoded="hidden")]
    away = [process(1, device_id=OTHER, device="srv-01")]
    said = made(row(tree=shared_by_both), row(tree=also), row(tree=away))
    first, second = said["ProcessForest"]
    assert (first["device"], first["device_id"], second["device"]) == ("ws-0042", DEVICE, "srv-01")
    by_pid = {one["pid"]: one for one in first["processes"]}
    assert list(by_pid) == [1, 2, 3] and len(second["processes"]) == 1
    assert by_pid[1]["command"] == "1.exe -x"
    assert by_pid[2]["parent"] == by_pid[1]["id"] and by_pid[3]["parent"] == by_pid[2]["id"]
    assert by_pid[2]["alerts"] == ["da0000"] and by_pid[3]["alerts"] == ["da0001"]
    assert by_pid[2]["behaviours"] == ["Seen"] and by_pid[3]["decoded"] == "hidden"


def test_a_tree_that_leads_back_to_itself_is_cut_open() -> None:
    said = made(row(tree=[process(1, 2), process(2, 1), process(3, 3)]))
    above = {one["id"]: one.get("parent") for one in said["ProcessForest"][0]["processes"]}
    assert len(above) == 3
    for start in above:
        seen, at = set(), above[start]
        while at:
            assert at not in seen
            seen.add(at)
            at = above[at]


def test_a_start_that_two_alerts_tell_is_one_step_and_the_one_whose_process_it_is_tells_it() -> None:
    start = {"kind": "start", "process": "p1"}
    one = row(tree=[process(1)], steps=[step(1, "a started b", 60, **start), step(2, "b connected")])
    other = row(
        minute=1, tree=[process(1)],
        steps=[step(1, "a started b (the alert's process)", 100, **start), step(2, "b connected")],
    )  # fmt: skip
    said = made(one, other)["Timeline"]
    assert [entry["text"] for entry in said] == ["a started b (the alert's process)", "b connected"]
    assert said[0] | {"time": ""} == {
        "time": "", "device": "ws-0042", "text": "a started b (the alert's process)", "weight": 100,
        "kind": "start", "process": "f0", "alert": "da0001",
    }  # fmt: skip


def test_behaviours_of_all_devices_stand_gravest_first_with_their_process_in_the_forest() -> None:
    tree = [process(1)]
    low, high = behaviour("Low", level="low"), behaviour("High")
    said = made(row(tree=tree, seen=[low]), row(tree=tree, seen=[high, low]))["Behaviours"]
    assert [one["title"] for one in said] == ["High", "Low"]
    assert {(one["device"], one["process"]) for one in said} == {("ws-0042", "f0")}


def test_what_is_too_much_keeps_the_gravest_and_says_what_is_left_out() -> None:
    trees = [process(number, number - 1 if number else None, command="x" * 900) for number in range(300)]
    trees[250] |= {"alert": True}
    steps = [step(number % 60, f"{number} " + "y" * 300, 20) for number in range(400)]
    steps.append(step(30, "the one that matters", 100))
    said = made(row(tree=trees[:200], steps=steps), row(tree=trees[180:], seen=[behaviour("B")]))
    assert {"ProcessForest", "Timeline"} <= set(said["ValuesTruncated"].split(", "))
    assert "the one that matters" in [one.get("text") for one in said["Timeline"]]
    times = [one["time"] for one in said["Timeline"][:-1]]
    assert times == sorted(times) and said["Timeline"][-1] == {"left_out": 401 - len(times)}
    forest = said["ProcessForest"]
    kept = [one for device in forest[:-1] for one in device["processes"]]
    assert forest[-1] == {"left_out": 300 - len(kept)}


def test_five_hundred_alerts_fit_a_row_and_are_all_named() -> None:
    tree = [
        process(number, number - 1 if number else None, command="\U0001f600" * 900) for number in range(15)
    ]
    steps = [step(number, "s" * 500, 90) for number in range(20)]
    rows = [
        row(minute=number % 60, tree=tree, steps=steps, seen=[behaviour("B")], DvcId=f"{number:040x}",
            DvcHostname=f"ws-{number}", Username=f"CONTOSO\\user-{number}", AlertName="\U0001f600" * 1_000)
        for number in range(500)
    ]  # fmt: skip
    rows_by_key = {("2026-11-24", f"da638999111222333{n:03d}_-1234567890"): one for n, one in enumerate(rows)}
    columns = content("1042", rows_by_key)
    # The device of the trees is one more.
    assert (columns["AlertCount"], columns["DeviceCount"]) == (500, 501)
    assert len(json.loads(str(columns["AlertKeys"]))) == 500
    for column in CONTENT:
        if column.kind is Kind.STRING:
            assert units(str(columns[column.name])) <= column.limit, column.name


@given(st.permutations(range(12)))
def test_the_order_of_the_alerts_changes_nothing(order: list[int]) -> None:
    rows = {
        key(number): row(
            minute=number % 3,
            tree=[process(number), process(number + 1, number)],
            steps=[step(number, "told", 50 + number % 2), step(7, "told by all")],
            seen=[behaviour(f"B{number % 2}")],
            Validation=str(VALIDATIONS[number % len(VALIDATIONS)]),
            DvcHostname=f"ws-{number % 4}",
            DvcId=f"{number % 4:040x}",
        )
        for number in range(12)
    }
    assert content("1042", {key(number): rows[key(number)] for number in order}) == content("1042", rows)


def test_an_alert_that_left_is_not_counted_and_says_where_it_went() -> None:
    said = made(row(), row(incident="7", Validation="Confirmed", AlertName="Elsewhere"))
    assert (said["AlertCount"], said["Validation"], said["State"]) == (1, "Unproven", "open")
    assert (said["MovedTo"], said["MergedInto"]) == (["7"], "")
    assert "Elsewhere" not in said["Title"]


def test_an_alert_that_came_names_where_from() -> None:
    assert made(row(moved_from=("9", "1042", "7")), row())["MovedFrom"] == ["7", "9"]


def test_an_emptied_incident_says_where_its_alerts_are() -> None:
    merged = made(row(incident="7"), row(incident="7"))
    assert (merged["State"], merged["MergedInto"], merged["AlertCount"]) == ("emptied", "7", 0)
    assert merged["Title"] == "Empty: its alerts are in 7"
    assert (merged["Priority"], merged["SeverityId"], merged["Validation"]) == (5, 0, "NoTelemetry")
    spread = made(row(incident="7"), row(incident="8"))
    assert (spread["MovedTo"], spread["MergedInto"]) == (["7", "8"], "")
    assert made(row(incident=""))["MovedTo"] == []


def test_an_alert_of_an_earlier_version_has_the_priority_of_its_incident() -> None:
    old = {name: value for name, value in row().items() if not name.startswith("Priority")}
    assert made(old)["Priority"] == 4 and "Medium" in made(old)["PriorityReason"]


_ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["id", "parent", "pid", "created", "device_id", "time", "text", "weight", "process"]
            )
            | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("column", NEEDED)
@pytest.mark.parametrize("value", [1, 3.5, True, "", "no", b"\0"])
def test_a_row_with_one_column_alone_is_told(column: str, value: object) -> None:
    alone: dict[str, Any] = {"IncidentId": "1042", column: value}
    assert content("1042", {key(0): alone, key(1): row(tree=[process(1)])})["AlertCount"] in (1, 2)
    assert content("1042", {key(0): alone})["AlertCount"] in (0, 1)


@given(st.dictionaries(st.sampled_from(NEEDED), _ODD.map(json.dumps) | st.integers() | st.text(max_size=30)))
def test_whatever_stands_in_a_row_the_incident_is_built(odd: dict[str, Any]) -> None:
    said = content("1042", {key(0): {**odd, "IncidentId": "1042"}, key(1): row(tree=[process(1)])})
    assert said["AlertCount"] == 2
    for column in CONTENT:
        if column.is_json:
            assert isinstance(json.loads(str(said[column.name])), list)
