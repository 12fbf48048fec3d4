"""Alerts that are odd as a whole: very many things, very long texts, ids that look alike."""

import json
import time
from dataclasses import replace

import pytest

from shared.core.alert.model import Alert
from shared.core.alert.reading import CUT_MARK, MAX_TEXT
from shared.core.lookups.wanted import MOST_OF_A_KIND, wanted_entities
from shared.core.values import table_keys
from tests.core.row.ocsf_schema import faults
from tests.core.samples import Json, Place, changed, places, raw, read
from tests.hostile import path
from tests.hostile.mutations import dotted, ground

MANY = 10_000
MEGABYTE = 2**20


def many() -> Json:
    """Sample evidence of every kind again and again, each time about another thing."""
    whole = raw("defender")
    kinds = whole["evidence"]
    items = []
    for number in range(MANY):
        item = dict(kinds[number % len(kinds)])
        item |= {"sha1": f"{number:040x}", "sha256": f"{number:064x}", "fileName": f"f{number}.exe"}
        item |= {"processId": number, "ipAddress": f"203.0.{number // 250}.{number % 250}"}
        items.append(item | {"url": f"http://h{number}.example.net/", "accountName": f"user{number}"})
    return whole | {"evidence": items}


def test_ten_thousand_pieces_of_evidence_fit_a_row_that_says_what_was_cut() -> None:
    begun = time.process_time()
    passed = path.passed(json.dumps(many()), "defender")  # fails by itself where a limit is broken
    assert time.process_time() - begun < 30
    assert len(passed.alert.evidence) == passed.row["EvidenceCount"] == MANY
    cut_names = str(passed.row["ValuesTruncated"]).split(", ")
    assert {"EntitiesJson", "IpAddrs", "FileHashes", "DetectionFinding"} <= set(cut_names)
    entities = json.loads(str(passed.row["EntitiesJson"]))
    assert entities[-1] == {"left_out": MANY + 1 - (len(entities) - 1)}  # with the device itself
    finding = json.loads(str(passed.row["DetectionFinding"]))
    assert finding["unmapped"]["left_out"]["evidences"] == MANY - len(finding["evidences"])
    wanted = wanted_entities(passed.alert)
    assert len(wanted.files) == len(wanted.addresses) == MOST_OF_A_KIND
    assert wanted.left_out > 9_000
    assert sum(map(len, passed.queries)) < 2_000_000


def test_short_evidence_beyond_what_a_finding_lists_is_counted_in_it() -> None:
    items = [{"entityType": "Ip", "ipAddress": f"203.0.113.{number}"} for number in range(230)]
    passed = path.passed(json.dumps(raw("defender") | {"evidence": items}), "defender")
    finding = json.loads(str(passed.row["DetectionFinding"]))
    assert len(finding["evidences"]) + finding["unmapped"]["left_out"]["evidences"] == 230
    assert finding["metadata"]["is_truncated"] is True
    assert "DetectionFinding" in str(passed.row["ValuesTruncated"])
    assert not faults(finding)


def text_places(source: str) -> list[tuple[Json, Place]]:
    """Every place of the sample alerts where a text stands, but for the id."""
    found = []
    for body, where in ground(source):
        for place in where:
            value = body
            for step in place:
                value = value[step]
            if isinstance(value, str) and place != ("id",):
                found.append((body, place))
    return found


def cut_and_named(source: str, body: Json, place: Place, text: str) -> None:
    """Fails where a long text at `place` is kept whole, or cut without a word."""
    passed = path.passed(json.dumps(changed(body, place, text)), source)
    said = str(passed.row["UnreadableFields"])
    longest = max(map(len, strings(replace(passed.alert, raw={}))))  # the body itself is kept whole
    assert longest <= MAX_TEXT + len(CUT_MARK), place
    assert longest < MAX_TEXT or f"{dotted(place)} (cut from {MEGABYTE} characters)" in said, place


@pytest.mark.parametrize("source", ["defender", "graph"])
def test_a_megabyte_in_a_text_is_cut_and_named(source: str) -> None:
    for body, place in text_places(source)[::9]:
        cut_and_named(source, body, place, "m" * MEGABYTE)


@pytest.mark.slow
@pytest.mark.parametrize("char", ["m", "\u00e9", "\x00", "\U0001f600"])
@pytest.mark.parametrize("source", ["defender", "graph"])
def test_a_megabyte_in_every_text_is_cut_and_named(source: str, char: str) -> None:
    for body, place in text_places(source):
        cut_and_named(source, body, place, char * MEGABYTE)


def strings(value: object) -> list[str]:
    """Every text inside the alert."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in strings(part)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in strings(item)]
    fields = getattr(value, "__slots__", ())
    return [text for name in fields for text in strings(getattr(value, name))]


ALIKE = (
    "da1_1",
    "DA1_1",
    "da1_1 ",
    "da1\u005f1\u200b",
    "da1_1\x00",
    "da1_1\ufffd",
    "da1_1\ud800",
    "da1_1\udfff",
    "da1/1",
    "da1\\1",
    "da1%2F1",
    "da1%252F1",
    "da1#1",
    "da1?1",
    "da1\n1",
    "da1\u20281",
    "da1~1",
    "da1'1",
    "é" * 256,
    "é" * 255 + "e",
    "e\u0301" * 128,
    "x" * 256,
    "x" * 200,
    "/" * 256,
)


def identified(alert_id: str) -> Alert:
    return read(raw("defender") | {"id": alert_id})


def test_ids_that_look_alike_or_are_cleaned_alike_stay_apart() -> None:
    known = {one: identified(one) for one in ALIKE}
    pretended = [identified(alert.id) for alert in known.values() if alert.id not in known]
    alerts = [*known.values(), *pretended]
    assert pretended, "an id that looks as a cleaned one does is among them"
    assert (
        len({alert.id for alert in alerts})
        == len({table_keys.alert_keys(alert) for alert in alerts})
        == len(alerts)
    )


@pytest.mark.parametrize("alert_id", ALIKE)
def test_an_id_of_any_characters_has_its_row_and_is_shown_in_it(alert_id: str) -> None:
    passed = path.passed(json.dumps(raw("defender") | {"id": alert_id}), "defender")
    assert passed.row["AlertId"] == passed.alert.id
    assert (passed.alert.id == alert_id) is ("id" not in passed.alert.unreadable)
    assert ("id" in passed.alert.unreadable) is any(char in alert_id for char in "\x00\ud800\udfff")


def test_nul_and_lone_surrogates_are_marks_everywhere_in_the_row() -> None:
    body = raw("defender")
    odd = "a\x00b\ud83dc\udc00d"
    for place in places(body):
        if place[-1] not in ("id", "entityType", "sha1", "sha256") and "Time" not in str(place[-1]):
            value = body
            for step in place:
                value = value[step]
            if isinstance(value, str):
                body = changed(body, place, odd)
    row = path.passed(json.dumps(body), "defender").row
    texts = [value for value in row.values() if isinstance(value, str)]
    assert not any(char in text for text in texts for char in "\x00\ud83d\udc00")
    assert row["AlertName"] == "a\ufffdb\ufffdc\ufffdd"
    assert sum("a\ufffdb\ufffdc\ufffdd" in text for text in texts) > 10
