"""Debian's Chromium, driven by Playwright, with everything that a page should not do written down."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from local.report.assemble import write_page
from local.report.rows import Rows

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless",
    "--no-sandbox",  # in a container Chromium has no sandbox of its own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Opened:
    """A page in the browser, and what it said, asked for or tried besides showing itself."""

    page: Page
    file: Path
    trespasses: list[str] = field(default_factory=list)
    kept_for: str = ""  # tests with these options

    def go(self, route: str = "") -> Page:
        """Opens the file afresh at that route."""
        if self.page.url != "about:blank":  # another route of the same file alone would open nothing
            self.page.goto("about:blank")
        self.page.goto(f"{self.file.as_uri()}{route}")
        self.page.locator("main h1").wait_for()
        return self.page


type Open = Callable[..., Opened]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium): the page was not opened")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


VIEWPORT: ViewportSize = {"width": 1280, "height": 900}


class Tabs:
    """Tabs of the browser. They serve one test after another, since a new one costs most of a second of
    processor time; the page keeps nothing there, and what a test left is taken away. A size and a colour
    scheme are set on any tab; other options are a context's own, and have tabs of their own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[Opened]] = {}

    def take(self, file: Path, options: dict[str, Any]) -> Opened:
        """A tab for that file, with nothing noted yet."""
        own = {name: value for name, value in options.items() if name not in ("viewport", "color_scheme")}
        free = self._free.setdefault(repr(own), [])
        tab = free.pop() if free else self._new(file, own)
        tab.file = file
        tab.trespasses.clear()
        if "viewport" in options:
            tab.page.set_viewport_size(options["viewport"])
        if "color_scheme" in options:
            tab.page.emulate_media(color_scheme=options["color_scheme"])
        return tab

    def _new(self, file: Path, options: dict[str, Any]) -> Opened:
        context = self._browser.new_context(viewport=VIEWPORT, **options)
        context.set_default_timeout(10_000)
        tab = Opened(context.new_page(), file, kept_for=repr(options))
        watch(tab)
        return tab

    def give_back(self, tab: Opened) -> None:
        """Closes the tab, or makes it ready for the next test."""
        if tab.trespasses or len(tab.page.context.pages) > 1:
            tab.page.context.close()
            return
        tab.page.goto("about:blank")
        tab.page.emulate_media(media="null", color_scheme="null")
        if tab.page.viewport_size != VIEWPORT:
            tab.page.set_viewport_size(VIEWPORT)
        tab.page.mouse.move(0, 0)
        self._free[tab.kept_for].append(tab)


@pytest.fixture(scope="package")
def tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


@pytest.fixture
def opened(tabs: Tabs, tmp_path: Path) -> Iterator[Open]:
    """Opens rows as a page: `opened(rows, open_at=…, route=…, **context options)`."""
    taken = []

    def open_rows(rows: Rows, *, open_at: str | None = None, route: str = "", **options: Any) -> Opened:
        file = tmp_path / "report.html"
        write_page(rows, file, open_at=open_at)
        tab = tabs.take(file, options)
        taken.append(tab)
        tab.go(route)
        return tab

    yield open_rows
    for tab in taken:
        tabs.give_back(tab)


def watch(opened: Opened) -> None:
    """Writes down console messages, errors, dialogs, new pages, and requests but for the file itself."""
    page, noted = opened.page, opened.trespasses
    page.on("console", lambda message: noted.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: noted.append(f"error: {error}"))
    page.on("popup", lambda popup: noted.append(f"popup: {popup.url}"))

    def dialog(shown: Any) -> None:
        noted.append(f"dialog: {shown.message}")
        shown.dismiss()

    page.on("dialog", dialog)

    def request(asked: Any) -> None:
        if asked.url.split("#")[0] not in (opened.file.as_uri(), "about:blank"):
            noted.append(f"request: {asked.url[:200]}")

    page.on("request", request)
