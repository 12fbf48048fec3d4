"""The kinds of open questions."""

from enum import StrEnum


class Ask(StrEnum):
    """The kinds of questions that the plays ask."""

    ENDING = "files of the new ending"
    COMMAND = "the same command"
    THINGS = "the same files and addresses"
    ACCOUNTS = "log-ons of the accounts"
    CAME_IN = "log-ons before it"
    VALUE = "the same registry value"
    CAME = "where the file came from"
    AFTER = "the hour after"
    BEFORE = "the hour before"
    DEVICE = "the hour around"
