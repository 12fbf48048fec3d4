"""What a row says under a name, whoever wrote into it."""

import pytest

from shared.core.values import list_of, number_of, objects_of, text_of, words_of

ODD = {"Text": 7, "Number": "7", "List": '{"a":1}', "Nested": "[" * 100_000, "Cut": '["a"'}


@pytest.mark.parametrize("name", [*ODD, "Absent"])
def test_what_is_not_of_its_type_counts_as_not_said(name: str) -> None:
    assert list_of(ODD, name) == []
    assert words_of(ODD, name) == []
    assert objects_of(ODD, name) == []


def test_a_text_is_no_number_and_a_number_no_text() -> None:
    assert (text_of(ODD, "Text"), number_of(ODD, "Number")) == ("", 0)
    assert (text_of(ODD, "Number"), number_of(ODD, "Text")) == ("7", 7)
    assert (text_of(ODD, "Absent"), number_of(ODD, "Absent")) == ("", 0)


def test_a_list_is_read_from_json_and_from_a_list() -> None:
    items: list[object] = ["a", 1, {"id": "b"}, {"left_out": 3}]
    for row in ({"L": items}, {"L": '["a",1,{"id":"b"},{"left_out":3}]'}):
        assert list_of(row, "L") == items
        assert words_of(row, "L") == ["a"]
        assert objects_of(row, "L") == [{"id": "b"}]
