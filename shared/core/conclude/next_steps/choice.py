"""Which play an alert calls for."""

from collections.abc import Iterator, Sequence

from shared.core.alert import Alert, mappings
from shared.core.conclude.behaviour import Behaviour
from shared.core.conclude.next_steps.play import Play
from shared.core.conclude.next_steps.plays import ANYTHING, PLAYS

_BY_TECHNIQUE = {technique: play for play in PLAYS for technique in play.techniques.split()}
_BY_TACTIC = {tactic: play for play in PLAYS for tactic in play.tactics.split()}


def play_of(techniques: Sequence[str], tactic: str) -> Play | None:
    """The play for the first of the techniques that has one, else for the tactic."""
    known = (_BY_TECHNIQUE.get(one) for technique in techniques for one in _with_base(technique))
    return next(filter(None, known), None) or _BY_TACTIC.get(tactic)


def place(behaviour: Behaviour) -> int:
    """Which of several behaviours is acted on first: 0 for the first play."""
    play = play_of(behaviour.techniques, behaviour.tactic)
    return PLAYS.index(play) if play is not None else len(PLAYS)


def _with_base(technique: str) -> Iterator[str]:
    """The technique itself, then the one that it is a part of."""
    yield technique.upper()
    yield technique.upper().partition(".")[0]


def acted_on_first(gravest: Sequence[Behaviour]) -> tuple[Behaviour, ...]:
    """The strong and weak behaviours, those first that are to be acted on first: the strong, and of these by
    the order of the plays."""
    telling = [one for one in gravest if one.is_strong or one.is_weak]
    return tuple(sorted(telling, key=lambda one: (not one.is_strong, place(one))))


def chosen(alert: Alert, first: Sequence[Behaviour], low: Sequence[Behaviour]) -> Play:
    """The play by what was seen; else by what Defender says, and then by the low signs."""
    for one in first:
        if play := play_of(one.techniques, one.tactic):
            return play
    tactic = mappings.tactic(alert.category)
    said = play_of(alert.techniques, tactic.name.lower().replace(" ", "_") if tactic else "")
    seen = (play_of(one.techniques, one.tactic) for one in low)
    return said or next(filter(None, seen), None) or ANYTHING
