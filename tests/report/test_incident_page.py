"""An incident's page in a browser: verdict, next steps, alerts, timeline over devices, forest, indicators."""

import json
from pathlib import Path
from typing import Any

import pytest
import stix2  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.report.conftest import Open
from tests.report.samples import alert_row, full_incident, incident_row, office_attack, process, rows, tree

_ROUTE = "#/incident/2026-11-24%2F7"


def _incident(opened: Open, **options: Any) -> Page:
    page = opened(full_incident(), route=_ROUTE, **options).page
    page.get_by_role("heading", name="Office macro to domain", level=1).wait_for()
    return page


def _saved(page: Page, name: str, within: str = "main") -> str:
    with page.expect_download() as download:
        page.locator(within).get_by_role("button", name=name, exact=True).first.click()
    return Path(download.value.path()).read_bytes().decode("utf-8")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 1200)])
def test_verdict_and_next_steps_stand_above_the_fold(opened: Open, width: int, height: int) -> None:
    page = _incident(opened, viewport={"width": width, "height": height})
    expect(page.locator("#verdict")).to_contain_text("powershell.exe: Shadow copies deleted")
    last = page.locator("#steps li").last
    box = last.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < height


def test_next_steps_are_in_order_and_only_the_portal_s_addresses_are_links(opened: Open) -> None:
    page = _incident(opened)
    steps = page.locator("#steps li")
    expect(steps).to_have_count(3)
    expect(steps.nth(0)).to_have_text("Isolate ws-0042: the program still runs.")
    expect(steps.nth(1).get_by_role("link")).to_have_count(0)
    link = steps.nth(2).get_by_role("link")
    expect(link).to_have_attribute("href", "https://security.microsoft.com/v2/advanced-hunting?query=abc")


def test_its_alerts_lead_to_their_pages(opened: Open) -> None:
    page = _incident(opened)
    titles = page.locator("#own-alerts .title")
    assert titles.all_inner_texts() == ["Suspicious PowerShell command line", "Known tool"]
    titles.nth(1).click()
    page.get_by_role("heading", name="Known tool", level=1).wait_for()
    page.get_by_role("link", name="Incident 7", exact=True).click()
    page.get_by_role("heading", name="Office macro to domain", level=1).wait_for()


def test_the_timeline_runs_over_devices_and_leads_to_process_and_alert(opened: Open) -> None:
    page = _incident(opened)
    timeline = page.locator("#timeline")
    lanes = timeline.locator("svg .lane").evaluate_all("all => all.map((one) => one.textContent)")
    assert lanes == ["ws-0042", "db-02"]
    expect(timeline.locator("svg .marked")).to_have_count(1)
    lines = timeline.locator(".story li")
    expect(lines).to_have_count(2)
    lines.nth(0).get_by_role("link", name="process").click()
    expect(page.locator(".process.chosen")).to_contain_text("powershell.exe")
    lines.nth(1).get_by_role("link", name="alert").click()
    page.get_by_role("heading", name="Known tool", level=1).wait_for()


def test_the_forest_stands_by_device_with_the_alerts_and_what_rules_saw_on_its_processes(
    opened: Open,
) -> None:
    page = _incident(opened)
    forest = page.locator("#tree")
    assert forest.locator("h3.device").all_inner_texts() == ["ws-0042", "db-02"]
    shell = forest.locator(".process").first
    expect(shell).to_contain_text("Shadow copies deleted (T1490)")
    shell.get_by_role("link", name="Suspicious PowerShell command line").click()
    page.get_by_role("heading", name="Suspicious PowerShell command line", level=1).wait_for()


