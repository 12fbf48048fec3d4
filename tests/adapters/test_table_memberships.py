"""Incidents' rows, days, alerts and marks in real tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.adapters.storage.client import StorageTables, in_partition
from shared.adapters.storage.memberships import TableMemberships
from shared.adapters.storage.operations import Operation, Verb
from shared.adapters.storage.rows import TableAlertRows, TableIncidentRows
from shared.core.incidents import Mark
from shared.core.values import table_keys
from shared.core.values.records import RowWrite

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
DAY = "2026-11-24"
ODD = "10|42/é'%"


def test_the_day_that_was_kept_first_stays(tables: StorageTables) -> None:
    kept = TableMemberships(tables, "home")
    assert kept.days(["1042"]) == {}
    assert kept.keep_days({"1042": DAY, ODD: DAY}) == ["1042", ODD]
    assert kept.keep_days({"1042": "2026-11-25", "7": DAY}) == ["7"]
    assert kept.days(["1042", ODD, "7", "8"]) == {"1042": DAY, ODD: DAY, "7": DAY}
    assert TableMemberships(tables, "other").days(["1042"]) == {}
    many = {f"{number}": DAY for number in range(1000, 1250)}
    assert kept.keep_days(many) == [each for each in many if each != "1042"]
    assert kept.days(many) == many


def test_alerts_are_remembered_once_each_under_their_incident_alone(tables: StorageTables) -> None:
    kept = TableMemberships(tables, "home")
    kept.add({"10": {(DAY, "a"), (DAY, "b")}, "104": {(DAY, "c")}, ODD: {("2026-11-23", "d%2F")}})
    kept.add({"10": {(DAY, "b"), ("2026-11-23", "e")}})
    assert kept.alerts(["10", "104", ODD, "1"]) == {
        "10": [("2026-11-23", "e"), (DAY, "a"), (DAY, "b")],
        "104": [(DAY, "c")],
        ODD: [("2026-11-23", "d%2F")],
        "1": [],
    }
    big = {(DAY, f"k{number:04d}") for number in range(250)}
    kept.add({"big": big})
    assert kept.alerts(["big"])["big"] == sorted(big)


def test_a_mark_that_was_made_again_is_not_cleared(tables: StorageTables) -> None:
    kept = TableMemberships(tables, "home")
    kept.add({"1042": {(DAY, "a")}, "7": set()})
    marks = {mark.incident_id: mark for mark in kept.marks()}
    assert {each: mark.is_marked for each, mark in marks.items()} == {"1042": True, "7": True}
    [begun] = kept.write_marks([replace(marks["1042"], tries=1, tried=NOW)])
    kept.add({"1042": {(DAY, "b")}})
    assert kept.write_marks([replace(begun, is_marked=False)]) == []
    kept.remove_marks([begun])
    [again] = [mark for mark in kept.marks() if mark.incident_id == "1042"]
    assert (again.is_marked, again.tries, again.tried) == (True, 1, NOW)
    [ended] = kept.write_marks([Mark("1042", built=NOW, etag=again.etag)])
    assert ended in kept.marks() and not ended.is_marked
    kept.remove_marks([ended])
    assert [mark.incident_id for mark in kept.marks()] == ["7"]


def test_a_mark_that_cannot_be_read_has_its_incident_built(tables: StorageTables) -> None:
    kept = TableMemberships(tables, "home")
    kept.add({"10/42": {(DAY, "a")}})
    [row] = tables.query(
        "AlertWork", in_partition("incidents|home") + " and RowKey ge 'due|' and RowKey lt 'due}'"
    )
    keys = {name: row[name] for name in ("PartitionKey", "RowKey")}
    odd = {**keys, "IncidentId": 7, "Built": "soon", "Tries": "many"}
    tables.apply("AlertWork", [Operation(Verb.PUT, odd)])
    [mark] = [mark for mark in kept.marks() if mark.incident_id]
    assert (mark.incident_id, mark.is_marked, mark.built) == ("10/42", True, None)
    assert len(kept.write_marks([replace(mark, tries=1, tried=NOW + timedelta(hours=1))])) == 1


def test_an_incidents_row_is_merged_around_a_consumers_columns(tables: StorageTables) -> None:
    rows = TableIncidentRows(tables)
    key = (DAY, "1042")
    assert rows.read([key]) == {}
    assert len(rows.write([RowWrite(*key, {"Title": "a", "AlertCount": 1}, "")])) == 1
    stands = rows.read([key])[key]
    rows.write([RowWrite(*key, {"Ticket": "INC-1"}, stands.etag)])
    assert rows.write([RowWrite(*key, {"Title": "late"}, stands.etag)]) == []
    stands = rows.read([key])[key]
    rows.write([RowWrite(*key, {"AlertCount": 2}, stands.etag)])
    assert rows.read([key])[key].columns == {"Title": "a", "AlertCount": 2, "Ticket": "INC-1"}


def test_some_columns_of_alerts_are_read_whichever_way_is_cheapest(tables: StorageTables) -> None:
    rows = TableAlertRows(tables)
    keys = [(DAY, f"a{number:03d}") for number in range(120)]
    rows.write([RowWrite(*key, {"IncidentId": "1", "Story": "long", "Count": 3}, "") for key in keys])
    for some in (keys[:2], keys):
        found = rows.read([*some, (DAY, "unknown")], ("IncidentId", "Count", "Absent"))
        assert found.keys() == set(some)
        assert all(stored.columns == {"IncidentId": "1", "Count": 3} for stored in found.values())
    assert rows.read(keys[:1])[keys[0]].columns["Story"] == "long"


def test_a_further_tenants_alert_comes_back_under_its_own_key(tables: StorageTables) -> None:
    kept = TableMemberships(tables, "acme")
    key = (DAY, table_keys.published_row("acme", table_keys.safe_id("a|1")))
    kept.add({"10": {key}})
    assert kept.alerts(["10"]) == {"10": [key]}
    assert TableMemberships(tables, "home").alerts(["10"]) == {"10": []}
