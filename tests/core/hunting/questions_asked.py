"""One question of each kind, for the golden queries and for those under attack."""

from shared.core.hunting.questions import (
    Around,
    Came,
    Elsewhere,
    LogOns,
    LogOnsTo,
    Named,
    NewEnding,
    Question,
    SameValue,
    Usual,
)
from tests.core.hunting.builders import DEVICE, SHA1, START

HOUR = 3_600.0
ASKED: dict[str, Question] = {
    "elsewhere": Elsewhere(
        START, (SHA1, "b" * 64), ("工作.exe",), ("203.0.113.9", "2001:db8::1"), ("evil.example",)
    ),
    "usual": Usual(START, "powershell.exe", 'powershell.exe -c "x"', "services.exe"),
    "usual_alone": Usual(START, "powershell.exe"),
    "same_value": SameValue(START, "machine\\software\\microsoft\\windows\\currentversion\\run", "Upd"),
    "same_key": SameValue(START, "user\\software\\x"),
    "log_ons": LogOns(START, ("alice", "bob"), "ws-0042", ("10.0.4.42",)),
    "log_ons_of_one": LogOns(START, ('o"neil',)),
    "log_ons_to": LogOnsTo(DEVICE, START.plus(-HOUR), START),
    "new_ending": NewEnding(START, ".lockr"),
    "came_by_hash": Came(START, hash=SHA1),
    "came_by_name": Came(START, name="a b.exe"),
    "around": Around(DEVICE, START.plus(-HOUR), START.plus(HOUR)),
    "named": Named(START, "ws-0042"),
}


def of_texts(texts: list[str]) -> list[Question]:
    """The same questions about whatever an attacker may have chosen."""
    first, rest = texts[0], tuple(texts)
    return [
        Elsewhere(START, (SHA1,), rest, ("203.0.113.9",), rest),
        Usual(START, first, "".join(texts), first),
        SameValue(START, first, first),
        LogOns(START, rest, first, ("203.0.113.9",)),
        LogOnsTo(first, START, START),
        NewEnding(START, first),
        Came(START, name=first),
        Around(first, START, START),
        Named(START, first),
    ]
