import inspect
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.core.correlate.finding import Event
from shared.core.values import table_keys
from shared.core.values.instant import Instant
from tests import builders

ANY_TEXT = st.text(st.characters(codec=None), max_size=300)  # lone surrogates among them
FORBIDDEN = re.compile(r"[/\\#?|'\x00-\x1f\x7f-\x9f]")


@given(ANY_TEXT)
@example("\x00" * 300)
@example("\U0001f600" * 300)
def test_no_text_makes_a_key_that_table_storage_refuses(text: str) -> None:
    key = table_keys.safe_id(text)
    assert len(key) <= table_keys.MAX_ID and key.isascii()
    assert not FORBIDDEN.search(key)


ALIKE = st.text(st.sampled_from("aA%2Ff/~0|\x00\ud800\U0001f600"), max_size=300)


@given(st.lists(ALIKE | ANY_TEXT, max_size=30, unique=True))
def test_different_texts_never_share_a_key(texts: list[str]) -> None:
    assert len({table_keys.safe_id(text) for text in texts}) == len(texts)


@given(st.text(st.sampled_from("ab/"), min_size=201, max_size=300), st.text(min_size=1, max_size=5))
def test_a_cut_key_belongs_to_one_text_alone(text: str, more: str) -> None:
    key = table_keys.safe_id(text)
    assert table_keys.safe_id(text + more) != key
    assert table_keys.safe_id(key) != key


def test_an_ordinary_id_is_its_own_key() -> None:
    for text in ("da637472900382838869_1364969609", "da637578995287051192_-880718168", "ar-7.b"):
        assert table_keys.safe_id(text) == text
    assert table_keys.safe_id("A") != table_keys.safe_id("a")
    assert table_keys.safe_id("a/b%c|d~é") == "a%2Fb%25c%7Cd%7E%C3%A9"


@pytest.mark.parametrize("letter", ["a", "é"])
def test_a_key_is_cut_from_one_character_too_many_on(letter: str) -> None:
    most = 60 // len(table_keys.safe_id(letter))
    assert table_keys.safe_id(letter * most, 60) == table_keys.safe_id(letter) * most
    one, two = (table_keys.safe_id(letter * (most + more), 60) for more in (1, 2))
    assert len(one) == len(two) == 60
    assert one != two and "~" in one and "~" in two


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_composed_keys_fit_and_keep_their_parts_apart(a: str, b: str, c: str, d: str) -> None:
    event = Event(a, b, Instant(0), c, "x")
    partitions = [
        table_keys.open_partition(a),
        table_keys.history_partition(a, b),
        table_keys.document_partition(a, b),
    ]
    rows = [table_keys.document_row(a, b, c, 99), table_keys.cache_row(a), table_keys.event_row(event)]
    pairs = [*table_keys.lease_key(a), *table_keys.checkpoint_key(a, b), table_keys.cache_partition(a, b)]
    for key in partitions + rows + pairs:
        assert len(key.encode("utf-16-le")) // 2 <= 512
    assert len(set(partitions)) == 3
    same = (table_keys.document_row(a, b, c, 1) == table_keys.document_row(b, a, d, 1)) is (
        (a, b, c) == (b, a, d)
    )
    assert same
    assert (
        table_keys.cache_partition(a, b).count("|") == 1
        and table_keys.document_row(a, b, c, 0).count("|") == 3
    )
    assert table_keys.lease_key(a) != table_keys.checkpoint_key(a, b)


def test_parts_of_a_document_sort_in_their_order_under_their_prefix() -> None:
    rows = [table_keys.document_row("a/1", "alert", "f00d", part) for part in (0, 2, 10, 99_999)]
    assert rows == sorted(rows)
    assert all(row.startswith(table_keys.document_prefix("a/1", "alert", "f00d")) for row in rows)


def test_an_alert_lies_under_its_day_and_id() -> None:
    alert = builders.alert(id="a/b", created=Instant.parse("2026-11-24T23:59:59.9999999Z"))
    assert table_keys.alert_keys(alert) == ("2026-11-24", "a%2Fb")


