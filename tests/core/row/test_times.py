"""Every time of an alert is in its row in UTC, with where it stands; what is none is named with its text."""

import json

import pytest

from shared.core.row.column import FIRST_TIME
from shared.core.values.instant import Instant
from shared.core.values.records import Column
from tests.core.row.test_build import row_of
from tests.core.samples import Json, changed, raw, read

# (as it is sent, as it is shown); None is a time that is not set.
SPELT: list[tuple[str, str | None]] = [
    ("2026-10-05T09:32:01.7220239Z", "2026-10-05T09:32:01.7220239Z"),
    ("2026-10-05T11:32:01.7220239+02:00", "2026-10-05T09:32:01.7220239Z"),
    ("2026-10-05T00:32:01-0900", "2026-10-05T09:32:01.0000000Z"),
    ("2026-10-05T09:32:01.5", "2026-10-05T09:32:01.5000000Z"),
    ("2026-10-05T09:32", "2026-10-05T09:32:00.0000000Z"),
    ("2026-10-05 09:32:01.123456789z", "2026-10-05T09:32:01.1234567Z"),
    (" 2026-10-05T09:32:01Z ", "2026-10-05T09:32:01.0000000Z"),
    ("/Date(1791192721000)/", "2026-10-05T09:32:01.0000000Z"),
    ("/Date(1791192721000+0200)/", "2026-10-05T09:32:01.0000000Z"),
    ("0001-01-01T00:00:00Z", None),
    ("0001-01-01T00:00:00", None),
    ("0001-01-01T00:00:00+01:00", None),
    ("1601-01-01T00:00:00.0000000Z", None),
]
UNREADABLE = ("soon", "2026-02-30T00:00:00Z", "2026-10-05T09", "2026-10-05T25:00:00Z", "1791192721")
# Where an alert of each API holds times: (place, the column of the type DateTime that shows it, if any).
PLACES: list[tuple[str, tuple[str | int, ...], str]] = [
    ("defender", ("firstEventTime",), "FirstEventTime"),
    ("defender", ("lastEventTime",), "LastEventTime"),
    ("defender", ("resolvedTime",), "ResolvedTime"),
    ("defender", ("evidence", 0, "processCreationTime"), ""),
    ("defender", ("evidence", 0, "parentProcessCreationTime"), ""),
    ("defender", ("evidence", 1, "evidenceCreationTime"), ""),
    ("defender", ("comments", 0, "createdTime"), ""),
    ("graph", ("firstActivityDateTime",), "FirstEventTime"),
    ("graph", ("resolvedDateTime",), "ResolvedTime"),
    ("graph", ("evidence", 0, "firstSeenDateTime"), ""),
    ("graph", ("evidence", 1, "processCreationDateTime"), ""),
    ("graph", ("evidence", 2, "createdDateTime"), ""),
    ("graph", ("evidence", 2, "tomorrowDateTime"), ""),
    ("graph", ("comments", 0, "createdDateTime"), ""),
]


def path_of(place: tuple[str | int, ...]) -> str:
    """`evidence[1].sha1`, as the row names it."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)[1:]


def with_time(source: str, place: tuple[str | int, ...], text: str) -> dict[str, Column]:
    """The row of an alert that holds `text` there."""
    body: Json = raw(source)
    if place[-1] == "tomorrowDateTime":
        body["evidence"][2]["tomorrowDateTime"] = text
    return row_of(read(changed(body, place, text), source))


def moments(columns: dict[str, Column], path: str) -> list[str]:
    """The times that the row shows for a path: that of OtherFacts, or those of the entities and comments."""
    facts = {fact["path"]: fact["value"] for fact in json.loads(str(columns["OtherFacts"]))}
    if path in facts:
        return [Instant.parse(facts[path]).text()]
    shown = [*json.loads(str(columns["EntitiesJson"])), *json.loads(str(columns["CommentsJson"]))]
    return [entry["created"] for entry in shown if "created" in entry]


@pytest.mark.parametrize(("source", "place", "column"), PLACES, ids=lambda part: str(part))
def test_a_time_is_shown_in_utc_wherever_it_stands(
    source: str, place: tuple[str | int, ...], column: str
) -> None:
    for text, shown in SPELT:
        columns = with_time(source, place, text)
        assert columns["UnreadableFields"] == "", text
        if shown is None:
            assert column == "" or columns[column] == FIRST_TIME, text
            assert '"000' not in str(columns["OtherFacts"]) and "1601-" not in str(columns["OtherFacts"])
            continue
        exact = Instant.parse(shown)
        if column:
            assert columns[column] == exact.to_datetime(), text
        if not column or exact.ticks % 10:  # a column of that type ends at microseconds
            assert shown in moments(columns, path_of(place)), text


@pytest.mark.parametrize(("source", "place", "column"), PLACES, ids=lambda part: str(part))
def test_what_is_no_time_is_named_with_its_path_and_its_text(
    source: str, place: tuple[str | int, ...], column: str
) -> None:
    for text in UNREADABLE:
        columns = with_time(source, place, text)
        path = path_of(place)
        assert columns["UnreadableFields"] == f"{path}: {text}"
        assert {"path": path, "value": text} in json.loads(str(columns["OtherFacts"]))
        assert column == "" or columns[column] == FIRST_TIME


def test_what_cannot_be_read_is_named_with_what_stands_there() -> None:
    body = raw("defender")
    body["evidence"][1] |= {"sha1": ["a", {"b": 1}], "md5": False, "fileName": 7}
    body["incidentId"] = {"text": "x" * 5_000}
    del body["severity"]
    row = row_of(read(body))
    said = str(row["UnreadableFields"]).split(", ")
    assert "evidence[1].sha1: [0]=a; [1].b=1" in said
    assert "evidence[1].md5: false" in said
    assert "7" in str(row["AllFileNames"]).split(", ")  # a number is a name, too
    assert "severity" in said
    [incident] = [part for part in said if part.startswith("incidentId: .text=xxx")]
    assert len(incident) < 150
