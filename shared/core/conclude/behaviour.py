"""What the alert's own processes were seen to do, by rules: the one list that every verdict stands on.

Rules over single rows are data (`detections/`); sequences and counts are in `sequences.py`. Nothing of the
alert's own words (title, description, category, severity, techniques) is read.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from shared.core.conclude.context import AlertContext, cell, is_remedy, moment
from shared.core.correlate import Cell, Event, Method, ProcessKey, ProcessNode, TiedEvent
from shared.core.detections import STRONG, Detections, Row, Rule
from shared.core.tables import PROCESSES
from shared.core.values import Instant

WEAK = frozenset({"medium"})
_LEVELS = {"critical": 0, "high": 1, "medium": 2, "low": 3, "informational": 4}
# What weighs more for whoever must decide, where two rules are of one level.
_GRAVEST_FIRST = (
    "impact", "credential_access", "lateral_movement", "exfiltration", "command_and_control",
    "privilege_escalation", "defense_evasion", "proxy_execution", "persistence", "execution",
    "initial_access", "collection", "discovery",
)  # fmt: skip
MOST_SECONDS = 2.0  # of processor time for the rows of one alert
_ACTED = ("InitiatingProcessFileName", "InitiatingProcessFolderPath", "InitiatingProcessCommandLine")
_STARTER = "InitiatingProcessParentFileName"
_NEAR_ALERT = 120.0  # seconds around the alert in which a row that only names its thing counts
WEAK_TIES = (Method.DEVICE_ONLY, Method.ACCOUNT, Method.ADDRESS)  # what much of a machine shares


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One thing the telemetry shows. `level` is Sigma's word; `event` is the row it stands on, None where it
    stands on several or on what other rows say of a process."""

    rule: str
    title: str
    level: str
    time: Instant
    text: str
    techniques: tuple[str, ...] = ()
    tactic: str = ""
    owner: ProcessKey | None = None
    event: Event | None = field(default=None, compare=False)

    @property
    def is_strong(self) -> bool:
        """True where it bears the alert out by itself."""
        return self.level in STRONG

    @property
    def is_weak(self) -> bool:
        """True where it is worth a look, and two of different techniques bear the alert out."""
        return self.level in WEAK

    def gravity(self) -> tuple[int, int, Instant, str]:
        """Sorts the gravest first."""
        tactic = _GRAVEST_FIRST.index(self.tactic) if self.tactic in _GRAVEST_FIRST else len(_GRAVEST_FIRST)
        return (_LEVELS.get(self.level, 4), tactic, self.time, self.rule)


@dataclass(frozen=True, slots=True)
class Rules:
    """The detections to judge by, those that are switched off, and the clock that bounds their time."""

    detections: Detections
    off: frozenset[str] = frozenset()
    clock: Callable[[], float] | None = None


def proves(rules: Rules) -> Callable[[Event], bool]:
    """Tells an event that a strong detection hits or that the antivirus reported, for correlation to keep."""

    def is_proof(event: Event) -> bool:
        if event.action.startswith("Antivirus"):
            return True
        judged = rules.detections.judge([(event.table, event.kind, event.row)], None, rules.off)
        return any(hit.rule.strong for hit in judged.hits)

    return is_proof


NO_RULES = Rules(Detections([]))
"""Nothing but the sequences."""


@dataclass(frozen=True, slots=True)
class Behaviours:
    """What was found, in time order, and what was looked at: rows, rules, what was not looked at whole."""

    found: tuple[Behaviour, ...] = ()
    rows: int = 0
    rules: int = 0
    capped: tuple[str, ...] = ()
    version: str = ""

    def gravest_first(self) -> list[Behaviour]:
        """The same, gravest first."""
        return sorted(self.found, key=Behaviour.gravity)


def detected(context: AlertContext, rules: Rules) -> Behaviours:
    """What the detections see in the rows that count, each rule once a process."""
    counted = [*_counted(context)]
    judged = rules.detections.judge(
        [row for row, _, _ in counted], context.system(), rules.off, clock=rules.clock, limit=MOST_SECONDS
    )
    found: dict[tuple[str, ProcessKey | None, str], Behaviour] = {}
    for hit in judged.hits:
        _, tied, node = counted[hit.row]
        behaviour = _behaviour(context, hit.rule, tied, node)
        found.setdefault((hit.rule.id, behaviour.owner, behaviour.text), behaviour)
    return Behaviours(
        tuple(sorted(found.values(), key=lambda one: (one.time, one.rule))),
        judged.rows,
        len(rules.detections.rules),
        judged.capped,
        rules.detections.version,
    )


