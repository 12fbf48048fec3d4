"""Text from an alert on a terminal: the one place where it is made safe to print."""

from __future__ import annotations

from rich.text import Text


def clean(text: object) -> str:
    """Text from an alert, safe on a terminal: control and invisible characters are shown as escapes."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in str(text))


def labelled(label: str, style: str, text: object) -> Text:
    """A styled word, then a text that may be an alert's: shown as it is, brackets and all."""
    return Text.assemble((label, style), " ", clean(text))
