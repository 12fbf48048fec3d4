"""The page has words for every word that a row can hold: none is added to the code alone."""

import re
from pathlib import Path

import pytest

from shared.core.conclude.conclusion import Validation
from shared.core.correlate.finding import Method, Reason
from shared.core.known_benign.matching import KnownBenign

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "local" / "report" / "page" / "scripts" / "words.js").read_text("utf-8")


def pairs(name: str) -> dict[str, str]:
    """The words of one of the page's maps."""
    listed = re.search(rf"const {name} = new Map\(\[(.*?)\]\);", PAGE, re.DOTALL)
    assert listed
    return dict(re.findall(r'\["([^"]+)", "([^"]+)"\]', listed[1]))


def words(name: str) -> list[str]:
    """The words of one of the page's lists."""
    listed = re.search(rf"const {name} = \[(.*?)\];", PAGE, re.DOTALL)
    assert listed
    return re.findall(r'"([^"]+)"', listed[1])


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("methodWords", {*Method} - {Method.NONE}),
        ("tieOfMethod", {*Method} - {Method.NONE}),
        ("reasonWords", {*Reason} - {Reason.NONE}),
        ("validationWords", {*Validation}),
        ("benignWords", {*KnownBenign} - {KnownBenign.NONE}),
    ],
)
def test_every_word_of_a_row_is_told_on_the_page(name: str, known: set[str]) -> None:
    assert set(pairs(name)) == known


def test_what_can_be_filtered_by_is_in_its_list() -> None:
    assert set(words("validations")) == {*Validation}
    assert set(words("ties")) == {*pairs("tieOfMethod").values(), "Not tied"}
