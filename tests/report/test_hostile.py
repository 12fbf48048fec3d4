"""Script in every field of every row: the page shows it as text, runs nothing, asks for nothing."""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from local.report.rows import Row, Rows, SourceStanding, Standing
from shared.core.incidents import INCIDENT_COLUMNS
from shared.core.row.column import Definition, Kind
from shared.core.row.definition import COLUMNS, EVENT_COLUMNS
from tests.report.conftest import Open, Opened, watch
from tests.report.samples import alert_row, event_row, incident_row, process, rows

PAYLOADS = (
    "<script>window.ran=1</script>",
    "</script><script>window.ran=1</script>",
    "</style></textarea></title><img src=x onerror=window.ran=1>",
    "\"><svg onload=window.ran=1><a href='javascript:window.ran=1'>x</a>",
    "' onmouseover=window.ran=1 autofocus onfocus=window.ran=1 x='",
    "<!--<script>-->",
    "javascript:window.ran=1",
    'https://evil.example/"><script>window.ran=1</script>',
    "{{ 7 * 7 }}${window.ran=1}",
    "&lt;script&gt;window.ran=1&lt;/script&gt;&#x3c;b&#x3e;",
    "__proto__",
    "\u202e\u2066<b>gnp.exe\u2069\u200b\x00\x1b[31m\ud800",
)
_KEEP = ("CreatedTime", "EventTime", "EventTimeText")


def _text(column: Definition, payload: str) -> bool:
    return column.kind is Kind.STRING and column.name not in _KEEP


def _alert(number: int, payload: str) -> Row:
    filled: dict[str, Any] = {column.name: payload for column in COLUMNS if _text(column, payload)}
    nasty = {name: payload for name in ("name", "path", "command", "decoded", "account", "sha1", "created")}
    filled["ProcessTree"] = json.dumps(
        [
            process("a", 1),
            {**process("b", 2, parent="p1", alert=True), **nasty, "images": [payload, payload]},
            {"left_out": payload},
        ]
    )
    entity = {
        name: payload
        for name in (
            "name",
            "value",
            "user",
            "command",
            "hunt",
            "lookup",
            "signer",
            "sha1",
            "os",
            "risk",
            payload,
        )
    }
    filled["EntitiesJson"] = json.dumps([{"kind": kind, **entity} for kind in ("ip", "file", payload)])
    filled["Story"] = f"{payload}\n10:00:00 {payload}"
    filled["StorySteps"] = json.dumps(
        [{"time": payload, "text": payload, "process": payload, "kind": payload}]
    )
    filled["Behaviours"] = json.dumps(
        [{name: payload for name in ("title", "text", "level", "process", "event")}]
    )
    filled["NextSteps"] = f"{payload}\nHunt: {payload}"
    return alert_row(number, **filled)


def _hostile_rows() -> Rows:
    """A row with payload N in every column of text, keys too; numbers, times and flags with text in them."""
    alerts = [_alert(number, payload) for number, payload in enumerate(PAYLOADS)]
    broken = alert_row(
        99, **{c.name: "<img src=x onerror=window.ran=1>" for c in COLUMNS if c.name != "CreatedTime"}
    )
    alerts += [
        broken,
        alert_row(98, ProcessTree="{]", EntitiesJson="7", CommentsJson="x"),
        {"RowKey": "bare", "PartitionKey": "x"},
    ]
    events = {}
    for row, payload in zip(alerts, PAYLOADS, strict=False):
        filled = {column.name: payload for column in EVENT_COLUMNS if _text(column, payload)}
        events[row["RowKey"]] = [
            event_row(row["RowKey"], 1, **filled),
            event_row(row["RowKey"], 2, SourceTable=payload),
        ]
    incidents = [_incident(payload) for payload in PAYLOADS]
    for alert, incident in zip(alerts, incidents, strict=False):
        alert["IncidentId"] = incident["IncidentId"]
    payload = PAYLOADS[1]
    standing = Standing(1, payload, (SourceStanding(payload, payload, payload, payload, payload),))
    return Rows(source=PAYLOADS[2], alerts=alerts, incidents=incidents, events=events, standing=standing)


