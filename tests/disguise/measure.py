"""How many alerts still show a sign once their command lines are disguised or their image is renamed.

`python -m tests.disguise.measure DIR TRUTH` prints the table for recorded data with the scorer's truth; tests
hold the same figures for the recorded incident. An alert is hunted once, as it was recorded; disguised are
the rows of its finding, so that only the rules see the disguise.
"""

import ntpath
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest import mock

from local.score.hunting import RULES, Asked, batches, findings
from local.score.recording import Recording, load
from local.score.run import production
from local.score.truth import read_truth
from shared.adapters.detections import DetectionFiles
from shared.core.alert import Alert
from shared.core.conclude import Rules
from shared.core.conclude.behaviour import detected
from shared.core.conclude.context import context_of
from shared.core.correlate import Cell, Finding, ProcessKey, ProcessNode, TiedEvent
from shared.core.detections import plain
from shared.core.detections.value import Value
from shared.core.detections.view import View
from tests.disguise.mutations import POSIX, WINDOWS, Mutation

RENAMED, READ_THROUGH = "renamed image", "read as recorded"
LINES = ("ProcessCommandLine", "InitiatingProcessCommandLine")
_ORIGINAL = "ProcessVersionInfoOriginalFileName"
_NEW_NAME = "lgmon64.exe"

Change = Callable[[Finding], Finding]
Hits = Mapping[str, frozenset[str]]  # rule ids by alert


@dataclass(slots=True)
class Share:
    """Alerts that showed a sign before and were changed by the disguise, those that still do, and benign
    alerts that show a sign which they did not show before."""

    before: int = 0
    after: int = 0
    lost: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)

    @property
    def kept(self) -> float:
        return self.after / self.before if self.before else 1.0


def measured(
    alerts: Sequence[Alert], found: Mapping[str, Finding], kinds: Mapping[str, str]
) -> dict[str, Share]:
    """The shares by disguise, for the alerts whose kind (attack, benign) is given; and, as READ_THROUGH, what
    reading through disguises does to the alerts as they were recorded."""
    named = [alert for alert in alerts if alert.id in kinds]
    before = {alert.id: signs(alert, found[alert.id]) for alert in named}
    shares = {}
    for name, change in CHANGES.items():
        share = shares[name] = Share()
        for alert in named:
            changed = change(found[alert.id])
            if changed != found[alert.id]:
                _count(share, alert, kinds[alert.id], before[alert.id], signs(alert, changed))
    share = shares[READ_THROUGH] = Share()
    with as_written():
        rules = DetectionFiles(frozenset()).rules()
        written = {alert.id: signs(alert, found[alert.id], rules) for alert in named}
    for alert in named:
        _count(share, alert, kinds[alert.id], written[alert.id], before[alert.id])
    return shares


@contextmanager
def as_written() -> Iterator[None]:
    """Within it, rules made anew read every text as it stands, and no second name of a program."""
    program = View.program

    def by_path(view: View, folder: str, name: str, original: str = "") -> Value | None:
        return program(view, folder, name)

    with (
        mock.patch.multiple(plain, windows_command=plain.as_it_stands, posix_command=plain.as_it_stands),
        mock.patch.multiple(plain, windows_path=str, posix_path=str),
        mock.patch.object(View, "program", by_path),
    ):
        yield


def _count(share: Share, alert: Alert, kind: str, before: frozenset[str], after: frozenset[str]) -> None:
    if kind == "benign":
        if after and not before:
            share.new.append(f"{alert.id} {alert.title}: {', '.join(sorted(after))}")
    elif before:
        share.before += 1
        share.after += bool(after)
        if not after:
            share.lost.append(f"{alert.id} {alert.title}: {', '.join(sorted(before))}")


def signs(alert: Alert, finding: Finding, rules: Rules | None = None) -> frozenset[str]:
    """The rules of single rows, weak and strong, that see something in the alert's finding."""
    seen = detected(context_of(alert, None, finding), rules or RULES.rules())
    return frozenset(one.title for one in seen.found if one.is_strong or one.is_weak)


def disguised(name: str) -> Change:
    """Every command line of the finding disguised in this way, on the systems that have it."""

    def line(cells: Mapping[str, Cell], text: Cell) -> Cell:
        mutation = mutation_of(name, _is_posix(cells))
        return mutation(text) if mutation is not None and isinstance(text, str) and text else text

    def event(tied: TiedEvent) -> TiedEvent:
        row = tied.event.row
        told = {column: line(row, row[column]) for column in LINES if column in row}
        if all(row[column] == text for column, text in told.items()):
            return tied
        return replace(tied, event=replace(tied.event, row={**row, **told}))

    def node(one: ProcessNode) -> ProcessNode:
        told = line({"FolderPath": one.folder_path}, one.command_line)
        if told == one.command_line:
            return one
        return replace(one, command_line=told if isinstance(told, str) else None)

    return lambda finding: replace(
        finding, events=tuple(map(event, finding.events)), nodes=tuple(map(node, finding.nodes))
    )


