"""`build` and `check`: the compiled file, and whether it is that of the folder as it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from local.detections import house
from local.detections.compile import ADDED, COMMITTED, FOLDER, Folder, Watch, document, folder_of, gated
from local.detections.known import BadAgent, agents_of
from local.detections.rulefile import Refused
from local.ops.screen import Screen
from shared.core.detections import load

_MANY = 300  # files from which progress is shown
COMMAND = "python3 dev.py detections build"


def build(screen: Screen, folder: Path = FOLDER, to: Path = COMMITTED) -> int:
    """Compiles the house's own folder: every rule of it has to be usable."""
    found = gated(folder_of(folder, watched("rules")))
    wrong = _wrong(found, folder)
    try:
        agents = agents_of(folder, found.rules)
    except BadAgent as err:
        wrong.append(str(err))
    if wrong:
        for line in wrong:
            screen.say(line)
        screen.complain(f"nothing was written: {len(wrong)} things to mend")
        return 1
    made = document(found.rules, agents, [{"name": folder.name, "rules": len(found.rules)}])
    to.write_bytes(made)
    screen.say(
        f"{to.name}: {counted(found)}, {len(agents)} known agents, {len(made):,} bytes, {_version(made)}"
    )
    return 0


def add(screen: Screen, folder: Path, to: Path = ADDED, own: Path = FOLDER) -> int:
    """Compiles another folder beside the committed file; what cannot be judged is named and left out."""
    found = gated(folder_of(folder, watched("rules")))
    ids = {rule.id for rule in folder_of(own).rules}
    rules = tuple(rule for rule in found.rules if rule.id not in ids)
    twice = [
        Refused(rule.path, rule.title, "our own rules have its id") for rule in found.rules if rule.id in ids
    ]
    refused = sorted((*found.refused, *twice), key=lambda each: (each.path, each.title))
    for each in refused:
        screen.say(f"{each.path.relative_to(folder)}: {each.title}: {each.reason}")
    if not rules:
        screen.complain(f"nothing was written: none of the {len(refused)} rules in {folder} can be judged")
        return 1
    licence = licence_of(folder, (rule.document for rule in rules))
    to.write_bytes(document(rules, (), [{"name": folder.name, "rules": len(rules), "licence": licence}]))
    screen.say(
        f"{to.name}: {counted(Folder(rules, ()))} of {len(rules) + len(refused)}; {len(refused)} refused"
    )
    for reason, count in Counter(_kind(each.reason) for each in refused).most_common():
        screen.say(f"  {count:6} {reason}")
    screen.say(f"licence: {licence}")
    screen.say(
        f"{to.name} is packaged with the app, and is no part of this repository: keep to that licence."
    )
    return 0


def check(screen: Screen, folder: Path = FOLDER, committed: Path = COMMITTED) -> int:
    """Whether every rule is usable and as the house wants it, and the compiled file that of the folder."""
    found = gated(folder_of(folder, watched("rules")))
    wrong = _wrong(found, folder)
    wrong += [
        f"{rule.path.relative_to(folder)}: {said}" for rule in found.rules for said in _said(folder, rule)
    ]
    wrong += house.strays(folder)
    try:
        agents = agents_of(folder, found.rules)
        if not wrong and is_stale(found, agents, committed):
            wrong.append(f"{committed.name} is stale: run `{COMMAND}`")
    except BadAgent as err:
        wrong.append(str(err))
    for line in wrong:
        screen.say(line)
    screen.say(f"{counted(found)}, {len(wrong)} things to mend" if wrong else f"{counted(found)}: all well")
    return 1 if wrong else 0


def is_stale(found: Folder, agents: list[dict[str, Any]], committed: Path = COMMITTED) -> bool:
    """True where the compiled file is not that of these rules."""
    made = document(found.rules, agents, [{"name": FOLDER.name, "rules": len(found.rules)}])
    return not committed.is_file() or committed.read_bytes() != made


def _wrong(found: Folder, folder: Path) -> list[str]:
    return [f"{each.path.relative_to(folder)}: {each.title}: {each.reason}" for each in found.refused]


def _said(folder: Path, rule: Any) -> Iterator[str]:
    yield from house.problems(folder, rule)
    rows, why = house.rows_of(rule.path)
    if not rows:
        yield why


def counted(found: Folder) -> str:
    """How many rules there are, by level."""
    levels = Counter(rule.level for rule in found.rules)
    told = ", ".join(
        f"{levels[level]} {level}" for level in ("critical", "high", "medium", "low") if levels[level]
    )
    return f"{len(found.rules)} rules ({told})"


def licence_of(folder: Path, documents: Iterable[Mapping[str, Any]]) -> str:
    """Under which licence the rules come: what they say themselves, and the first line of the folder's."""
    said = Counter(str(each["license"]) for each in documents if each.get("license"))
    told = [f"{name} ({count} rules say so)" for name, count in said.most_common(4)]
    for place in (folder, *folder.resolve().parents[:2]):
        for path in sorted(place.glob("LICEN[CS]E*")):
            lines = path.read_text("utf-8", "replace").splitlines()
            first = next((line.strip("# ").strip() for line in lines if line.strip()), "empty")
            return "; ".join([f"{path.name} begins {first[:120]!r}", *told])
    return "; ".join(told) or "none was found; ask whoever wrote the rules"


def _kind(reason: str) -> str:
    """The reason without what it names, to be counted."""
    for opening in (
        "no valid Sigma",
        "it cannot be read",
        "too slow a regular expression",
        "its id is that of",
    ):
        if reason.startswith(opening):
            return opening
    return reason


def _version(made: bytes) -> str:
    return f"version {load(made).version}"


def watched(what: str) -> Watch:
    """Shows on a terminal how far the reading of many files is."""

    def watch(paths: Iterable[Path]) -> Iterable[Path]:
        listed = list(paths)
        console = Console(stderr=True)
        if len(listed) < _MANY or not console.is_terminal:
            return listed
        return track(listed, description=f"Reading {what}", console=console, transient=True)

    return watch