def _incident(payload: str) -> Row:
    """An incident with the payload in every column of text, and in every place of its JSON."""
    filled: dict[str, Any] = {
        column.name: payload for column in INCIDENT_COLUMNS if column.kind is Kind.STRING
    }
    nasty = {
        name: payload for name in ("device", "text", "kind", "process", "alert", "title", "level", "name")
    }
    node = {**process("b", 2), **nasty, "id": payload, "alerts": [payload], "behaviours": [payload]}
    steps = [
        {"time": "2026-11-24T11:00:00Z", "weight": 100, **nasty},
        {"time": payload, "text": payload},
        payload,
    ]
    json_columns = {
        "ProcessForest": [{"device": payload, "processes": [node, payload]}, payload, {"left_out": payload}],
        "Timeline": steps,
        "Behaviours": [{**nasty, "techniques": payload}, {**nasty, "techniques": [payload]}, payload],
        "MovedTo": [payload],
    }
    steps_text = f"{payload}\nLook: {payload} https://security.microsoft.com/x\nHunt: x https://evil.example/"
    filled |= {name: json.dumps(value) for name, value in json_columns.items()}
    return incident_row(payload, **filled, PartitionKey=payload, RowKey=payload) | {"NextSteps": steps_text}


_OPEN_ALL = """async () => {
  for (let turn = 0; turn < 3; turn += 1) {
    for (const one of document.querySelectorAll("details:not([open])")) one.open = true;
    for (const one of document.querySelectorAll("main button")) one.click();
    await new Promise((done) => setTimeout(done, 20));
  }
}"""
# Each choice of each filter, one after the other; the list is drawn anew after each. How many there were.
_CHOOSE_ALL = """() => {
  let count = 0;
  for (const { id } of document.querySelectorAll(".filters select")) {
    const choices = [...document.getElementById(id).options].map((one) => one.value);
    for (const value of choices) {
      const select = document.getElementById(id);
      select.value = value;
      if (select.value !== value) throw new Error(`${id} has no choice ${value}`);
      select.dispatchEvent(new Event("change"));
      count += 1;
    }
  }
  return count;
}"""
_LEAVE_FOR = """route => {
  document.querySelector("article")?.classList.add("left");
  location.hash = route;
}"""
_FOUND = """() => ({
  ran: window.ran ?? null,
  polluted: Object.keys(Object.prototype),
  elements: [...document.querySelectorAll(
    "img, iframe, object, embed, base, form[action], link, main script, main style")]
    .map((one) => one.outerHTML),
  listeners: [...document.querySelectorAll("*")]
    .filter((one) => [...one.attributes].some((attribute) => attribute.name.startsWith("on"))).length,
  links: [...document.querySelectorAll("[href]")].map((one) => one.getAttribute("href"))
    .filter((to) => !/^(#|https:\\/\\/)/.test(to)),
})"""
_ROUTES = """() => [...new Set([...document.querySelectorAll(".incidents a")]
  .map((one) => one.getAttribute("href")))]"""
_CLEAN: dict[str, object] = {"ran": None, "polluted": [], "elements": [], "listeners": 0, "links": []}


def _look(result: Opened) -> Any:
    result.page.evaluate(_OPEN_ALL)
    result.page.mouse.move(300, 300)
    return result.page.evaluate(_FOUND)


def test_nothing_runs_on_the_overview(opened: Open) -> None:
    result = opened(_hostile_rows())
    page = result.page
    assert _look(result) == _CLEAN
    expect(page.locator(".incidents")).to_contain_text("<script>window.ran=1</script>")
    assert page.evaluate(_CHOOSE_ALL) > 5 * len(PAYLOADS)
    assert page.evaluate(_FOUND) == _CLEAN
    page.get_by_role("searchbox").fill("<img src=x onerror=window.ran=1>")
    expect(page.get_by_role("link", name="Search: <img src=x onerror=window.ran=1> (remove)")).to_be_visible()
    assert page.evaluate(_FOUND) == _CLEAN
    assert result.trespasses == []


