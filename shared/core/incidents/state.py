"""Where an incident stands."""

from enum import StrEnum


class State(StrEnum):
    """By the alerts that are in it."""

    OPEN = "open"
    RESOLVED = "resolved"
    EMPTIED = "emptied"
