"""Text from alerts, queues and programs, made safe to print: the one place where it is escaped."""

from __future__ import annotations


def clean(text: object) -> str:
    """Text safe on a terminal and in a log file: control and invisible characters are shown as escapes."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in str(text))
