"""`python3 dev.py doctor --probe`: asks a tenant what our stand-ins only believe, and says what differs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from local.doctor.identity import DEFENDER, GRAPH, held_roles
from local.doctor.probe import hunting, lists
from local.doctor.probe.asking import MOST_CALLS, MOST_HUNTS, Asker, BoundReached
from local.doctor.probe.report import Report
from local.ops.screen import Screen
from local.ops.target import Target
from shared.adapters.clock import SystemClock
from shared.adapters.http import JsonApi

PARTS = ("tables", "values", "refusals", "lateness", "defender alerts", "graph alerts", "entities", "access")


def probe(asker: Asker, parts: Iterable[str] = PARTS, *, heavy: bool = False) -> Report:
    """What these parts of the tenant are like, held against what is believed of them."""
    report, wanted = Report(), tuple(parts)
    try:
        for part in wanted:
            _part(part, asker, report, heavy)
    except BoundReached as err:
        report.ended = str(err)
    if wanted == PARTS:
        report.end(heavy=heavy)
    report.calls, report.hunts = asker.calls, asker.hunts
    return report


def asker_of(target: Target) -> Asker:
    """The APIs as the target reaches them, by the app's identity or a person's own sign-in."""
    clouds, clock, tokens = target.settings.endpoints, SystemClock(), target.tokens
    defender, graph = clouds.defender_scope, target.settings.graph_token_scope

    def api(url: str, scope: str) -> JsonApi:
        return JsonApi("probe", url, scope, tokens, clock=clock)

    roles = {"defender": held_roles(target, DEFENDER), "graph": held_roles(target, GRAPH)}
    return Asker(
        defender=api(clouds.defender_url, defender),
        graph=api(clouds.graph_url, graph),
        defender_with_wrong_token=api(clouds.defender_url, graph),
        graph_with_wrong_token=api(clouds.graph_url, defender),
        roles={name: frozenset(held) for name, held in roles.items() if held},
    )


def run(target: Target, screen: Screen, *, out: Path | None, heavy: bool) -> int:
    """Prints the report, and writes it where it is wanted. 0 where nothing differs, else 1."""
    screen.say(
        f"Asking {target.name}, reading only: at most {MOST_CALLS} calls and {MOST_HUNTS} hunting calls"
        + (", one of them heavy" if heavy else "")
    )
    report = probe(asker_of(target), heavy=heavy)
    lines = report.lines(
        "the local stack" if target.is_local else f"a tenant in the cloud {target.settings.cloud}"
    )
    for line in lines:
        screen.say(line)
    if out is not None:
        out.write_text("\n".join(lines) + "\n", "utf-8")
        screen.say(f"written: {out}")
    return 1 if report.differences else 0


def _part(part: str, asker: Asker, report: Report, heavy: bool) -> None:
    match part:
        case "tables":
            report.take_tables(hunting.tables(asker))
        case "values":
            report.take(hunting.values(asker))
        case "refusals":
            report.take(hunting.refusals(asker, heavy=heavy))
        case "lateness":
            report.take_lateness(hunting.lateness(asker))
        case "defender alerts":
            report.take(lists.defender_alerts(asker))
        case "graph alerts":
            report.take(lists.graph_alerts(asker))
        case "entities":
            report.take(lists.entities(asker))
        case "access":
            report.take(lists.access(asker))
