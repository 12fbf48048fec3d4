"""axe-core finds nothing on any page with everything open, light and dark, wide and narrow."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.report.rows import Rows
from tests.report.conftest import Open
from tests.report.samples import full_incident

AXE = Path(__file__).resolve().parents[2] / "local" / "node_modules" / "axe-core" / "axe.min.js"
_OPEN_ALL = """() => {
  for (let turn = 0; turn < 4; turn += 1) {
    for (const one of document.querySelectorAll("details:not([open])")) one.open = true;
    for (const one of document.querySelectorAll("main button"))
      if (/^Show \\d|^Open all/.test(one.textContent)) one.click();
  }
}"""
_RUN = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target} ${node.any.concat(node.all)
    .map((check) => check.message)}`).join(" | ")}`)"""
_NARROW = ["color-contrast", "scrollable-region-focusable", "target-size", "summary-name", "link-name"]
ROUTES = {
    "overview": "#/",
    "searched": "#/?search=powershell&priority=1",
    "table": "#/?view=alerts",
    "alert": "#/alert/2026-11-24%2Fda0000_-1",
    "incident": "#/incident/2026-11-24%2F7",
    "nothing": "#/alert/none",
}


def _some_of_each() -> Rows:
    """The whole incident with two events of each table: more of them are more lines of the same."""
    made = full_incident()
    events = {
        key: [one for number, one in enumerate(found) if number % 10 in (3, 4) and number < 20]
        for key, found in made.events.items()
    }
    assert {one["SourceTable"] for found in made.events.values() for one in found} == {
        one["SourceTable"] for found in events.values() for one in found
    }
    return replace(made, events=events)


def _violations(page: Any, run: str) -> list[str]:
    page.evaluate(_OPEN_ALL)
    page.wait_for_timeout(50)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = page.evaluate(run.replace("NARROW", json.dumps(_NARROW)))
    return found


pytestmark = pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci in local/")


@pytest.mark.parametrize("name", ROUTES)
def test_axe_finds_nothing_with_everything_open(opened: Open, name: str) -> None:
    """Wide and light by every rule; then narrow and dark, by those that this may change."""
    page = opened(_some_of_each(), route=ROUTES[name]).page
    assert _violations(page, _RUN) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(100)
    found = _violations(page, _RUN.replace("document, {", "document, { runOnly: NARROW,"))
    assert found == []


def test_axe_sees_what_it_is_asked_for(opened: Open) -> None:
    page = opened(full_incident()).page
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any(said.startswith("button-name") for said in _violations(page, _RUN))
