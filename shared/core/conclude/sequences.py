"""What only several rows together show: counts and orders. Same fields as the detections that are data."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from shared.core.conclude.behaviour import Behaviour
from shared.core.conclude.context import AlertContext, cell, moment
from shared.core.correlate import REPORT_SECONDS, Event, ProcessKey, ProcessNode, TiedEvent
from shared.core.lookups import File
from shared.core.values import TICKS_PER_SECOND, Instant

MASS_FILES = 40  # files rewritten by one process …
MASS_SECONDS = 300.0  # … within this time
BRUTE_FAILURES = 20  # failed logons before one that succeeds; a person mistypes a few times
FEW_FAILURES = 5
LOW_PREVALENCE = 5  # devices of the organisation …
LOW_GLOBAL_PREVALENCE = 100  # … or of the world, where that is known

_INTERPRETER = re.compile(
    r"(?:powershell|pwsh|cmd|wscript|cscript|mshta|rundll32|regsvr32|java|node|perl|ruby|osascript|python[\d.]*w?"
    r"|(?:ba|da|z|k|c|tc)?sh)(?:\.exe)?$"
)


class _Rule(NamedTuple):
    """What a sequence shows by itself; no technique is "", and no tactic."""

    id: str
    title: str
    level: str
    technique: str = ""
    tactic: str = ""

    def seen(
        self, time: Instant, text: str, owner: ProcessKey | None, event: Event | None = None
    ) -> Behaviour:
        """The behaviour that it tells of."""
        techniques = (self.technique,) if self.technique else ()
        return Behaviour(self.id, self.title, self.level, time, text, techniques, self.tactic, owner, event)


_REWRITTEN = _Rule("sequence-mass-rewriting", "Many files rewritten", "medium", "T1486", "impact")
_GUESSED = _Rule(
    "sequence-guessed-password", "Logon after many failures", "medium", "T1110", "credential_access"
)
_DOWNLOADED = _Rule(
    "sequence-downloaded-then-run", "Downloaded file run", "medium", "T1105", "command_and_control"
)
_LOADED = _Rule("sequence-dropped-then-loaded", "Dropped library loaded", "medium", "T1574", "persistence")
_RARE = _Rule("sequence-unsigned-and-rare", "Unsigned and rare program", "low")


def mass_rewriting(context: AlertContext) -> Iterator[Behaviour]:
    """One process soon gave many files one new ending (strong), or rewrote many (weak; T1486)."""
    changed: dict[ProcessKey, list[TiedEvent]] = defaultdict(list)
    endings: dict[ProcessKey, Counter[str]] = defaultdict(Counter)
    for tied in context.of_table("DeviceFileEvents"):
        if tied.owner is None or tied.event.kind not in ("FileModified", "FileRenamed"):
            continue
        changed[tied.owner].append(tied)
        if tied.event.kind == "FileRenamed" and (ending := _new_ending(tied)):
            endings[tied.owner][ending] += tied.event.stands_for
    for owner, rewritten in changed.items():
        first = _dense(rewritten)
        if first is None:
            continue
        ending, count = max(endings[owner].items(), key=lambda item: (item[1], item[0]), default=("", 0))
        text = f"{context.name(owner)} rewrote {sum(tied.event.stands_for for tied in rewritten)} files"
        rule = _REWRITTEN
        if count >= MASS_FILES:
            text = f"{text}, {count} of them now ending in {ending}"
            rule = rule._replace(title="Many files given one new ending", level="high")
        yield rule.seen(first, text, owner)


def _new_ending(tied: TiedEvent) -> str:
    """The ending that a rename gave a file, "" where it kept its own."""
    now, before = cell(tied, "FileName").lower(), cell(tied, "PreviousFileName").lower()
    ending = now.rpartition(".")[2] if "." in now else ""
    return f".{ending}" if ending and before and not before.endswith(f".{ending}") else ""


def _dense(rewritten: list[TiedEvent]) -> Instant | None:
    """The first moment from which on enough of them lie close together.

    A report says how many there were within its hour: so many that some must lie close together, or nothing.
    """
    enough = MASS_FILES * REPORT_SECONDS / MASS_SECONDS
    reports = [tied.event for tied in rewritten if tied.event.is_report]
    hours = max(1, len({_hour(event) for event in reports}))
    if sum(event.stands_for for event in reports) >= enough * hours:
        return min(event.time for event in reports)
    ordered = sorted(tied.event.time for tied in rewritten if not tied.event.is_report)
    pairs = zip(ordered, ordered[MASS_FILES - 1 :], strict=False)
    return next((first for first, last in pairs if last.seconds_since(first) <= MASS_SECONDS), None)


def _hour(event: Event) -> int:
    return int(event.time.ticks // (REPORT_SECONDS * TICKS_PER_SECOND))


def brute_force(context: AlertContext) -> Iterator[Behaviour]:
    """Many failed logons from one address, then one that succeeded (T1110).

    Failures that only a report tells of may have been up to an hour from its time, before or after the logon.
    """
    failures: Counter[str] = Counter()
    reported = [tied.event for tied in context.events if _is_reported_failure(tied)]
    for tied in context.events:
        if tied.event.table != "DeviceLogonEvents" or (tied.depth is not None and tied.depth < 0):
            continue
        if tied.tie == "device-activity":
            continue
        address = cell(tied, "RemoteIP")
        if tied.event.is_report:
            continue
        if tied.event.action == "LogonFailed":
            failures[address] += 1
            continue
        if tied.event.action != "LogonSuccess" or not address:
            continue
        theirs = [one for one in reported if one.row.get("RemoteIP") == address]
        told = [one for one in theirs if _may_precede(one, tied.event)]
        count = failures[address] + sum(one.stands_for for one in told)
        if count >= FEW_FAILURES:
            when = "after" if not told else "among or after"
            text = f"logon as {cell(tied, 'AccountName')} from {address} {when} {count} failures"
            rule = _GUESSED._replace(level="high") if count >= BRUTE_FAILURES else _GUESSED
            yield rule.seen(tied.event.time, text, tied.owner, tied.event)
            failures[address] = 0


def _is_reported_failure(tied: TiedEvent) -> bool:
    is_ours = tied.tie != "device-activity" and (tied.depth is None or tied.depth >= 0)
    return is_ours and tied.event.is_report and tied.event.kind == "LogonFailed"


def _may_precede(report: Event, event: Event) -> bool:
    return report.time.seconds_since(event.time) <= REPORT_SECONDS


def download_to_execution(context: AlertContext) -> Iterator[Behaviour]:
    """A process met the network and wrote a file that was then run (T1105)."""
    online = {tied.owner for tied in context.of_table("DeviceNetworkEvents") if tied.owner is not None}
    written: dict[str, TiedEvent] = {}
    for tied in context.of_table("DeviceFileEvents"):  # not by reports, whose time proves no order
        path = cell(tied, "FolderPath").lower()
        if path and tied.event.action == "FileCreated" and tied.owner in online:
            written[path] = tied
    for node in sorted(context.own_nodes(), key=lambda node: node.key.created):
        for path, tied in written.items():
            # A process that exec'd keeps its first creation time: the file may well be younger than it.
            is_later = node.key.created > tied.event.time or len(node.images) > 1
            if is_later and node.key != tied.owner and _runs(node, path):
                where = f"{cell(tied, 'FolderPath')}, which {context.name(tied.owner)} had downloaded"
                text = f"{context.name(node.key)} ran {where}"
                yield _DOWNLOADED.seen(node.key.created, text, node.key)
                break


def dropped_then_loaded(context: AlertContext) -> Iterator[Behaviour]:
    """A library that the alert's own tree wrote was loaded by another program of it (T1574)."""
    written: dict[str, TiedEvent] = {}
    for tied in context.of_table("DeviceFileEvents"):
        path = cell(tied, "FolderPath").lower()
        if path and tied.event.action == "FileCreated":
            written.setdefault(path, tied)
    for tied in context.of_table("DeviceImageLoadEvents"):
        before = written.get(cell(tied, "FolderPath").lower()) if not tied.event.is_report else None
        if before is not None and before.owner != tied.owner and moment(tied) > before.event.time:
            what = f"{cell(tied, 'FolderPath')}, which {context.name(before.owner)} had written"
            text = f"{context.name(tied.owner)} loaded {what}"
            yield _LOADED.seen(moment(tied), text, tied.owner, tied.event)


