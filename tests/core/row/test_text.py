import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.alert.reading import CUT_MARK
from shared.core.row.column import Source
from shared.core.row.text import cut, dumps, fitted, joined, json_list, units

OURS = Source("ours")
_ANY = st.text(st.characters(codec=None))


@given(_ANY, st.integers(10, 60))
def test_a_cut_text_is_within_its_limit_ends_in_a_mark_and_holds_no_half_character(
    whole: str, limit: int
) -> None:
    short = cut(whole, limit)
    assert units(short) <= limit
    if units(whole) <= limit:
        assert short == whole
    else:
        assert short.endswith(CUT_MARK)
        assert units(short) >= limit - 1
        assert whole.encode("utf-16-le", "surrogatepass").startswith(
            short.removesuffix(CUT_MARK).encode("utf-16-le", "surrogatepass")
        )


def test_length_is_counted_as_storage_counts_it() -> None:
    assert units("abc") == 3
    assert units("ä😀") == 3
    assert cut("😀" * 10, 20) == "😀" * 10
    assert cut("😀" * 11, 20) == "😀" * 7 + CUT_MARK


@given(st.lists(st.one_of(_ANY, st.integers(), st.dictionaries(_ANY, _ANY, max_size=2)), max_size=20))
def test_a_json_list_that_is_cut_is_still_json_and_says_how_much_is_missing(items: list[object]) -> None:
    listed, was_cut = json_list(items, 120)
    assert len(listed) <= 120 and listed.isascii()
    read = json.loads(listed)
    if was_cut:
        assert read[-1] == {"left_out": len(items) - len(read) + 1}
        assert all(item in items for item in read[:-1])
    else:
        assert read == items


def test_a_large_item_does_not_push_out_the_small_ones_after_it() -> None:
    assert json_list(["x" * 500, "a"], 100) == ('["a",{"left_out":1}]', True)


def test_json_hides_nothing_from_the_eye() -> None:
    assert dumps(["‮gnp.exe", "\x1b[2J"]) == '["\\u202egnp.exe","\\u001b[2J"]'


def test_a_comma_inside_an_item_makes_no_further_item() -> None:
    assert joined(["finance", "a,b", "", "finance"]) == "finance, a;b"


def test_nul_and_lone_surrogates_are_kept_out_of_storage() -> None:
    assert fitted(OURS.text("A", ""), "a\x00b\ud800") == ("a�b�", False)


def test_a_cut_inside_a_json_list_is_noticed() -> None:
    column = OURS.json("A", "", "[]")
    assert fitted(column, [{"text": "a" + CUT_MARK}])[1]
    assert not fitted(column, [{"text": "a"}])[1]


def test_numbers_are_bounded_and_a_value_of_another_type_is_our_mistake() -> None:
    assert fitted(OURS.count("A", "", 1), 2**40) == (2**31 - 1, False)
    for column, value in (
        (OURS.count("A", "", 1), "1"),
        (OURS.flag("A", "", True), 1),
        (OURS.text("A", ""), 1),
    ):
        with pytest.raises(TypeError, match="A"):
            fitted(column, value)