def test_nothing_runs_on_any_alert_or_incident(opened: Open) -> None:
    result = opened(_hostile_rows())
    page = result.page
    routes = page.evaluate(_ROUTES)
    assert len([route for route in routes if route.startswith("#/alert/")]) == len(PAYLOADS) + 3
    assert len([route for route in routes if route.startswith("#/incident/")]) >= len(PAYLOADS)
    for route in routes:
        page.evaluate(_LEAVE_FOR, route)
        page.locator("article:not(.left)").wait_for()
        assert _look(result) == _CLEAN, route
    assert result.trespasses == []


def test_nothing_runs_in_the_table_of_what_analysts_said(opened: Open) -> None:
    judged = {"ClassifiedBy": "analyst", "ValidationAtVerdict": "Likely", "AlertVerdict": "True Positive"}
    result = opened(rows(*(_alert(number, one) | judged for number, one in enumerate(PAYLOADS))))
    lines = result.page.locator("#verdicts tbody tr")
    expect(lines.filter(has_text="Detector")).to_have_count(len(PAYLOADS))
    assert _look(result) == _CLEAN
    expect(result.page.locator("#verdicts")).to_contain_text("\\u202e\\u2066<b>gnp.exe")
    assert result.trespasses == []


@pytest.mark.parametrize(
    "route",
    [
        "#/alert/<img src=x onerror=window.ran=1>",
        "#/?search=<script>window.ran=1</script>&device=x&sort=__proto__",
        "#javascript:window.ran=1",
        "#/alert/%E0%A4%A",
    ],
)
def test_nothing_runs_from_the_address(opened: Open, route: str) -> None:
    result = opened(_hostile_rows(), route=route)
    assert _look(result) == _CLEAN
    assert result.trespasses == []


def test_hidden_and_turning_characters_are_shown_as_escapes(opened: Open) -> None:
    page = opened(_hostile_rows()).page
    expect(page.locator(".incidents")).to_contain_text(
        "\\u202e\\u2066<b>gnp.exe\\u2069\\u200b\\u0000\\u001b[31m\\ud800"
    )


def test_the_watch_sees_what_it_is_there_for(browser: Browser, tmp_path: Any) -> None:
    """Without the page's defences the same payloads run, and are noticed: the tests above can fail."""
    file = tmp_path / "open.html"
    file.write_text(
        f"<main><h1>x</h1><script>window.ran=1</script>{PAYLOADS[2]}<script>console.log('x')</script></main>",
        "utf-8",
    )
    context = browser.new_context()
    result = Opened(context.new_page(), file)
    watch(result)
    page = result.go()
    page.wait_for_load_state()
    found = page.evaluate(_FOUND)
    context.close()
    assert found["ran"] == 1
    assert found["elements"]
    assert found["listeners"] == 1
    assert any(one.startswith("console: x") for one in result.trespasses)
    assert any(one.startswith("request: ") for one in result.trespasses)


_BREAK_IN = """() => {
  const refused = [];
  const attempt = (name, act) => { try { act(); } catch { refused.push(name); } };
  const button = document.createElement("button");
  document.body.append(button);
  attempt("listener", () => button.setAttribute("onclick", "window.ran = 1"));
  attempt("markup", () => { button.innerHTML = "<img src=x onerror=window.ran=1>"; });
  attempt("script", () => {
    const script = document.createElement("script");
    script.text = "window.ran = 1";
    document.body.append(script);
  });
  const image = document.createElement("img");
  image.src = "https://evil.example/x.png";
  document.body.append(image);
  button.click();
  return refused;
}"""


def test_the_policy_stops_what_would_have_got_in_nevertheless(opened: Open) -> None:
    result = opened(_hostile_rows())
    ends: list[str | None] = []
    result.page.on("requestfailed", lambda request: ends.append(request.failure))
    result.page.on("requestfinished", lambda request: ends.append(request.url))
    assert result.page.evaluate(_BREAK_IN) == ["listener", "markup", "script"]
    result.page.wait_for_timeout(100)
    assert result.page.evaluate("window.ran ?? null") is None
    assert any("Content Security Policy" in one for one in result.trespasses)  # it says what it stopped
    assert ends == ["csp"]  # the image was asked for, and never left the browser
