"""One timeline over all devices, and what was seen on them: steps and behaviours of an incident's alerts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from shared.core.incidents.forest import Forest, TreeKeys
from shared.core.incidents.member import Member
from shared.core.row import text as row_text
from shared.core.values import number_of, text_of, words_of

MOST_CHARACTERS = 31_000
_MOST_TEXT = 400
_LEVELS = {"critical": 0, "high": 1, "medium": 2, "low": 3, "informational": 4}
_START = "start"

type Entry = dict[str, object]


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that alerts tell, with its place among all: smaller is graver."""

    place: tuple[int, int, str, str]
    entry: Entry


def timeline_of(members: Sequence[Member], keys: TreeKeys, forest: Forest) -> tuple[list[Entry], bool]:
    """(the steps in time order, whether any were left out); the start of a process once, though several
    alerts tell it, and every other step once."""
    found: dict[tuple[str, ...], Found] = {}
    for rank, (member, known) in enumerate(zip(members, keys, strict=True)):
        for step in member.listed("StorySteps"):
            process = forest.id_of(known.get(text_of(step, "process")))
            entry = row_text.without_empty(
                time=text_of(step, "time"),
                device=text_of(step, "device") or member.text("DvcHostname"),
                text=row_text.cut(text_of(step, "text"), _MOST_TEXT),
                weight=number_of(step, "weight"),
                kind=text_of(step, "kind"),
                process=process,
                alert=member.key[1],
            )
            told = (_START, process) if text_of(step, "kind") == _START and process else _told(entry)
            one = Found(
                (-number_of(step, "weight"), rank, text_of(step, "time"), text_of(step, "text")), entry
            )
            known_one = found.get(told)
            if known_one is None or one.place < known_one.place:
                found[told] = one
    return _bounded(found.values(), lambda one: (text_of(one.entry, "time"), *one.place))


def behaviours_of(members: Sequence[Member], keys: TreeKeys, forest: Forest) -> tuple[list[Entry], bool]:
    """(what the rules saw, gravest first, each once; whether any were left out)."""
    found: dict[tuple[str, ...], Found] = {}
    for rank, (member, known) in enumerate(zip(members, keys, strict=True)):
        for seen in member.listed("Behaviours"):
            key = known.get(text_of(seen, "process"))
            process = forest.processes.get(key) if key is not None else None
            entry = row_text.without_empty(
                **{name: text_of(seen, name) for name in ("rule", "title", "level", "tactic")},
                techniques=words_of(seen, "techniques"),
                device=process.device if process else member.text("DvcHostname"),
                process=forest.id_of(key),
                time=text_of(seen, "time"),
                text=text_of(seen, "text"),
                alert=member.key[1],
            )
            level = _LEVELS.get(text_of(seen, "level"), len(_LEVELS))
            told = (text_of(seen, "rule"), *_told(entry))
            found.setdefault(told, Found((level, rank, text_of(seen, "time"), text_of(seen, "rule")), entry))
    return _bounded(found.values(), lambda one: one.place)


def tactics_seen(member: Member) -> list[tuple[str, list[str]]]:
    """(tactic, techniques) of each behaviour that weighs something: what is of low level says little."""
    return [
        (text_of(seen, "tactic"), words_of(seen, "techniques"))
        for seen in member.listed("Behaviours")
        if _LEVELS.get(text_of(seen, "level"), len(_LEVELS)) <= _LEVELS["medium"]
    ]


def _told(entry: Entry) -> tuple[str, ...]:
    return text_of(entry, "time"), text_of(entry, "device"), text_of(entry, "text")


def _bounded[Order: tuple[object, ...]](
    found: Iterable[Found], order: Callable[[Found], Order]
) -> tuple[list[Entry], bool]:
    """(the gravest that there is room for, in this order, and how many are left out; whether any are)."""
    gravest = sorted(found, key=lambda one: one.place)
    kept: list[Found] = []
    room = MOST_CHARACTERS
    for one in gravest:
        room -= len(row_text.dumps(one.entry)) + 1
        if room < 0:
            break
        kept.append(one)
    left_out = len(gravest) - len(kept)
    shown = [one.entry for one in sorted(kept, key=order)]
    tail: list[Entry] = [{row_text.LEFT_OUT: left_out}] if left_out else []
    return [*shown, *tail], left_out > 0
