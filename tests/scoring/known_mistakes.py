"""Alerts of the recorded incident whose verdict is wrong today, by title: the word told, and whose fault.

A mistake that is mended leaves this list; one that is not in it fails the tests.
"""

KNOWN_MISTAKES: dict[str, tuple[str, str]] = {
    "'Sabsik' malware was prevented in a download": (
        "Likely",
        "The ladder: what the antivirus reports of a file that was stopped counts against the browser.",
    ),
    "Suspicious scheduled task": (
        "Likely",
        "A rule: a task whose action is a script host with a script on a share counts as a weak sign only.",
    ),
}

WORDS = {title: word for title, (word, _) in KNOWN_MISTAKES.items()}
