"""`test`: every rule on its own rows, or all of them on recorded ones."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.detections import house
from local.detections.building import counted, watched
from local.detections.compile import ADDED, FOLDER, Folder, document, folder_of
from local.detections.known import agents_of
from local.detections.recorded import Tried, tried
from local.detections.rulefile import LEVELS, Compiled, columns
from local.ops.screen import Screen
from shared.core.detections import Detections, Rule, load


def on_own_rows(screen: Screen, folder: Path = FOLDER, only: str = "") -> int:
    """Every rule on the rows beside it: its hits hit it, its passes do not."""
    found = folder_of(folder, watched("rules"))
    wrong = [f"{each.path.relative_to(folder)}: {each.reason}" for each in found.refused]
    detections = ready(found, folder)
    chosen = [rule for rule in found.rules if only.lower() in f"{rule.path} {rule.title}".lower()]
    rows = 0
    for rule in chosen:
        problems, count = own_rows(detections, rule)
        rows += count
        wrong += [f"{rule.path.relative_to(folder)}: {said}" for said in problems]
    for line in wrong:
        screen.say(line)
    said = f"{counted(Folder(tuple(chosen), ()))}, {rows} rows of their own"
    screen.say(f"{said}: {len(wrong)} things to mend" if wrong else f"{said}: all well")
    return 1 if wrong else 0


def ready(found: Folder, folder: Path, added: bool = False) -> Detections:
    """The rules as the app would have them; `added` with those of the added file. Raises BadAgent."""
    own = document(found.rules, agents_of(folder, found.rules))
    return load(own, ADDED.read_bytes()) if added and ADDED.is_file() else load(own)


def own_rows(detections: Detections, rule: Compiled) -> tuple[list[str], int]:
    """(what is wrong, how many rows there were)."""
    given, why = house.rows_of(rule.path)
    if why:
        return [why], 0
    wrong: list[str] = []
    count = 0
    for kind in ("hits", "passes"):
        rows = given[kind] or []
        count += len(rows)
        if len(rows) < 2:
            wrong.append(f"{len(rows)} {kind} where two are wanted")
        for at, entry in enumerate(rows, start=1):
            wrong += [f"{kind} {at}: {said}" for said in _wrong(detections, rule, entry, kind == "hits")]
    return wrong, count


def _wrong(detections: Detections, rule: Compiled, entry: Any, wanted: bool) -> Iterator[str]:
    table, row = (entry.get("table"), entry.get("row")) if isinstance(entry, dict) else (None, None)
    known = columns().get(str(table))
    if known is None or not isinstance(row, dict):
        yield f"a mapping of table (one of {', '.join(columns())}) and row is wanted"
        return
    if odd := [name for name in row if name not in known]:
        yield f"{table} has no column {', '.join(odd)}"
        return
    if rule.tables.get(str(table)) is not None and not row.get("ActionType"):
        yield "it has no ActionType, and the rule's log source asks for one"
    one = tried(str(table), row, "", system=entry.get("system"))
    met = {each.rule.id for each in detections.judge([(one.table, one.action, one.cells)], one.system).hits}
    if (rule.id in met) != wanted:
        yield "the rule does not hit it" if wanted else "the rule hits it"


@dataclass(slots=True)
class _Met:
    rows: int = 0
    alerts: set[str] = field(default_factory=set)
    first: str = ""


def on_rows(screen: Screen, detections: Detections, rows: Iterable[Tried], to: Path | None = None) -> int:
    """What hits these rows, by level and rule; `to` gets every hit as a line of JSON."""
    met: dict[str, _Met] = defaultdict(_Met)
    rules: dict[str, Rule] = {}
    excused: Counter[tuple[str, str]] = Counter()
    capped: Counter[str] = Counter()
    judged = 0
    lines: list[str] = []
    for row in rows:
        judged += 1
        result = detections.judge([(row.table, row.action, row.cells)], row.system)
        capped.update(result.capped)
        excused.update((each.agent, each.rule.title) for each in result.excused)
        for hit in result.hits:
            rules[hit.rule.id] = hit.rule
            one = met[hit.rule.id]
            one.rows += 1
            one.alerts.add(row.alert or str(row.cells.get("DeviceId") or ""))
            one.first = one.first or row.where
            lines.append(_line(row, hit.rule))
    _show(screen, met, rules)
    for (agent, title), count in excused.most_common():
        screen.say(f"excused  {count:6} rows  {title}: {agent}")
    for what, count in capped.most_common():
        screen.say(f"cut      {count:6} rows  {what}")
    screen.say(f"{judged} rows judged by {len(detections.rules)} rules; {len(rules)} of them hit")
    if to is not None:
        to.write_text("".join(lines), "utf-8")
    return 0


def _show(screen: Screen, met: dict[str, _Met], rules: dict[str, Rule]) -> None:
    order = sorted(
        met, key=lambda each: (-LEVELS.index(rules[each].level), -met[each].rows, rules[each].title)
    )
    for each in order:
        rule, one = rules[each], met[each]
        room = f"{rule.product or 'any'}/{rule.room}"
        told = f"{rule.level:9}{one.rows:6} rows {len(one.alerts):5} alerts or devices"
        screen.say(f"{told}  {rule.title} [{room}] first: {one.first}")


def _line(row: Tried, rule: Rule) -> str:
    told = {"table": row.table, "report_id": row.cells.get("ReportId"), "device": row.cells.get("DeviceId"),
            "alert": row.alert, "rule": rule.id, "title": rule.title, "level": rule.level,
            "techniques": list(rule.techniques), "where": row.where}  # fmt: skip
    return json.dumps(told, ensure_ascii=False) + "\n"
