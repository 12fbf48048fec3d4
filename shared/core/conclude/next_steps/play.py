"""What is done about one kind of behaviour."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One kind. `techniques` are ids, or what stands before an id's dot; `tactics` stand in for others.

    `contain` goes beyond isolating, stopping and blocking; `still` says why there is something to contain;
    `look` continues "find out"; `ask` is the open question once it is true.
    """

    techniques: str
    tactics: str = ""
    contain: str = ""
    still: str = "nothing says that {root} was stopped"
    look: str
    ask: Ask
    collect: str
    close: str
    innocent: str
