"""`test`: every rule on its own rows, or all of them on recorded ones."""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import yaml

from local.detections.compile import agents_of, document, folder_of
from local.detections.rulefile import Compiled, columns
from shared.core.detections import Detections, load


def test(given: argparse.Namespace) -> int:
    folder = folder_of(given.folder)
    rules = folder.rules
    wrong = [f"{refused.path.relative_to(given.folder)}: {refused.reason}" for refused in folder.refused]
    found = load(document(rules, agents_of(given.folder), []))
    if given.data:
        return _on_data(found, given.data)
    tried = 0
    for rule in rules:
        if given.rule and given.rule.lower() not in f"{rule.path} {rule.title}".lower():
            continue
        problems, rows = own_rows(found, rule)
        tried += rows
        wrong += [f"{rule.path.relative_to(given.folder)}: {problem}" for problem in problems]
    print("\n".join(wrong))
    print(f"{len(rules)} rules, {tried} rows, {len(wrong)} problems")
    return 1 if wrong else 0


def own_rows(found: Detections, rule: Compiled) -> tuple[list[str], int]:
    path = rule.path.with_name(rule.path.stem + ".rows.yml")
    if not path.is_file():
        return ["it has no rows beside it"], 0
    try:
        given = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as err:
        return [f"its rows are no YAML: {' '.join(str(err).split())}"], 0
    problems: list[str] = []
    count = 0
    for kind, wanted in (("hits", True), ("passes", False)):
        rows = given.get(kind) or []
        if len(rows) < 2:
            problems.append(f"{len(rows)} {kind} where two are wanted")
        for at, entry in enumerate(rows):
            count += 1
            problems += _row(found, rule, f"{kind} {at + 1}", entry, wanted)
    return problems, count


def _row(found: Detections, rule: Compiled, where: str, entry: Any, wanted: bool) -> list[str]:
    table, row = entry["table"], entry["row"]
    known = columns().get(table)
    if known is None:
        return [f"{where}: no table {table}"]
    odd = [name for name in row if name not in known]
    if odd:
        return [f"{where}: {table} has no column {', '.join(odd)}"]
    cells = {name: cell if not isinstance(cell, dict) else json.dumps(cell) for name, cell in row.items()}
    judged = found.judge([(table, str(row.get("ActionType") or ""), cells)], entry.get("system"))
    hit = any(each.rule.id == rule.id for each in judged.hits)
    if hit == wanted:
        return []
    return [f"{where}: {'does not hit' if wanted else 'hits'}"]


def _on_data(found: Detections, folder: Path) -> int:
    counts: Counter[tuple[str, str]] = Counter()
    rows: dict[tuple[str, str], set[str]] = defaultdict(set)
    total = 0
    for file in sorted((folder / "hunting").glob("*.ndjson")):
        if file.stem not in columns():
            continue
        for line in file.open(encoding="utf-8"):
            row = json.loads(line)
            total += 1
            for hit in found.judge([(file.stem, row.get("ActionType") or "", row)]).hits:
                counts[hit.rule.level, hit.rule.title] += 1
                rows[hit.rule.level, hit.rule.title].add(str(row.get("DeviceId")))
    for (level, title), count in sorted(counts.items(), key=lambda item: (item[0][0], -item[1])):
        print(f"{level:9}{count:7} rows {len(rows[level, title]):4} devices  {title}")
    print(f"{total} rows judged")
    return 0
