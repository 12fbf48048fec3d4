"""The page on a phone, on paper, in the dark, by keyboard, and for a screen reader."""

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.report.conftest import Open
from tests.report.samples import office_attack

_ALERT = "da0000_-1"

# What has no name for a screen reader, and headings that skip a level.
_UNNAMED = """() => [...document.querySelectorAll(
    "button, a[href], select, input, summary, section, nav, table, svg[role]")]
  .filter((node) => node.getClientRects().length)
  .filter((node) => {
    const by = node.getAttribute("aria-labelledby");
    const name = node.getAttribute("aria-label") || (by && document.getElementById(by)?.textContent) ||
      [...(node.labels ?? [])].map((label) => label.textContent).join() ||
      node.querySelector("caption")?.textContent ||
      (node.matches("button, a, summary") ? node.textContent : "");
    return !name.trim();
  }).map((node) => node.outerHTML.slice(0, 100))"""
_LEVELS = "() => [...document.querySelectorAll('h1, h2, h3, h4')].map((node) => Number(node.tagName[1]))"


def _overflow(page: Page) -> Any:
    return page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")


@pytest.mark.parametrize("open_at", [None, _ALERT], ids=["overview", "alert"])
@pytest.mark.parametrize("width", [360, 800])
def test_nothing_is_wider_than_a_narrow_screen(opened: Open, open_at: str | None, width: int) -> None:
    page = opened(office_attack(), open_at=open_at, viewport={"width": width, "height": 740}).page
    assert _overflow(page) == 0


@pytest.mark.parametrize("open_at", [None, _ALERT], ids=["overview", "alert"])
def test_everything_has_a_name_and_headings_are_in_order(opened: Open, open_at: str | None) -> None:
    page = opened(office_attack(), open_at=open_at).page
    assert page.evaluate(_UNNAMED) == []
    levels = page.evaluate(_LEVELS)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.locator("html").get_attribute("lang") == "en"


def test_the_first_tab_skips_to_the_content_and_links_open_by_key(opened: Open) -> None:
    page = opened(office_attack()).page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.locator(".incidents").get_by_role("link", name="Odd logon").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_a_screen_reader_is_told_how_many_alerts_fit(opened: Open) -> None:
    page = opened(office_attack()).page
    page.locator("#filter-severity").select_option("Low")
    expect(page.get_by_role("status")).to_have_text("2 of 5 alerts in 2 incidents")


def test_it_follows_the_system_into_the_dark_and_can_be_turned(opened: Open) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page = opened(office_attack(), color_scheme="dark").page
    dark = page.evaluate(ground)
    page.get_by_role("button", name="Light").click()
    assert page.evaluate(ground) != dark
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(ground) == dark


def test_paper_gets_what_is_folded_and_no_controls(opened: Open) -> None:
    page = opened(office_attack(), open_at=_ALERT).page
    expect(page.locator("#tree .process")).to_have_count(6)
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    expect(page.locator("#tree .process")).to_have_count(22)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator(".process.anchor .decoded")).to_be_visible()
    for control in (".top", ".contents", "#timeline .buttons", "#tree .toggle >> nth=0"):
        expect(page.locator(control)).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".process.anchor .decoded")).to_be_hidden()
