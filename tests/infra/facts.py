"""What the infrastructure must provide, read from the code: queues, tables, events of the log, roles.

All of it works on texts by path, so that a test can take something out of one of the places that must agree.
"""

from __future__ import annotations

import ast
import functools
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from local.cli import ROOT

# The app role that each call takes, by the name that the adapter gives the call; the pages are
# https://learn.microsoft.com/defender-endpoint/api/exposed-apis-list and
# https://learn.microsoft.com/graph/permissions-reference (read 2026-11).
ROLE_OF_CALL = {
    "defender alerts": "Alert.Read.All",
    "defender alert": "Alert.Read.All",
    "defender machine": "Machine.Read.All",
    "defender machines": "Machine.Read.All",
    "defender logonusers": "User.Read.All",
    "defender file": "File.Read.All",
    "defender file stats": "File.Read.All",
    "defender ip stats": "Ip.Read.All",
    "defender domain stats": "Url.Read.All",
    "graph alerts": "SecurityAlert.Read.All",
    "graph alert": "SecurityAlert.Read.All",
    "graph hunting": "ThreatHunting.Read.All",
    "defender alert update": "Alert.ReadWrite.All",
    "graph alert update": "SecurityAlert.ReadWrite.All",
    "graph alert comment": "SecurityAlert.ReadWrite.All",
}
_READ = (
    "infra/*.bicep",
    "infra/alerts/*.kql",
    "infra/workbook.json",
    "infra/grant-roles.*",
    "host.json",
    "*/function.json",
    "shared/*.py",
    "shared/adapters/**/*.py",
    "shared/pipeline/**/*.py",
    "pyproject.toml",
)

type Texts = Mapping[str, str]


def read_texts() -> dict[str, str]:
    """The project's files that must agree, by path."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
        for pattern in _READ
        for path in sorted(ROOT.glob(pattern))
    }


def bindings(texts: Texts) -> dict[str, list[dict[str, Any]]]:
    """Function → its bindings."""
    return {
        path.split("/")[0]: json.loads(text)["bindings"]
        for path, text in texts.items()
        if path.endswith("/function.json")
    }


def queues(texts: Texts) -> set[str]:
    """Every queue that a function reads or writes."""
    return {
        binding["queueName"]
        for found in bindings(texts).values()
        for binding in found
        if "queueName" in binding
    }


def tables(texts: Texts) -> set[str]:
    """Every table that an adapter reads or writes: what it calls its tables' methods with, or names as its
    class's `table`."""
    files = [text for path, text in texts.items() if path.startswith("shared/adapters/")]
    return {table for text in files for table in _tables_of(text)} - {""}


@functools.cache
def _tables_of(text: str) -> frozenset[str]:
    """A file's; texts are read by each of many checks, and few of them change."""
    tree = ast.parse(text)
    constants = {
        ast.unparse(node.targets[0]): node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    asked = [node.args[0] for node in calls if ast.unparse(node.func).startswith("self._tables.")]
    # Classes that differ in their table alone are made with its name, or have it as their `_table`.
    made = [arg for node in calls if ast.unparse(node.func) == "super().__init__" for arg in node.args]
    held = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_table"
    ]
    return frozenset(str(constants.get(ast.unparse(arg), "")) for arg in (*asked, *made, *held))


def calls(texts: Texts) -> set[str]:
    """The name of every call that an adapter makes to Defender or Graph."""
    return {
        word
        for path, text in texts.items()
        if path.startswith("shared/adapters/")
        for word in re.findall(r'"((?:defender|graph) [a-z ]+)"', text)
    }


def events(texts: Texts) -> dict[str, set[str]]:
    """Every event that the app logs, with the fields it is logged with."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path, text in texts.items():
        if path.startswith("shared/"):
            for event, fields in _events_of(text):
                found[event] |= fields
    return found


@functools.cache
def _events_of(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """A file's events with the fields of each call."""
    return tuple(
        (ast.literal_eval(call.args[0]), frozenset(word.arg for word in call.keywords if word.arg))
        for call in _log_calls(ast.parse(text))
    )


def _log_calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        called = ast.unparse(node.func)
        if re.fullmatch(r"telemetry\.(info|warning|error)|say", called):
            yield node


def events_read(query: str) -> tuple[set[str], set[str]]:
    """(events, fields) that a rule's query reads from the app's lines."""
    code = "\n".join(row for row in query.splitlines() if not row.startswith("//"))
    named = set()
    for one, several in re.findall(r'tostring\(line\.event\) (?:== ("[^"]+")|in \(([^)]+)\))', code):
        named |= set(re.findall(r'"([^"]+)"', one or several))
    fields = set(re.findall(r"\bline\.(\w+)", code)) | set(re.findall(r'\bline\["(\w+)"\]', code))
    return named, fields - {"event"}


def workbook_queries(texts: Texts) -> dict[str, str]:
    """Name → query of every part of the workbook that has one."""
    items = json.loads(texts["infra/workbook.json"])["items"]
    return {item["name"]: item["content"]["query"] for item in items if "query" in item["content"]}


def script_roles(text: str) -> dict[str, set[str]]:
    """API → the roles that a grant script can grant on it, bash or PowerShell."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, roles in re.findall(r"(\w*(?:ROLES|ENRICHMENT|Roles|Enrichment))\s*=\s*@?\(([^)]*)\)", text):
        if words := re.findall(r"[A-Z]\w+\.Read(?:Write)?\.All", roles):
            api = "graph" if name.lower().startswith("graph") else "defender"
            found[api] |= set(words)
    return found
