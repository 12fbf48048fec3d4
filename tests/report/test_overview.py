"""The first screen in a browser: gravest first, searched, narrowed, sorted; every figure leads on."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from local.report.rows import SourceStanding, Standing
from tests.report.conftest import Open
from tests.report.samples import alert_row, event_row, incident_row, office_attack, rows

_LINES = "table.alerts tbody tr"
_COUNT = "#alerts-count"


def _titles(page: Page) -> list[str]:
    return page.locator(".incidents .title").all_inner_texts()


def _in_table(page: Page) -> list[str]:
    return page.locator(f"{_LINES} td.title").all_inner_texts()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_gravest_incident_and_its_reason_stand_on_the_first_screen(
    opened: Open, width: int, height: int
) -> None:
    page = opened(office_attack(), viewport={"width": width, "height": height}).page
    first = page.locator(".incidents > li").first
    expect(first.locator(".title").first).to_have_text("Office macro to domain")
    reason = first.locator(".reason").first
    expect(reason).to_have_text("powershell.exe: Shadow copies deleted")
    box = reason.bounding_box()
    assert box is not None
    assert 0 < box["y"] < box["y"] + box["height"] <= height
    for said in ("ws-0042", "FABRIKAM\\alice", "open", "High", "incident 7, 2 alerts"):
        expect(first.locator(".meta").first).to_contain_text(said)
    expect(first.locator(".priority").first).to_have_text("Priority P1")


def test_incidents_stand_gravest_first_with_their_alerts_under_them(opened: Open) -> None:
    page = opened(office_attack()).page
    assert _titles(page) == [
        "Office macro to domain", "Suspicious PowerShell command line", "Known tool",
        "Odd logon", "Not in yet", "Blocked file",
    ]  # fmt: skip
    expect(page.locator(_COUNT)).to_have_text("5 alerts in 4 incidents")


def test_what_came_last_among_equals_stands_first_and_an_unknown_severity_counts_as_high(
    opened: Open,
) -> None:
    plain = {"Priority": 3, "Validation": "Unproven", "IncidentId": ""}
    page = opened(
        rows(
            alert_row(0, AlertName="new and low", EventSeverity="Low", SeverityId=2, **plain),
            alert_row(1, AlertName="unknown", EventSeverity="Odd", SeverityId=99, **plain),
            alert_row(2, AlertName="older and low", EventSeverity="Low", SeverityId=2, **plain),
        )
    ).page
    assert _titles(page) == ["unknown", "new and low", "older and low"]


def test_rows_of_before_there_were_priorities_stand_by_validation_and_severity(opened: Open) -> None:
    old = [alert_row(n, AlertName=name, Validation=name, IncidentId="") for n, name in
           enumerate(("Blocked", "Unproven", "Confirmed", "Likely"))]  # fmt: skip
    for row in old:
        row.pop("Priority", None)
    page = opened(rows(*old)).page
    assert _titles(page) == ["Confirmed", "Likely", "Blocked", "Unproven"]
    expect(page.locator(".priority")).to_have_count(0)


def test_a_long_incident_shows_its_gravest_alerts_and_the_rest_on_demand(opened: Open) -> None:
    page = opened(rows(*(alert_row(n, IncidentId="7", AlertName=f"Alert {n}") for n in range(12)))).page
    expect(page.locator(".of-incident .title")).to_have_count(6)
    page.get_by_role("button", name="Show 6 more of this incident").click()
    expect(page.locator(".of-incident .title")).to_have_count(12)


def test_the_figures_count_what_the_rows_say_and_lead_to_it(opened: Open) -> None:
    page = opened(office_attack()).page
    assert page.locator(".figure").all_inner_texts() == [
        "5\nAlerts", "2\nHigh severity", "2\nConfirmed", "0\nLikely", "0\nContained", "1\nBlocked",
        "1\nUnproven", "1\nNo telemetry",
    ]  # fmt: skip
    page.get_by_role("link", name="1 Unproven").click()
    expect(page.locator(_COUNT)).to_have_text("1 of 5 alerts in 1 incident")
    assert _titles(page) == ["Odd logon"]
    page.go_back()
    expect(page.locator(_COUNT)).to_have_text("5 alerts in 4 incidents")


def test_a_bar_of_the_chart_leads_to_its_alerts_and_so_does_the_same_as_a_table(opened: Open) -> None:
    page = opened(office_attack()).page
    page.locator("svg .severity-1").first.click()
    expect(page.locator(_COUNT)).to_have_text("1 of 5 alerts in 1 incident")
    assert _titles(page) == ["Odd logon"]
    page.get_by_text("The same as a table").click()
    table = page.get_by_role("table", name="Alerts by severity")
    table.wait_for()
    assert sum(int(text) for text in table.locator("td").all_inner_texts()) == 5
    table.get_by_role("link").first.click()
    assert len(_titles(page)) >= 1


def test_the_chart_stacks_by_severity_validation_or_tie(opened: Open) -> None:
    page = opened(office_attack()).page
    legends = {}
    for way in ("Tie", "Validation", "Severity"):
        page.get_by_role("radio", name=way).check()
        legends[way] = page.locator(".legend li").all_inner_texts()
    assert legends == {
        "Severity": ["High 2", "Medium 1", "Low 2"],
        "Validation": ["Confirmed 2", "Blocked 1", "Unproven 1", "No telemetry 1"],
        "Tie": ["Process 3", "Registry or account 1", "Not tied 1"],
    }


def test_old_alerts_are_counted_where_drawing_them_would_press_the_others_together(opened: Open) -> None:
    many = [alert_row(number) for number in range(20)]
    old = alert_row(40 * 24 * 60, AlertName="Old")
    page = opened(rows(*many, old)).page
    page.get_by_role("link", name=re.compile("1 alert before")).click()
    assert "Old" in _titles(page)[-1]
    expect(page.locator(_COUNT)).to_have_text("1 of 21 alerts in 1 incident")


def test_devices_and_techniques_lead_to_their_alerts(opened: Open) -> None:
    page = opened(office_attack()).page
    page.locator("#devices").get_by_role("link", name=re.compile("db-02")).click()
    expect(page.locator(_COUNT)).to_have_text("1 of 5 alerts in 1 incident")
    assert _titles(page) == ["Office macro to domain", "Known tool"]
    page.get_by_role("link", name="Clear all").click()
    page.locator("#techniques").get_by_role("link", name=re.compile("T1105")).click()
    expect(page.get_by_role("list", name="The list is narrowed by")).to_contain_text(
        "Technique: Ingress Tool Transfer (T1105)"
    )


def test_each_filter_narrows_the_list_and_stands_in_the_address(opened: Open) -> None:
    page = opened(office_attack()).page
    for name, value, found in (
        ("priority", "4", ["Blocked file"]),
        ("device", "db-02", ["Office macro to domain", "Known tool"]),
        ("user", "FABRIKAM\\carol", ["Odd logon"]),
        ("state", "Resolved", ["Blocked file"]),
        ("validation", "Blocked", ["Blocked file"]),
    ):
        page.locator(f"#filter-{name}").select_option(value)
        expect(page.locator(_COUNT)).to_have_text("1 of 5 alerts in 1 incident")
        assert _titles(page) == found, name
        route = page.evaluate("location.hash")
        page.evaluate("location.hash = '#/'")
        expect(page.locator(_COUNT)).to_have_text("5 alerts in 4 incidents")
        page.evaluate("route => { location.hash = route; }", route)
        expect(page.locator(_COUNT)).to_have_text("1 of 5 alerts in 1 incident")
        assert _titles(page) == found, route
        page.get_by_role("link", name="Clear all").click()
        expect(page.locator(_COUNT)).to_have_text("5 alerts in 4 incidents")


def test_an_address_with_a_filter_opens_narrowed(opened: Open) -> None:
    page = opened(office_attack(), route="#/?device=db-02").page
    expect(page.locator(_COUNT)).to_have_text("1 of 5 alerts in 1 incident")
    assert _titles(page) == ["Office macro to domain", "Known tool"]


def test_filters_join_and_come_off_one_by_one(opened: Open) -> None:
    page = opened(office_attack()).page
    page.locator("#filter-severity").select_option("Low")
    expect(page.locator(_COUNT)).to_have_text("2 of 5 alerts in 2 incidents")
    page.locator("#filter-validation").select_option("Blocked")
    expect(page.locator(_COUNT)).to_have_text("1 of 5 alerts in 1 incident")
    page.get_by_role("link", name="Severity: Low (remove)").click()
    expect(page.locator(_COUNT)).to_have_text("1 of 5 alerts in 1 incident")
    page.get_by_role("link", name="Validation: Blocked (remove)").click()
    expect(page.locator(_COUNT)).to_have_text("5 alerts in 4 incidents")


def test_searching_keeps_the_focus_and_finds_by_any_word(opened: Open) -> None:
    page = opened(office_attack()).page
    search = page.get_by_role("searchbox", name="Search")
    search.press_sequentially("DB-02 da0001")
    expect(page.locator(_COUNT)).to_have_text("1 of 5 alerts in 1 incident")
    expect(search).to_be_focused()
    assert _titles(page) == ["Office macro to domain", "Known tool"]
    search.fill("nothing has this")
    expect(page.get_by_text("No alert fits.")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    expect(page.locator(_COUNT)).to_have_text("5 alerts in 4 incidents")


def test_what_stands_only_in_a_story_a_tree_or_an_event_is_found_and_where_is_said(opened: Open) -> None:
    mine = alert_row(
        0,
        AlertName="Mine",
        IncidentId="1",
        Story="11:00:00 a.exe connected to beacon.example",
        ProcessTree='[{"id":"p1","name":"a.exe","path":"C:\\\\Users\\\\zoe\\\\a.exe"}]',
        ProcessCommandLine="say two words",
    )
    event = event_row("da0000_-1", RemoteIP="203.0.113.77")
    other = alert_row(1, AlertName="Other", IncidentId="2", ProcessCommandLine="two other words", Story="")
    page = opened(rows(mine, other, events=[event])).page
    for typed, said in (
        ("203.0.113.77", "event, RemoteIP: 203.0.113.77"),
        ("beacon.example", "Story: 11:00:00 a.exe connected to beacon.example"),
        ("c:\\users\\zoe", "ProcessTree: C:\\Users\\zoe\\a.exe"),
        ('"two words"', "ProcessCommandLine: say two words"),
    ):
        page.get_by_role("searchbox", name="Search").fill(typed)
        expect(page.get_by_role("list", name="What matched").first).to_have_text(said)
        expect(page.locator(_COUNT)).to_have_text(re.compile("^1 of 2 alerts"))
        assert _titles(page) == ["Mine"], typed


def test_opening_an_alert_while_the_search_still_waits_leaves_both_whole(opened: Open) -> None:
    result = opened(office_attack())
    page = result.page
    page.get_by_role("searchbox", name="Search").press_sequentially("logon")
    page.locator(".incidents").get_by_role("link", name="Odd logon").click()
    page.get_by_role("heading", name="Odd logon", level=1).wait_for()
    page.wait_for_timeout(400)  # longer than the search waits for more to be typed
    expect(page.get_by_role("heading", level=1)).to_have_text("Odd logon")
    assert page.evaluate("location.hash").startswith("#/alert/")
    assert result.trespasses == []


def test_a_column_sorts_up_and_down_and_says_so(opened: Open) -> None:
    page = opened(office_attack()).page
    page.get_by_role("link", name="As a table").click()
    button = page.get_by_role("button", name="Severity")
    button.click()
    head = page.locator("th", has=button)
    expect(head).to_have_attribute("aria-sort", "descending")
    assert page.locator(f"{_LINES} .badge").all_inner_texts() == ["High", "High", "Medium", "Low", "Low"]
    button.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert page.locator(f"{_LINES} .badge").all_inner_texts() == ["Low", "Low", "Medium", "High", "High"]
    expect(button).to_be_focused()


def test_the_backlog_and_the_audit_are_shown_where_the_source_tells_them(opened: Open) -> None:
    source = SourceStanding(
        "home, defender",
        "2026-11-24T11:59:00Z",
        "",
        "2026-11-24T11:00:00Z",
        "0 missing of 412, by both sources",
    )
    page = opened(rows(alert_row(), standing=Standing(17, "2026-11-24T10:00:00Z", (source,)))).page
    standing = page.locator("#standing")
    expect(standing).to_contain_text("Open alerts17")
    expect(standing).to_contain_text("0 missing of 412, by both sources (2026-11-24 11:00:00 UTC)")


def test_times_are_shown_in_the_reader_s_zone_and_back(opened: Open) -> None:
    page = opened(office_attack(), timezone_id="Asia/Kolkata").page
    first = page.locator(".of-incident .meta").first
    expect(first).to_contain_text("2026-11-24 12:00:00")
    page.get_by_role("button", name="Times: UTC").click()
    expect(first).to_contain_text("2026-11-24 17:30:00")
    expect(page.locator("#foot")).to_contain_text("All times are of Asia/Calcutta")
    page.get_by_role("button", name="Times: Asia/Calcutta").click()
    expect(first).to_contain_text("2026-11-24 12:00:00")


def test_a_thousand_alerts_open_filter_and_sort_in_time(opened: Open) -> None:
    many = rows(
        *(alert_row(n, DvcHostname=f"ws-{n % 60:03d}", IncidentId=str(n // 4)) for n in range(1_000)),
        incidents=[incident_row(str(number)) for number in range(250)],
    )
    result = opened(many)
    took = []
    for _ in range(2):  # once more where it took long: the machine may be busy with other tests
        began = time.monotonic()
        page = result.go()
        expect(page.locator(_COUNT)).to_have_text("1,000 alerts in 250 incidents")
        expect(page.locator(".incidents > li")).to_have_count(60)
        took.append(time.monotonic() - began)
        if took[-1] < 2.0:
            break
    assert min(took) < 2.0
    page.locator("#filter-device").select_option("ws-007")
    expect(page.locator(_COUNT)).to_have_text("17 of 1,000 alerts in 17 incidents")
    page.get_by_role("link", name="Clear all").click()
    page.get_by_role("link", name="As a table").click()
    page.get_by_role("button", name="Show 900 more").click()
    expect(page.locator(_LINES)).to_have_count(1_000)
    assert result.trespasses == []
