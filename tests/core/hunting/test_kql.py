import base64
import gzip
import json
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.hunting import kql
from shared.core.values.instant import Instant

NASTY = st.text(st.characters(exclude_categories=()), max_size=60)


@given(NASTY)
def test_a_literal_is_printable_ascii_and_means_its_text(text: str) -> None:
    literal = kql.literal(text)
    assert literal.isascii()
    assert literal.isprintable()
    # KQL and JSON read these escapes alike; surrogates that stand alone cannot be sent at all.
    expected = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert json.loads(literal) == expected


@given(NASTY)
def test_a_literal_ends_only_at_its_own_end(text: str) -> None:
    inner = kql.literal(text)[1:-1]
    assert '"' not in inner.replace("\\\\", "").replace('\\"', "")


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("plain", '"plain"'),
        ('a"b', '"a\\"b"'),
        ("C:\\x", '"C:\\\\x"'),
        ("line\r\nbreak", '"line\\u000D\\u000Abreak"'),
        ("a\x00b\x7f", '"a\\u0000b\\u007F"'),
        ("\u2028", '"\\u2028"'),
        ("\U0001f600", '"\\uD83D\\uDE00"'),
        ("\ud800x", '"\\uFFFDx"'),
        ("", '""'),
    ],
)
def test_what_a_literal_looks_like(text: str, literal: str) -> None:
    assert kql.literal(text) == literal


def test_a_literal_is_never_cut() -> None:
    text = "x" * 300_000
    assert kql.literal(text) == f'"{text}"'


def test_a_moment_keeps_seven_digits() -> None:
    assert kql.moment(Instant.parse("2026-11-24T10:00:00.1Z")) == "datetime(2026-11-24T10:00:00.1000000Z)"


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1])
def test_a_number_beyond_64_bits_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        kql.number(value)


def test_lists_are_sorted_and_without_doubles() -> None:
    assert kql.strings(["b", "a", "b"]) == '("a", "b")'
    assert kql.numbers([3, 1, 3]) == "(1, 3)"


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        kql.strings([])


def query_of(url: str) -> str:
    text = url.partition("query=")[2].partition("&")[0]
    packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return gzip.decompress(packed).decode("utf-16-le")


def test_a_link_holds_the_whole_query() -> None:
    query = 'DeviceEvents | where DeviceName == "工作站 \\"x\\""'
    link = kql.portal_link(query)
    assert query_of(link.url) == query
    assert not link.is_shortened
    assert link.url.endswith("&timeRangeId=month")


def test_a_long_query_gives_way_to_a_shorter_one_and_says_so() -> None:
    long = "".join(random.Random(1).choices("abcdefghij0123456789", k=9_000))  # noqa: S311
    link = kql.portal_link(long, "DeviceInfo | take 1")
    assert query_of(link.url) == "DeviceInfo | take 1"
    assert link.is_shortened
    assert kql.portal_link(long) == kql.Link("", is_shortened=True)


def test_links_of_the_same_query_are_the_same() -> None:
    assert kql.portal_link("DeviceInfo") == kql.portal_link("DeviceInfo")


def test_an_entity_that_hunting_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="mailbox"):
        kql.go_hunt("mailbox", "x", Instant(0))
    with pytest.raises(ValueError, match="process"):
        kql.go_hunt("process", "12", Instant(0))


@pytest.mark.parametrize("words", [1, 40, 150, 158, 159, 160, 400])
def test_a_link_is_what_the_largest_window_makes_of_it(words: int) -> None:
    """On both sides of where the window changes: a word that comes again at the very end, too."""
    chance = random.Random(words)  # noqa: S311 - a text, no secret
    first = "".join(chance.choices("abcdefghij", k=12))
    text = " ".join([first, *(f"{chance.randrange(100):011}" for _ in range(words - 1)), first])
    packer = zlib.compressobj(9, zlib.DEFLATED, 31, 6)
    packed = packer.compress(text.encode("utf-16-le")) + packer.flush()
    expected = base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")
    url = kql.portal_link(text).url
    assert (url == "" and len(expected) > 1_800) or f"query={expected}&" in url