def test_its_indicators_are_copied_plain_or_so_that_nothing_makes_a_link_of_them(opened: Open) -> None:
    page = _incident(opened, permissions=["clipboard-read", "clipboard-write"])
    part = page.locator("#indicators")
    read = "navigator.clipboard.readText()"
    part.get_by_role("button", name="Copy all", exact=True).click()
    expect(part.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate(read) == f"203.0.113.10\n{'ab' * 20}\nhttp://203.0.113.10/a\n"
    part.get_by_role("button", name="Copy all defanged").click()
    expect(part.get_by_role("button", name="Copied")).to_have_count(2)
    assert page.evaluate(read) == f"203[.]0[.]113[.]10\n{'ab' * 20}\nhxxp[:]//203[.]0[.]113[.]10/a\n"
    part.get_by_label("Show defanged").check()
    expect(part.locator("tbody code").first).to_have_text("203[.]0[.]113[.]10")
    part.get_by_role("button", name="Copy", exact=True).first.click()
    page.wait_for_function(f"async () => (await {read}) === '203.0.113.10'")


def test_its_indicators_are_saved_as_stix_that_the_library_reads(opened: Open) -> None:
    text = _saved(_incident(opened), "Save as STIX 2.1")
    bundle = stix2.parse(text)
    kinds = [one["type"] for one in bundle["objects"]]
    assert sorted(set(kinds)) == ["grouping", "indicator"]
    assert [one["pattern"] for one in bundle["objects"] if one["type"] == "indicator"] == [
        "[ipv4-addr:value = '203.0.113.10']",
        f"[file:hashes.'SHA-1' = '{'ab' * 20}']",
        "[url:value = 'http://203.0.113.10/a']",
    ]


def test_what_is_shown_is_saved_as_csv_that_runs_no_formula_and_as_json(opened: Open) -> None:
    formula = '=HYPERLINK("http://evil.example","x"), with \'quotes\''
    page = opened(rows(alert_row(0, AlertName=formula, IncidentId=""), alert_row(1, IncidentId=""))).page
    page.locator("#filter-search").fill("da0000")
    expect(page.locator("#alerts-count")).to_have_text("1 of 2 alerts in 1 incident")
    lines = _saved(page, "CSV", ".list").removeprefix("\ufeff").split("\r\n")
    assert len(lines) == 3
    assert "\"'=HYPERLINK(" in lines[1]
    [only] = json.loads(_saved(page, "JSON", ".list"))
    assert (only["Alert"], only["AlertId"]) == (formula, "da0000_-1")


def test_steps_in_view_are_saved(opened: Open) -> None:
    page = _incident(opened)
    assert [one["text"] for one in json.loads(_saved(page, "JSON", "#timeline"))] == [
        "powershell.exe started",
        "a tool ran",
    ]


def test_an_incident_without_a_row_says_what_its_alerts_say(opened: Open) -> None:
    made = office_attack()
    page = opened(rows(*made.alerts)).page
    page.locator(".incidents .title").first.click()
    page.locator("article.incident-page").wait_for()
    expect(page.locator("#verdict")).to_contain_text("The incident has no row here")
    expect(page.locator("#own-alerts .title")).to_have_count(2)


def test_an_incident_whose_alerts_went_elsewhere_says_where(opened: Open) -> None:
    moved = incident_row("7", State="emptied", MovedTo='["9"]')
    page = opened(rows(alert_row(0, IncidentId="7"), incidents=[moved]), route=_ROUTE).page
    expect(page.locator("#verdict")).to_contain_text("Alerts of it went to incident 9.")


def test_a_process_without_children_stands_right_of_its_parent(opened: Open) -> None:
    many = tree(
        process("parent.exe", 1),
        process("leaf.exe", 2, parent="p1"),
        process("branch.exe", 3, parent="p1"),
        process("deep.exe", 4, parent="p3"),
    )
    for options in ({}, {"viewport": {"width": 390, "height": 844}}):
        page = opened(rows(alert_row(ProcessTree=many)), open_at="da0000_-1", **options).page
        lefts = page.locator("#tree .process").evaluate_all(
            "all => all.map((one) => one.getBoundingClientRect().left)"
        )
        parent, leaf, branch, deep = lefts
        assert parent < leaf == branch < deep
