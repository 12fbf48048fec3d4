"""Nothing that an alert says is lost in silence: each value of its JSON is in its row, or named as cut."""

import copy
import json
from collections import Counter
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.graph_types import EVIDENCE, item_of
from tests.core.row.leaves import CUT, Row, counted, leaves
from tests.core.row.test_build import row_of
from tests.core.samples import Json, raw, read

SOURCES = ("defender", "graph")


def row_for(body: Json, source: str) -> Row:
    """The row of an alert as `source` sends it."""
    return Row(row_of(read(body, source)))


def sparse(source: str) -> Json:
    """The alert without evidence."""
    return raw(source) | {"evidence": []}


def test_every_value_of_every_sample_and_of_every_type_of_evidence_is_in_the_row() -> None:
    bodies = [(source, raw(source)) for source in SOURCES]
    bodies += [("graph", sparse("graph") | {"evidence": [item_of(name)]}) for name in EVIDENCE]
    total: Counter[str] = Counter()
    for source, body in bodies:
        counts, lost = counted(row_for(body, source), body)
        assert lost == [], (source, body["evidence"][0].get("@odata.type"))
        total += counts
    print(
        f"{total.total()} values of {len(EVIDENCE)} types and {len(SOURCES)} samples: {dict(total)}, lost: 0"
    )
    assert len(EVIDENCE) >= 40
    assert total.total() > 3_000 and total[CUT] < total.total() / 100


@pytest.mark.parametrize("source", SOURCES)
def test_a_new_field_is_found_wherever_the_api_puts_it(source: str) -> None:
    body = raw(source)
    planted: list[str] = []

    def plant(value: Json) -> None:
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            plant(inner)
        if isinstance(value, dict):
            planted.append(f"planted {len(planted)}")
            value["novelty"] = planted[-1]

    plant(body)
    row = json.loads(str(row_of(read(body, source))["OtherFacts"]))
    found = {fact["value"]: fact["path"] for fact in row}
    assert len(planted) > 9
    assert [text for text in planted if not found.get(text, "").endswith("novelty")] == []


def test_evidence_of_a_type_nobody_has_heard_of_is_in_the_row() -> None:
    item = item_of("blobEvidence") | {
        "@odata.type": "#microsoft.graph.security.teapotEvidence",
        "spout": "left",
    }
    body = raw("graph")
    body["evidence"].insert(3, item)
    row = row_of(read(body, "graph"))
    counts, lost = counted(Row(row), body)
    assert lost == [] and counts.total() > 200
    facts = {fact["path"]: fact["value"] for fact in json.loads(str(row["OtherFacts"]))}
    assert facts["evidence[3].spout"] == "left"
    assert facts["evidence[3].@odata.type"].endswith("teapotEvidence")


VALUES = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
KEYS = st.text("abcdefXYZ_ /.[]\"'\\é\u202e0", min_size=1, max_size=12).filter(
    lambda key: "@odata." not in key
)
TREES = st.recursive(
    VALUES | st.text(min_size=1, max_size=30).map(lambda text: f"planted {text}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None, max_examples=150)
@given(source=st.sampled_from(SOURCES), of_alert=TREES, of_item=TREES)
def test_whatever_is_added_is_found_word_by_word(source: str, of_alert: Json, of_item: Json) -> None:
    kind = {
        "graph": {"@odata.type": "#microsoft.graph.security.unheardEvidence"},
        "defender": {"entityType": "Unheard"},
    }
    body = sparse(source) | {"novelty": of_alert, "evidence": [kind[source] | {"novelty": of_item}]}
    facts = json.loads(str(row_of(read(body, source))["OtherFacts"]))
    said = [fact["value"] for fact in facts if "novelty" in fact["path"]]
    wanted = [value for added in (of_alert, of_item) for _, value in leaves(added)]
    assert said == [value.replace("\x00", "\ufffd") if isinstance(value, str) else value for value in wanted]


def test_what_has_no_room_is_counted_and_the_column_named() -> None:
    body = raw("graph")
    body["evidence"] = [item_of("deviceEvidence", count(n * 100)) for n in range(300)]
    columns = row_of(read(body, "graph"))
    facts = json.loads(str(columns["OtherFacts"]))
    entities = json.loads(str(columns["EntitiesJson"]))
    assert facts[-1]["left_out"] > 5_000 and len(str(columns["OtherFacts"])) <= 24_000
    assert entities[-1]["left_out"] > 100
    assert {"OtherFacts", "EntitiesJson"} <= set(str(columns["ValuesTruncated"]).split(", "))
    counts, lost = counted(Row(columns), body)
    print(f"an alert of 300 devices: {counts.total()} values: {dict(counts)}")
    assert lost == [] and counts[CUT] > 5_000


def test_json_without_end_costs_a_bounded_row() -> None:
    deep: Json = "core"
    for _ in range(900):
        deep = {"in": [deep], "x" * 5_000: "y" * 5_000}
    body = sparse("defender") | {"novelty": deep, "many": {f"key {n}": n for n in range(50_000)}}
    columns = row_of(read(body))
    facts = json.loads(str(columns["OtherFacts"]))
    assert any(fact.get("value") == "[nested too deep]" for fact in facts)
    assert facts[-1]["left_out"] > 49_000
    assert "OtherFacts" in str(columns["ValuesTruncated"])


def test_the_alert_itself_is_not_changed() -> None:
    for source in SOURCES:
        body = raw(source)
        before = copy.deepcopy(body)
        row_of(read(body, source))
        assert body == before