def _counted(context: AlertContext) -> Iterable[tuple[Row, TiedEvent | None, ProcessNode | None]]:
    """The rows that may bear the alert out.

    Those of its own tree; rows without a place in it only where they name the very thing that the alert
    names, and, for what a whole machine shares (an address, an account, the device), in the alert's time.
    """
    is_weak = _is_weak(context)
    created = {tied.owner for tied in context.own_events() if tied.event.table == PROCESSES}
    for tied in context.events:
        if is_remedy(tied):
            continue  # what the antivirus stopped is judged with the stops, and is not what its finder did
        if tied.depth is None:
            if not tied.tie.startswith("evidence-") or (is_weak and not _is_near(context, tied)):
                continue
        elif tied.depth < 0 or is_weak:
            continue
        yield (tied.event.table, tied.event.kind, _filled(context, tied)), tied, None
    if is_weak:
        return
    for node in context.own_nodes():
        if node.key not in created and node.file_name:
            yield (PROCESSES, "ProcessCreated", _as_row(context, node)), None, node


def _filled(context: AlertContext, tied: TiedEvent) -> Mapping[str, Cell]:
    """The row, with what the tree knows of the process that acted where the row itself does not say it."""
    row = tied.event.row
    if not tied.owner or all(map(row.get, _ACTED)):
        return row
    owner = context.nodes.get(tied.owner)
    starter = context.nodes.get(owner.parent) if owner and owner.parent else None
    is_start = tied.event.table == PROCESSES and tied.event.kind == "ProcessCreated"
    actor, above = (starter, None) if is_start else (owner, starter)
    if actor is None or not _is_named_so(row, actor):
        return row
    known = zip(_ACTED, (actor.file_name, actor.folder_path, actor.command_line), strict=True)
    more = {column: value for column, value in known if value and not row.get(column)}
    if above is not None and above.file_name and not row.get(_STARTER):
        more[_STARTER] = above.file_name
    return {**row, **more} if more else row


def _is_named_so(row: Mapping[str, Cell], actor: ProcessNode) -> bool:
    """False where the row tells another name: a process that has had several images."""
    name = row.get(_ACTED[0])
    return not name or str(name).lower() == (actor.file_name or "").lower()


def _is_weak(context: AlertContext) -> bool:
    """True where the tree is perhaps not the alert's. An account has one where it acted at the very moment of
    the alert; that one is."""
    method = context.finding.method
    return method in WEAK_TIES and not (method is Method.ACCOUNT and context.finding.anchors)


def _is_near(context: AlertContext, tied: TiedEvent) -> bool:
    first = context.alert.first_event or context.alert.created
    last = max(first, context.alert.last_event or first)
    return first.plus(-_NEAR_ALERT) <= moment(tied) <= last.plus(_NEAR_ALERT)


def _as_row(context: AlertContext, node: ProcessNode) -> dict[str, Cell]:
    """A process whose creation row did not come, as what other rows say of it would have that row read."""
    account = node.account
    parent = context.nodes.get(node.parent) if node.parent else None
    cells: dict[str, Cell] = {
        "FileName": node.file_name,
        "FolderPath": node.folder_path,
        "ProcessCommandLine": node.command_line,
        "SHA1": node.sha1,
        "SHA256": node.sha256,
        "AccountName": account.name if account else None,
        "AccountDomain": account.domain if account else None,
        "InitiatingProcessFileName": parent.file_name if parent else None,
        "InitiatingProcessFolderPath": parent.folder_path if parent else None,
        "InitiatingProcessCommandLine": parent.command_line if parent else None,
    }
    return {name: value for name, value in cells.items() if value is not None}


def _behaviour(
    context: AlertContext, rule: Rule, tied: TiedEvent | None, node: ProcessNode | None
) -> Behaviour:
    if node is not None:
        owner: ProcessKey | None = node.key
        time, what = node.key.created, ""
    else:
        assert tied is not None  # noqa: S101 - each counted row has one of the two
        owner, time = tied.owner, moment(tied)
        what = "" if tied.event.table == PROCESSES else object_of(tied)
    who = context.name(owner)
    return Behaviour(
        rule=rule.id,
        title=rule.title,
        level=rule.level,
        time=time,
        text=f"{who}: {rule.title}{f' ({what})' if what else ''}",
        techniques=rule.techniques,
        tactic=rule.room,
        owner=owner,
        event=tied.event if tied is not None else None,
    )


def object_of(tied: TiedEvent) -> str:
    """What an event was done to, in a few words."""
    key, name = cell(tied, "RegistryKey"), cell(tied, "RegistryValueName")
    if key:
        return f"{key} {name}".strip()[:200]
    address = cell(tied, "RemoteUrl") or cell(tied, "RemoteIP")
    port = cell(tied, "RemotePort")
    if address:
        return f"{address} port {port}"[:200] if port else address[:200]
    return (cell(tied, "FolderPath") or cell(tied, "FileName"))[:200]
