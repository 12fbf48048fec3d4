"""Ordinary work on Windows is not taken for an attack by the rules of `detections/`."""

import base64
import ntpath
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from local.detections import text
from local.detections.recorded import tried
from tests.detections.own import detections

ORDINARY = Path(__file__).with_name("ordinary_windows.yml")
SERVICE_HOST = r"C:\Windows\system32\svchost.exe -k netsvcs -p -s Schedule"
LIKELY_AT_MOST = 0.06  # of the rows; one weak hit is worth a look, and a look costs an analyst's time

Said = tuple[
    str, frozenset[str], frozenset[str]
]  # what was done, titles of strong hits, techniques of weak ones


def ordinary() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(table, row) of everything in the file."""
    given = text.document(ORDINARY)
    for each in given["processes"]:
        yield "DeviceProcessEvents", process(each)
    for each in given["rows"]:
        yield each["table"], each["row"]


def process(told: Mapping[str, str]) -> dict[str, str]:
    """A row of DeviceProcessEvents from its parent, its image and its line."""
    parent, image = told["parent"], told["image"]
    host = SERVICE_HOST if parent.lower().endswith("svchost.exe") else f'"{parent}"'
    encoded = base64.b64encode(told.get("encoded", "").encode("utf-16-le")).decode()
    return {
        "ActionType": "ProcessCreated",
        "FileName": ntpath.basename(image),
        "FolderPath": image,
        "ProcessCommandLine": told["line"].replace("{encoded}", encoded),
        "AccountName": "a",
        "InitiatingProcessAccountName": "a",
        "InitiatingProcessFileName": ntpath.basename(parent),
        "InitiatingProcessFolderPath": parent,
        "InitiatingProcessCommandLine": told.get("parent_line", host),
    }


@cache
def judged() -> tuple[Said, ...]:
    """What the rules say of each row."""
    said: list[Said] = []
    for table, row in ordinary():
        one = tried(table, dict(row), "")
        rules = [
            hit.rule for hit in detections().judge([(one.table, one.action, one.cells)], one.system).hits
        ]
        strong = frozenset(rule.title for rule in rules if rule.level in ("high", "critical"))
        weak = frozenset(rule.techniques[0] for rule in rules if rule.level == "medium" and rule.techniques)
        said.append((str(row.get("ProcessCommandLine") or row), strong, weak))
    return tuple(said)


def test_no_strong_rule_hits_ordinary_work() -> None:
    assert {done: sorted(strong) for done, strong, _ in judged() if strong} == {}


def test_no_two_weak_rules_of_different_techniques_hit_one_row_of_ordinary_work() -> None:
    assert {done: sorted(weak) for done, _, weak in judged() if len(weak) > 1} == {}


def test_few_rows_of_ordinary_work_are_worth_a_look() -> None:
    looks = [done for done, strong, weak in judged() if strong or weak]
    assert len(judged()) > 250
    assert len(looks) <= LIKELY_AT_MOST * len(judged()), looks