EVENTS = st.builds(
    Event,
    st.sampled_from(["DeviceEvents", "DeviceProcessEvents", "a|b"]),
    st.sampled_from(["d1", "d2", "d|1"]),
    st.integers(-(10**17), 2 * 10**17).map(Instant),
    st.sampled_from(["1", "12", "|1", ""]),
    st.just("Any"),
)


@given(st.lists(EVENTS, max_size=40))
def test_event_rows_are_one_for_each_event_and_sort_by_time(events: list[Event]) -> None:
    assert len({table_keys.event_row(event) for event in events}) == len({event.key for event in events})
    by_row = sorted(events, key=table_keys.event_row)
    assert [event.time for event in by_row] == sorted(event.time for event in events)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z"])
def test_the_first_and_last_time_have_rows_of_the_usual_shape(text: str) -> None:
    row = table_keys.event_row(Event("T", "d", Instant.parse(text), "7", "x"))
    assert re.fullmatch(r"\d{19}\|T\|d\|7", row)


# Names that begin alike, and some that look like a part of a key.
TENANTS = st.sampled_from(["", "acme", "acme2", "acme-x", "a", "0", "open", "day", "of", "z" * 40])


@given(st.tuples(TENANTS, ANY_TEXT), st.tuples(TENANTS, ANY_TEXT))
def test_a_published_row_lies_in_the_range_of_its_own_tenant_alone(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    rows = [table_keys.published_row(tenant, table_keys.safe_id(text)) for tenant, text in (one, other)]
    assert (rows[0] == rows[1]) is (one == other)
    for (tenant, _), row in zip((one, other), rows, strict=True):
        assert len(row) <= 512 and row.count("|") == (1 if tenant else 0)
        for each in ("acme", "acme2", "acme-x", "a", "0", "open", "day", "of", "z" * 40):
            first, end = table_keys.published_rows(each)
            assert (first <= row < end) is (each == tenant)


@given(TENANTS, TENANTS, ANY_TEXT, ANY_TEXT)
def test_no_partition_of_one_tenant_is_another_tenants(one: str, other: str, a: str, b: str) -> None:
    """What is kept for a tenant lies in partitions of its own, or under keys of its own in a shared one."""

    def of(tenant: str) -> set[str]:
        name = tenant or "home"
        return {
            table_keys.open_partition(name),
            table_keys.due_partition(name),
            table_keys.history_partition(name, a),
            table_keys.document_partition(name, a),
            table_keys.place_partition(name),
            table_keys.seen_partition(name),
            table_keys.incident_partition(name),
            table_keys.set_apart_partition(name),
            table_keys.write_partition(name),
            table_keys.cache_partition(name, a),
            "|".join(table_keys.lease_key(name)),
            "|".join(table_keys.checkpoint_key(name, a)),
            "|".join(table_keys.operator_row_key(name, a)),
            "|".join(table_keys.tenant_key(name)),
            "|".join(table_keys.incident_key(a, b, tenant)),
        }

    if one != other:
        assert of(one).isdisjoint(of(other))


def test_every_key_that_names_a_tenant_is_among_those_compared_above() -> None:
    made = {
        name
        for name, each in inspect.getmembers(table_keys, inspect.isfunction)
        if "tenant" in inspect.signature(each).parameters and not name.startswith("_")
    }
    compared = set(
        re.findall(
            r"keys\.(\w+)",
            inspect.getsource(test_no_partition_of_one_tenant_is_another_tenants),
        )
    ) | {"published_row", "published_rows", "set_apart_key", "cache_partitions"}
    assert made <= compared


def test_a_key_of_an_incidents_alert_gives_the_alerts_own_key_back() -> None:
    for tenant in ("", "acme"):
        alert_key = table_keys.published_row(tenant, table_keys.safe_id("a|1"))
        row = table_keys.incident_alert_row("47|1", "2026-11-24", alert_key)
        assert row.split("|", 3)[2:] == ["2026-11-24", alert_key]
        assert len(table_keys.incident_alert_row("x" * 900, "2026-11-24", "y" * 241)) <= 512