def _runs(node: ProcessNode, path: str) -> bool:
    """True where the process is the file, or an interpreter that is given it; paths are in lower case."""
    if (node.folder_path or "").lower() == path:
        return True
    name, command = (node.file_name or "").lower(), (node.command_line or "").lower()
    short = path.removeprefix("/private")  # macOS shows /tmp and /private/tmp for the same folder
    first = command.lstrip("\"' ")
    if first.startswith((path, short)):
        return True
    return bool(_INTERPRETER.match(name)) and (path in command or short in command)


def unsigned_and_rare(context: AlertContext) -> Iterator[Behaviour]:
    """A binary without a signature that hardly anybody knows; proves no technique and nothing by itself."""
    for node in context.own_nodes():
        file = context.file(node.sha1) or context.file(node.sha256)
        if file is None or file.signer or file.is_valid_certificate or not _is_rare(file):
            continue
        known = "on this device only" if file.org_prevalence == 1 else f"on {file.org_prevalence} devices"
        where = f", known {known}" if file.org_prevalence else ""
        text = f"{context.name(node.key)} is unsigned and rare{where}"
        yield _RARE.seen(node.key.created, text, node.key)


def _is_rare(file: File) -> bool:
    """By the world's count where it is known, since an organisation's few servers share few programs."""
    if file.global_prevalence is not None:
        return file.global_prevalence <= LOW_GLOBAL_PREVALENCE
    return file.org_prevalence is not None and file.org_prevalence <= LOW_PREVALENCE


SEQUENCES: tuple[Callable[[AlertContext], Iterator[Behaviour]], ...] = (
    mass_rewriting,
    brute_force,
    download_to_execution,
    dropped_then_loaded,
    unsigned_and_rare,
)


def sequences_of(context: AlertContext, off: frozenset[str]) -> tuple[Behaviour, ...]:
    """Everything these rules see, without those that are switched off by id."""
    found = (one for rule in SEQUENCES for one in rule(context))
    return tuple(one for one in found if one.rule not in off)