def mutation_of(name: str, posix: bool) -> Mutation | None:
    """The mutation of that name on such a system; None where it has none."""
    return (POSIX if posix else WINDOWS).get(name)


def _is_posix(cells: Mapping[str, Cell]) -> bool:
    paths = (cells.get("FolderPath"), cells.get("InitiatingProcessFolderPath"))
    return any(isinstance(path, str) and path.startswith("/") for path in paths)


def renamed(finding: Finding) -> Finding:
    """The alert's own processes under another name, wherever they are told of, if their file tells an
    original name; that stays."""
    births = {tied.owner: tied for tied in finding.events if _ORIGINAL in tied.event.row and tied.depth == 0}
    known = {
        key: str(births[key].event.row[_ORIGINAL] or "")
        for key in finding.anchors
        if key in births and births[key].event.row[_ORIGINAL] not in ("", "?", "-", None)
    }
    names = {str(node.file_name).lower() for node in finding.nodes if node.key in known}
    parents = {node.key: node.parent for node in finding.nodes}

    def event(tied: TiedEvent) -> TiedEvent:
        return replace(tied, event=replace(tied.event, row=_renamed_row(tied, known, parents)))

    def node(one: ProcessNode) -> ProcessNode:
        if one.key not in known:
            return one
        line, path = one.command_line, one.folder_path
        return replace(
            one,
            file_name=_NEW_NAME,
            folder_path=_leaf(path, names) if path else path,
            command_line=_first_word(line, names) if line else line,
        )

    return replace(finding, events=tuple(map(event, finding.events)), nodes=tuple(map(node, finding.nodes)))


def _renamed_row(
    tied: TiedEvent, known: Mapping[ProcessKey, str], parents: Mapping[ProcessKey, ProcessKey | None]
) -> dict[str, Cell]:
    row = dict(tied.event.row)
    is_birth = tied.event.table == "DeviceProcessEvents"
    actor = parents.get(tied.owner) if is_birth and tied.owner else tied.owner
    above = parents.get(actor) if actor else None
    if is_birth and tied.owner in known:
        _rename(row, "", "ProcessCommandLine")
    if actor is not None and actor in known:
        _rename(row, "InitiatingProcess", "InitiatingProcessCommandLine")
        row.setdefault(f"Initiating{_ORIGINAL}", known[actor])  # where the recording does not tell it
    if above in known:
        row["InitiatingProcessParentFileName"] = _NEW_NAME
    return row


def _rename(row: dict[str, Cell], prefix: str, line: str) -> None:
    name = str(row.get(f"{prefix}FileName") or "").lower()
    row[f"{prefix}FileName"] = _NEW_NAME
    for column, change in ((f"{prefix}FolderPath", _leaf), (line, _first_word)):
        text = row.get(column)
        if isinstance(text, str) and text:
            row[column] = change(text, {name})


def _leaf(path: str, names: Iterable[str]) -> str:
    """The path with another file name; Defender's tables name the file in FolderPath."""
    folder, name = ntpath.split(path)
    return ntpath.join(folder, _NEW_NAME) if name.lower() in names else path


def _first_word(line: str, names: Iterable[str]) -> str:
    """The line with another program in front, where it names the program there."""
    for name in sorted(names):
        for told in (name, name.removesuffix(".exe")):
            at = line.lower().find(told)
            if told and 0 <= at <= 120:
                return (
                    line[:at]
                    + (_NEW_NAME if told == name else ntpath.splitext(_NEW_NAME)[0])
                    + line[at + len(told) :]
                )
    return line


CHANGES: dict[str, Change] = {
    **{name: disguised(name) for name in dict.fromkeys([*WINDOWS, *POSIX])},
    RENAMED: renamed,
}


def hunted(recording: Recording) -> dict[str, Finding]:
    """The findings of all alerts, as the scorer hunts them."""
    policy, found = production(), dict[str, Finding]()
    for cases, now in batches(recording.alerts, policy):
        found |= findings(recording.engine, cases, now, policy.hunt, Asked())
    return found


def table(shares: Mapping[str, Share]) -> str:
    """The shares as lines of text."""
    lines = [f"{'disguise':20} {'before':>6} {'after':>6} {'kept':>6}  new benign"]
    lines += [
        f"{name:20} {one.before:6} {one.after:6} {100 * one.kept:5.0f}%  {len(one.new)}"
        for name, one in shares.items()
    ]
    return "\n".join(lines)


def main(folder: Path, file: Path) -> None:
    """Prints the table, then what was lost and what is new. Alerts that name a process count."""
    recording, truth = load(folder), read_truth(file)
    kinds = {i: one.kind for i, one in truth.items() if one.variant in ("process", "ms")}
    shares = measured(recording.alerts, hunted(recording), kinds)
    print(table(shares))
    for name, one in shares.items():
        for word, alerts in (("lost", one.lost), ("new benign", one.new)):
            for alert in alerts:
                print(f"{name}: {word}: {alert}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
