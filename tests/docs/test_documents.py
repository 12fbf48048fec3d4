"""What the pages say can be followed: links lead somewhere, commands run, what they name is there."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cli import CALLED_FROM, COMMANDS, ROOT
from local.docs.configuration import declared
from local.simulator.gate import SCHEMA_FILE, Gate
from tests.docs.pages import Page, pages
from tests.infra.test_alert_rules import _SCHEMA as LOG_TABLES

PAGES = pages()
BY_NAME = {page.name: page for page in PAGES}
COMMAND_LINES = sorted({command for page in PAGES for command in page.commands()})
# A word in capitals that is no setting of the app: of another program, or a placeholder.
_OTHERS = re.compile(
    r"AZURE_\w+|HYPOTHESIS_\w+|PYTHON_THREADPOOL_THREAD_COUNT|FUNCTION_APP_NAME|OBJECT[-_]ID\w*|APP_\w+"
    r"|RESOURCE_GROUP|\w+_NAME"
)
_MEANT = {  # a placeholder, and one that it means
    "ACCOUNT": "alertsabc123",
    "ACCOUNT_NAME": "alertsabc123",
    "OBJECT-ID": "11111111-2222-3333-4444-555555555555",
}
# What infra/main.bicepparam reads of the environment.
_DEPLOYING = set(
    re.findall(r"readEnvironmentVariable\('(\w+)'", (ROOT / "infra" / "main.bicepparam").read_text("utf-8"))
)
_TOPS = (
    "shared",
    "local",
    "tests",
    "infra",
    "docs",
    "FetchAlerts",
    "EnrichAlert",
    "HuntCorrelate",
    ".github",
    ".ci",
)


def ids(page: Page) -> str:
    return page.name


def test_there_are_pages_to_look_at() -> None:
    assert {"README.md", "docs/runbook.md", "infra/README.md"} <= set(BY_NAME)
    assert sum(len(page.links) for page in PAGES) > 60
    assert len(COMMAND_LINES) > 25


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_link_leads_to_a_file_and_a_heading(page: Page) -> None:
    dead = []
    for link in page.links:
        if re.match(r"https?://", link):
            assert link.startswith("https://"), link
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page.name).parent / path if path else ROOT / page.name
        if not target.exists():
            dead.append(link)
        elif anchor and anchor not in BY_NAME[str(target.resolve().relative_to(ROOT))].anchors:
            dead.append(link)
    assert dead == []


def test_the_help_of_a_command_is_shown_by_dev_py_itself() -> None:
    """One real start; that of every command is shown in test_commands_run.py without one."""
    done = subprocess.run(
        [sys.executable, "dev.py", "ops", "--help"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "dev.py ops" in done.stdout


@pytest.mark.parametrize("line", [line for line in COMMAND_LINES if " dev.py" in line])
def test_the_arguments_of_a_command_are_taken(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, *words = shlex.split(line)
    words = [_MEANT.get(word, word) for word in words]
    if words == ["COMMAND", "--help"]:
        return
    assert words[0] in COMMANDS
    (tmp_path / "out").mkdir()
    (tmp_path / "DIR").mkdir()
    (tmp_path / "FILE").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(CALLED_FROM, str(tmp_path))
    if words[0] in ("test", "check"):
        assert words[0] == "test" or len(words) == 1
        assert all((ROOT / word).exists() for word in words if word.startswith("tests"))
        return
    package = COMMANDS[words[0]].where.split(":")[0].removesuffix(".command")
    parse = importlib.import_module(f"{package}.arguments").parse
    if words[1:] != ["--help"] and words != ["ops"]:  # `ops` alone asks for one of its commands
        parse(words[1:])


@pytest.mark.parametrize("line", [line for line in COMMAND_LINES if " -m " in line])
def test_a_module_that_a_page_runs_is_there(line: str) -> None:
    assert importlib.util.find_spec(shlex.split(line)[2]) is not None


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_setting_that_a_page_names_exists(page: Page) -> None:
    known = {name for name, _, _ in declared()}
    named = {word.partition("=")[0] for word in page.words if re.match(r"[A-Z]+(_[A-Z]+)+(=\S+)?$", word)}
    assert {name for name in named if not _OTHERS.fullmatch(name)} - known - _DEPLOYING == set()


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_path_that_a_page_names_is_there(page: Page) -> None:
    paths = {
        word for word in page.words if re.match(rf"(?:{'|'.join(map(re.escape, _TOPS))})/[\w./*-]*$", word)
    }
    assert [path for path in sorted(paths) if not list(ROOT.glob(path.rstrip("/")))] == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_no_page_names_a_place_on_somebodys_machine(page: Page) -> None:
    assert re.findall(r"(?:/work/|/root/|/home/)\w+", page.text) == []


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """Microsoft's parser with the tables of hunting and of the logs."""
    known = json.loads(SCHEMA_FILE.read_text("utf-8"))
    schema = tmp_path_factory.mktemp("kql") / "schema.json"
    schema.write_text(json.dumps({**known, "tables": {**known["tables"], **LOG_TABLES}}), "utf-8")
    with Gate(schema=schema) as running:
        yield running


KQL = [(page.name, text) for page in PAGES for language, text in page.fences if language == "kql"]


@pytest.mark.parametrize(("page", "query"), KQL, ids=[name for name, _ in KQL])
def test_microsofts_parser_takes_every_query_of_a_page(gate: Gate, page: str, query: str) -> None:
    verdict = gate.judge(query)
    assert verdict.ok, verdict


def test_the_queries_ask_for_lines_that_the_app_logs() -> None:
    code = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "shared").rglob("*.py")))
    logged = set(re.findall(r"(?:telemetry\.(?:info|warning|error)|say)\(\s*\"([^\"]+)\"", code))
    assert len(logged) > 30
    for page, query in KQL:
        asked = re.findall(r"tostring\(line\.event\) == \"([^\"]+)\"", query)
        for listed in re.findall(r"tostring\(line\.event\) in \(([^)]*)\)", query):
            asked += re.findall(r"\"([^\"]+)\"", listed)
        assert set(asked) <= logged, page
    assert len(KQL) > 10


def test_each_alert_rule_s_section_says_what_it_means_and_what_to_do() -> None:
    text = BY_NAME["docs/runbook.md"].text.split("## The alert rules")[1].split("\n## ")[0]
    sections = text.split("\n### ")[1:]
    assert {section.split("\n")[0] for section in sections} == {
        rule.stem for rule in (ROOT / "infra" / "alerts").glob("*.kql")
    }
    for section in sections:
        assert all(f"**{part}**" in section for part in ("Means", "Look at", "Do")), section.split("\n")[0]


def test_the_readme_names_every_command() -> None:
    assert [name for name in COMMANDS if f"dev.py {name}" not in BY_NAME["README.md"].text] == []
