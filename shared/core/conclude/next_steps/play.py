"""What is done about one kind of behaviour."""

from dataclasses import dataclass

from shared.core.conclude.next_steps.ask import Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One kind. `techniques` are ids, or what stands before an id's dot; `tactics` stand in for others.

    `contain` goes beyond isolating, stopping and blocking; `still` says why there is something to contain;
    `look` continues "find out"; `ask` is the open question once it is true.
    """

    name: str
    techniques: str
    tactics: str = ""
    contain: str = ""
    still: str = "nothing says that {root} was stopped"
    look: str
    ask: Ask
    collect: str
    close: str
    innocent: str
