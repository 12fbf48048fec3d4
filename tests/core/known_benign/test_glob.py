"""Globs: as a slow and obvious reading says, and in time that grows with the text alone."""

import re
import time

from hypothesis import given
from hypothesis import strategies as st

from shared.core.known_benign.glob import matches_glob, says_something

GLOBS = st.text(alphabet="abA.*?\\", min_size=1, max_size=8)
TEXTS = st.text(alphabet="abAB.\\*", min_size=1, max_size=12)


@given(GLOBS, TEXTS)
def test_it_matches_what_the_same_glob_as_an_expression_matches(glob: str, text: str) -> None:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in glob.lower())
    expected = re.fullmatch("".join(parts), text.lower(), re.DOTALL) is not None
    assert matches_glob(glob, text) == expected


def test_what_is_special_elsewhere_stands_for_itself() -> None:
    assert matches_glob("C:\\Tools\\[a].exe", "c:\\tools\\[A].EXE")
    assert not matches_glob("[ab]*", "abc")
    assert not matches_glob(".*", "abc")


def test_nothing_matches_an_empty_text_and_an_empty_glob_matches_nothing() -> None:
    assert not matches_glob("*", "")
    assert not matches_glob("", "a")


def test_a_long_text_made_to_be_slow_is_not() -> None:
    text = "a" * 32_000
    began = time.thread_time()
    assert not matches_glob("*a?a*a?ab*a?b*aab*", text)
    assert not matches_glob("*" + "a" * 200 + "b*", text)
    assert time.thread_time() - began < 5.0


def test_a_glob_says_something_by_four_letters_or_digits_in_a_row() -> None:
    assert all(map(says_something, ("build*", "*\\Users\\*", "ws-0042", "*packages.c*")))
    assert not any(map(says_something, ("*", "*.exe", "C:\\*", "?a?b?c?d", "a-b-c-d", "")))
