"""The page's text: its policy, what it embeds, and that it stands alone."""

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.report import lint
from local.report.assemble import PAGE, SCRIPTS, STYLES, embedded, page
from local.report.content import marks
from tests.report.samples import alert_row, event_row, office_attack, rows


class Elements(HTMLParser):
    """The script and style elements of a page, with their attributes and text, and every address in it."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None], str]] = []
        self.addresses: list[str] = []
        self.metas: dict[str, str] = {}
        self._open: tuple[str, dict[str, str | None]] | None = None
        self._text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.addresses += [str(value) for name, value in attrs if name in ("src", "href", "action")]
        if tag == "meta":
            self.metas[str(given.get("http-equiv") or given.get("name"))] = str(given.get("content"))
        if tag in ("script", "style"):
            self._open, self._text = (tag, given), ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open[0]:
            self.found.append((*self._open, self._text))
            self._open = None

    def text(self, element_id: str) -> str:
        return next(text for _, given, text in self.found if given.get("id") == element_id)

    def inline(self, tag: str) -> list[str]:
        return [text for name, given, text in self.found if name == tag and "type" not in given]


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_policy_allows_the_page_s_own_script_and_style_and_nothing_else() -> None:
    elements = Elements(page(office_attack()))
    policy = dict(part.split(" ", 1) for part in elements.metas["Content-Security-Policy"].split("; "))
    [script], [style] = elements.inline("script"), elements.inline("style")
    assert policy["script-src"] == f"'{_hash(script)}'"
    assert policy["style-src"] == f"'{_hash(style)}'"
    assert policy["default-src"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"


def test_the_page_refers_to_nothing_outside_itself() -> None:
    assert set(Elements(page(office_attack())).addresses) == {"#main", "#/"}


def test_the_policy_comes_before_anything_it_governs() -> None:
    text = page(office_attack())
    assert text.index("Content-Security-Policy") < min(text.index("<style"), text.index("<script"))


@pytest.mark.parametrize("odd", ["x", None, 1.5, [], {"a": 1}, "4"])
def test_a_row_that_somebody_wrote_into_ends_no_page(odd: object) -> None:
    columns = (
        *("SeverityId", "Priority", "CreatedTime", "Validation", "ProcessTree", "StorySteps", "Behaviours"),
        *("EntitiesJson", "OtherFacts", "IncidentId", "NextSteps", "EventCount", "AlertName", "DvcId"),
    )
    made = [alert_row(place, Validation="Likely") | {name: odd} for place, name in enumerate(columns)]
    assert page(rows(*made, events=[event_row("da0000_-1", 5) | {"Depth": odd, "InTree": odd}]))


def test_a_detail_is_the_whole_row_with_its_own_events() -> None:
    made = rows(alert_row(0), alert_row(1), events=[event_row("da0001_-1", 5)])
    elements = Elements(page(made))
    first, second = (
        json.loads(gzip.decompress(base64.b64decode(elements.text(f"detail-{number}")))) for number in (0, 1)
    )
    assert first["row"] == made.alerts[0]
    assert (first["events"], first["almost"]) == ([], [])
    assert second["row"] == made.alerts[1]
    assert [event["EventTimeText"] for event in second["events"]] == ["2026-11-24T11:57:05.0577322Z"]


@given(st.text())
def test_no_text_can_end_the_element_that_holds_it(text: str) -> None:
    held = str(embedded(json.dumps([text, "</script><!--<script>"])))
    assert "<" not in held
    assert json.loads(held) == [text, "</script><!--<script>"]


@pytest.mark.parametrize("text", ["</title><script>alert(1)</script>", "\ud800 lone", "a\x00b\u202e"])
def test_text_of_any_kind_leaves_the_page_s_elements_as_they_were(text: str) -> None:
    plain = Elements(page(rows(alert_row(0))))
    hostile = Elements(page(rows(alert_row(0, AlertName=text, AlertId=text, DvcHostname=text))))
    assert [(tag, given) for tag, given, _ in hostile.found] == [
        (tag, given) for tag, given, _ in plain.found
    ]
    assert json.loads(hostile.text("summary"))["alerts"][0]["AlertName"] == text


def test_every_script_and_style_is_used_and_none_grows_too_long() -> None:
    for folder, names, ending in (("scripts", SCRIPTS, "js"), ("styles", STYLES, "css")):
        files = {file.stem: file for file in (PAGE / folder).iterdir()}
        assert set(files) == set(names), folder
        assert len(names) == len(set(names))
        for file in files.values():
            lines = file.read_text("utf-8").splitlines()
            assert len(lines) <= 300, file.name
            assert max(map(len, lines)) <= 115, file.name
            assert file.suffix == f".{ending}"


FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setTimeout\(\s*[\"'`]"
    r"|</script|<!--|\bfetch\(|XMLHttpRequest|\bimport\("
)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_makes_no_markup_from_text_and_asks_for_nothing(name: str) -> None:
    text = (PAGE / "scripts" / f"{name}.js").read_text("utf-8")
    assert not FORBIDDEN.findall(text)
    assert '"use strict";' in text
    # `href` and `style` are what links and lengths need; only dom.js may set them, and the brush its place.
    if name not in ("dom", "drag"):
        assert not re.search(r"setAttribute\(.(href|src|style)|\.style\b|\.href\b|\.src\b", text)


def test_the_scripts_keep_the_linter_s_rules_and_a_breach_is_found(tmp_path: Path) -> None:
    assert lint.main() == 0
    (tmp_path / "bad.js").write_text("if (undeclared == 1) eval('1');\n", "utf-8")
    assert lint.main(tmp_path) != 0


def test_a_common_file_ties_no_alerts_and_a_rare_one_does() -> None:
    entities = [
        {"kind": "process", "sha1": "AA", "globalPrevalence": 4_000_000},
        {"kind": "file", "sha1": "BB", "globalPrevalence": 3},
        {"kind": "ip", "value": "203.0.113.9"},
    ]
    row = alert_row(0, EntitiesJson=json.dumps(entities), IpAddrs="203.0.113.9, 198.51.100.1")
    found = set(marks(row))
    assert {("file", "bb"), ("address", "203.0.113.9"), ("address", "198.51.100.1")} <= found
    assert ("file", "aa") not in found


@pytest.mark.parametrize("broken", ["{not json", "7", '{"kind":"ip"}', None])
def test_entities_that_cannot_be_read_are_passed_over(broken: str | None) -> None:
    texts = {"IpAddrs": "", "AnchorCommandLine": "", "ProcessCommandLine": ""}
    row = alert_row(0, EntitiesJson=broken, Behaviours=broken, **texts)
    assert list(marks(row)) == []


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_colour_of_text_stands_out_from_its_ground_in_light_and_dark() -> None:
    """At least 4.5 to 1: https://www.w3.org/TR/WCAG22/#contrast-minimum (read 2026-11-24)."""
    base = (PAGE / "styles" / "colours.css").read_text("utf-8")
    colours = dict(
        (name, both) for name, *both in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", base)
    )
    grounds = ("surface", "ground", "raised")
    texts = [name for name in colours if name not in (*grounds, "line")]
    assert len(texts) > 20
    weak = []
    for name in texts:
        for ground in grounds if name in ("ink", "quiet", "link") else ("surface",):
            for scheme in (0, 1):
                pair = sorted(_luminance(colours[one][scheme]) for one in (name, ground))
                ratio = (pair[1] + 0.05) / (pair[0] + 0.05)
                if ratio < 4.5:
                    weak.append(f"{name} on {ground} ({('light', 'dark')[scheme]}): {ratio:.2f}")
    assert weak == []
