"""Alerts of the recorded incident whose verdict is wrong today, by title: the word told, and whose fault.

A mistake that is mended leaves this list; one that is not in it fails the tests.
"""

KNOWN_MISTAKES: dict[str, tuple[str, str]] = {}

WORDS = {title: word for title, (word, _) in KNOWN_MISTAKES.items()}
