"""An alert's page in a browser: verdict, story, tree, timeline, entities, related alerts, query and row."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from shared.core.write_back import State
from tests.report.conftest import Open, Opened
from tests.report.samples import alert_row, event_row, full_incident, office_attack, process, rows, tree

_FIRST = "Suspicious PowerShell command line"


def _attack(opened: Open, **options: object) -> Page:
    result: Opened = opened(office_attack(), open_at="da0000_-1", **options)
    result.page.get_by_role("heading", name=_FIRST).wait_for()
    return result.page


def test_the_verdict_is_said_in_words(opened: Open) -> None:
    page = _attack(opened)
    verdict = page.locator("#verdict")
    expect(verdict.get_by_role("heading")).to_have_text("Confirmed: the telemetry bears the alert out")
    expect(verdict).to_contain_text(
        "Tied by the very process: device, pid and creation time agree. How sure: certain, 95 of 100."
    )


def test_an_alert_without_telemetry_says_why(opened: Open) -> None:
    page = opened(office_attack()).page
    page.get_by_role("link", name="Not in yet").click()
    expect(page.locator("#verdict")).to_contain_text(
        "matching telemetry has not come in yet; it is hunted again"
    )
    expect(page.locator("#tree")).to_contain_text("No process is known here.")
    expect(page.locator("#timeline")).to_contain_text("No event of telemetry is tied to this alert.")


def test_the_story_is_told_in_steps_with_the_alert_s_process_marked(opened: Open) -> None:
    page = _attack(opened)
    assert page.locator("#story li time").all_inner_texts() == ["11:56:00", "11:56:03"]
    expect(page.locator("#story li.anchor")).to_contain_text("powershell.exe started")


def test_the_tree_marks_the_alert_s_process_and_folds_many_children(opened: Open) -> None:
    page = _attack(opened)
    anchor = page.locator(".process.anchor")
    expect(anchor).to_have_count(1)
    expect(anchor).to_contain_text("powershell.exe")
    expect(anchor).to_contain_text("the alert's process")
    cards = page.locator("#tree .process")
    expect(cards).to_have_count(6)
    page.get_by_role("button", name="Show 16 more processes").press("Enter")
    expect(cards).to_have_count(22)
    assert page.evaluate("document.activeElement.closest('#tree li') !== null")


def test_a_branch_closes_and_opens_by_keyboard(opened: Open) -> None:
    page = _attack(opened)
    toggle = page.get_by_role("button", name="What winword.exe (pid 40) started")
    expect(toggle).to_have_attribute("aria-expanded", "true")
    toggle.press("Enter")
    expect(toggle).to_have_attribute("aria-expanded", "false")
    expect(page.locator(".process.anchor")).to_be_hidden()
    page.get_by_role("button", name="Open all").press("Enter")
    expect(page.locator("#tree .process")).to_have_count(22)
    expect(page.locator(".process.anchor")).to_be_visible()


def test_a_command_line_is_shown_on_demand_with_the_decoded_beside_it(opened: Open) -> None:
    page = _attack(opened)
    decoded = page.locator(".process.anchor .decoded")
    expect(decoded).to_be_hidden()
    page.locator(".process.anchor summary").click()
    expect(decoded).to_contain_text("Invoke-WebRequest evil")
    expect(page.locator(".process.anchor pre").first).to_have_text("powershell.exe /run 50")


def test_what_a_process_did_is_counted_and_leads_into_the_timeline(opened: Open) -> None:
    page = _attack(opened)
    page.locator(".process.anchor").get_by_role("button", name="20 file events").click()
    expect(page.locator("#events-count")).to_have_text("20 events in view of 30 shown")
    expect(page.locator("#timeline")).to_contain_text("Only powershell.exe (pid 50), Files")
    page.get_by_role("button", name=re.compile("Only powershell.exe")).click()
    expect(page.get_by_role("checkbox", name="Network (10)")).to_be_checked()


def test_the_timeline_zooms_by_key_button_and_drag(opened: Open) -> None:
    page = _attack(opened)
    count = page.locator("#events-count")
    page.get_by_role("button", name="All of the time").click()
    expect(count).to_have_text("30 events in view of 30 shown")
    whole = page.locator("#range").inner_text()
    plot = page.locator(".plot")
    plot.press("+")
    expect(page.locator("#range")).not_to_have_text(whole)
    plot.press("0")
    expect(page.locator("#range")).to_have_text(whole)
    page.get_by_role("button", name="Around the alert").click()
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 125, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 60, steps=5)
    page.mouse.up()
    expect(count).to_have_text("10 events in view of 30 shown")


def test_a_kind_of_event_can_be_switched_off(opened: Open) -> None:
    page = _attack(opened)
    page.get_by_role("button", name="All of the time").click()
    page.get_by_role("checkbox", name="Files (20)").uncheck()
    expect(page.locator("#events-count")).to_have_text("10 events in view of 30 shown")
    expect(page.locator("table.events tbody tr")).to_have_count(10)


def test_an_event_shows_all_its_fields_on_demand(opened: Open) -> None:
    page = _attack(opened)
    row = page.locator("table.events tbody tr").first
    row.locator("summary").click()
    expect(row.locator("dl")).to_contain_text("SourceTable")
    expect(row.locator("dl")).to_contain_text("DeviceNetworkEvents")


def test_entities_say_how_widely_they_are_known_and_link_only_by_https(opened: Open) -> None:
    page = _attack(opened)
    address, file, url = (page.locator(".entity").nth(number) for number in range(3))
    expect(address).to_contain_text("seen on 2 devices here")
    hunt = address.get_by_role("link", name=re.compile("Hunt for it"))
    expect(hunt).to_have_attribute("href", "https://security.microsoft.com/v2/advanced-hunting?query=abc")
    expect(hunt).to_have_attribute("rel", "noopener noreferrer")
    expect(file).to_contain_text("Defender does not know it")
    expect(url.get_by_role("link", name=re.compile("Hunt"))).to_have_count(0)


def test_other_alerts_of_the_incident_and_of_the_same_things_are_linked(opened: Open) -> None:
    page = _attack(opened)
    related = page.locator("#related")
    expect(related).to_contain_text("Incident 7: 1 other alert")
    related.get_by_text(re.compile("^Address")).click()
    related.get_by_role("link", name="Known tool").first.click()
    page.get_by_role("heading", name="Known tool", level=1).wait_for()
    page.go_back()
    page.get_by_role("heading", name=_FIRST, level=1).wait_for()


def test_other_alerts_that_the_same_detection_hit_are_linked(opened: Open) -> None:
    hit = json.dumps([{"rule": "r-1", "title": "Shadow copies deleted", "level": "high", "text": "a deed",
                       "techniques": ["T1490"]}])  # fmt: skip
    page = opened(
        rows(
            alert_row(0, AlertName="First", Behaviours=hit),
            alert_row(1, AlertName="Second", Behaviours=hit),
            alert_row(2, AlertName="Third", Behaviours="[]"),
        ),
        open_at="da0000_-1",
    ).page
    related = page.locator("#related details").filter(has_text="Detection")
    expect(related.locator("summary")).to_have_text("Detection Shadow copies deleted in 1 other alert")
    related.locator("summary").click()
    expect(related.get_by_role("link")).to_have_text(["Second"])


def test_rules_that_almost_hit_an_unproven_alert_are_told_with_what_was_missing(opened: Open) -> None:
    task = "schtasks /create /tn x /tr notepad.exe /sc daily"
    made = {
        "SourceTable": "DeviceProcessEvents", "ActionType": "ProcessCreated", "InTree": True, "Depth": 0,
        "ProcessName": "schtasks.exe", "ProcessCommandLine": task, "ProcessId": "50",
        "FilePath": "C:\\Windows\\System32\\schtasks.exe",
        "ProcessCreationTime": "2026-11-24T11:56:00.0000000Z",
    }  # fmt: skip
    events = [event_row("da0000_-1", 0, **made)]
    for validation, count in (("Unproven", 1), ("Confirmed", 0)):
        alert = alert_row(0, AlertName="First", Validation=validation, Behaviours="[]")
        page = opened(rows(alert, events=events), open_at="da0000_-1").page
        told = page.locator("#verdict details")
        expect(told).to_have_count(count)
        if count:
            told.locator("summary").click()
            near = told.get_by_role("listitem").filter(has_text="Task made from a")
            expect(near).to_contain_text("not met: CommandLine")


def test_the_query_and_the_row_are_copied_as_they_are(opened: Open) -> None:
    page = _attack(opened, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the query").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "DeviceProcessEvents\n| where ProcessId == 50"
    page.get_by_role("button", name="Copy as JSON").click()
    expect(page.locator("#row").get_by_role("button", name="Copied")).to_be_visible()
    assert json.loads(page.evaluate("navigator.clipboard.readText()")) == office_attack().alerts[0]
    expect(page.get_by_role("link", name=re.compile("Run it in the portal"))).to_have_attribute(
        "href", re.compile("^https://security.microsoft.com/v2/advanced-hunting")
    )


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("matches", "Matches what is known to be benign here: backup-agent v2"),
        ("contradicted", "Telemetry contradicts what is held to be benign here: backup-agent v2"),
    ],
)
def test_a_known_benign_entry_is_told_with_reason_owner_and_end(opened: Open, state: str, said: str) -> None:
    page = opened(rows(alert_row(KnownBenignState=state)), open_at="da0000_-1").page
    expect(page.locator("#verdict #known-benign")).to_have_text(
        f"{said} (owner storage team, until 2027-02-01 00:00:00 UTC)the backup agent reads every file"
    )


def test_an_alert_that_no_entry_knows_and_no_comment_is_wanted_for_says_nothing_of_them(
    opened: Open,
) -> None:
    plain = alert_row(
        WriteBackState="", KnownBenign="", KnownBenignState="", KnownBenignUntil="1601-01-01T00:00:00Z"
    )
    page = opened(rows(plain), open_at="da0000_-1").page
    expect(page.locator("#facts")).to_contain_text("Device's risk")
    expect(page.locator("#known-benign")).to_have_count(0)
    expect(page.locator("#facts")).not_to_contain_text("Comment in Defender")


def test_where_the_comment_in_defender_stands_is_told_in_words_for_every_state(opened: Open) -> None:
    states = [state.value for state in State if state.value]
    result = opened(rows(*(alert_row(n, WriteBackState=state) for n, state in enumerate(states))))
    told = []
    for number in range(len(states)):
        route = f"#/alert/2026-11-24%2Fda{number:04d}_-1"
        result.page.evaluate("route => { location.hash = route; }", route)
        result.page.locator("article code", has_text=f"da{number:04d}_-1").first.wait_for()
        told.append(
            result.page.locator("#facts div", has_text="Comment in Defender").locator("dd").inner_text()
        )
    assert told == [
        "waits to be sent", "sent", "not sent: a dry run, it stands in the log alone",
        "given up after its last try", "refused by Defender",
        "not sent: Defender does not know the alert any more",
    ]  # fmt: skip


def test_a_page_made_for_one_alert_opens_at_it(opened: Open) -> None:
    page = opened(office_attack(), open_at="da0002_-1").page
    expect(page.get_by_role("heading", level=1)).to_have_text("Odd logon")
    page.get_by_role("link", name="← All alerts").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Alerts and incidents")


def test_a_route_to_no_alert_says_so(opened: Open) -> None:
    page = opened(office_attack(), route="#/alert/nothing").page
    expect(page.get_by_role("heading", level=1)).to_have_text("No such alert or incident")


def test_a_tree_that_is_its_own_ancestor_still_ends(opened: Open) -> None:
    circle = tree(process("a.exe", 1, parent="p2"), process("b.exe", 2, parent="p1", alert=True))
    page = opened(
        rows(alert_row(ProcessTree=circle), events=[event_row("da0000_-1")]), open_at="da0000_-1"
    ).page
    expect(page.locator("#tree .process")).to_have_count(2)


def test_where_many_processes_are_the_alert_s_the_one_that_led_on_is_shown(opened: Open) -> None:
    failed = [process("sshd", number, alert=True) for number in range(1, 10)]
    led_on = [process("sshd", 50, alert=True), process("bash", 51, parent="p50")]
    page = opened(rows(alert_row(ProcessTree=tree(*failed, *led_on))), open_at="da0000_-1").page
    assert page.locator("#tree .pid").all_inner_texts() == ["pid 1", "pid 2", "pid 3", "pid 50", "pid 51"]
    expect(page.get_by_role("button", name="Show 6 more processes")).to_be_visible()


def test_a_long_story_is_told_on_demand_and_whole_on_paper(opened: Open) -> None:
    steps = "\n".join(f"10:00:{second:02d} step {second}" for second in range(40))
    page = opened(
        rows(alert_row(StorySteps="[]", Story=f"Confirmed by telemetry: x.\n{steps}")), open_at="da0000_-1"
    ).page
    expect(page.get_by_text("step 19", exact=True)).to_be_visible()
    expect(page.get_by_text("step 20", exact=True)).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.get_by_text("step 39", exact=True)).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Show 20 more steps").press("Enter")
    expect(page.get_by_text("step 20", exact=True)).to_be_visible()
    expect(page.locator("#story li").nth(20)).to_be_focused()


def test_what_our_own_tables_remember_is_told(opened: Open) -> None:
    known = "3 alerts since 2026-11-01 with the file a.ps1"
    page = opened(rows(alert_row(SeenBefore=known)), open_at="da0000_-1").page
    expect(page.locator("#related")).to_contain_text(known)


def test_a_behaviour_leads_from_verdict_and_tree_to_its_event_and_back(opened: Open) -> None:
    page = opened(full_incident(), open_at="da0000_-1").page
    page.locator("#verdict").get_by_role("link", name="process").click()
    card = page.locator(".process.chosen")
    expect(card).to_contain_text("powershell.exe")
    expect(card).to_be_focused()
    card.get_by_role("link", name="Shadow copies deleted (T1490)").click()
    event = page.locator("tr.chosen")
    expect(event).to_be_in_viewport()
    expect(event.locator("summary")).to_be_focused()
    expect(event.locator("dl")).to_contain_text("SourceTable")
    event.get_by_role("link", name="Shadow copies deleted (T1490)").click()
    expect(card).to_be_focused()


def test_the_event_a_rule_saw_is_marked_in_the_timeline_and_can_be_shown_alone(opened: Open) -> None:
    page = opened(full_incident(), open_at="da0000_-1").page
    page.get_by_role("button", name="All of the time").click()
    mark = page.locator("#timeline svg .marked")
    expect(mark).to_have_count(1)
    assert "Shadow copies deleted (T1490)" in str(mark.locator("title").text_content())
    page.get_by_label("Only what a rule saw (1)").check()
    expect(page.locator("#events-count")).to_have_text("1 event in view of 30 shown")


def test_an_address_leads_to_a_section_a_process_or_an_event(opened: Open) -> None:
    """The first one where the page is opened, the others from the overview."""
    route = "#/alert/2026-11-24%2Fda0000_-1"
    page = opened(full_incident(), route=f"{route}?at=timeline").page
    expect(page.locator("#timeline-title")).to_be_focused()
    for query, focused in (
        ("?process=p50", ".process.anchor"),
        ("?process=p119", ".process.chosen"),  # folded away at first
        ("?event=0000000000000000075", "tr.chosen summary"),
        ("?event=none", "h1"),
        ("?process=none&at=nowhere", "h1"),
        ("?at=timeline", "#timeline-title"),
    ):
        page.evaluate("location.hash = '#/'")
        page.locator(".overview").wait_for()
        page.evaluate("route => { location.hash = route; }", route + query)
        page.locator("article").wait_for()
        expect(page.locator(focused), query).to_be_focused()


def test_steps_of_the_story_lead_to_their_process_and_stand_in_the_reader_s_zone(opened: Open) -> None:
    page = opened(full_incident(), open_at="da0000_-1", timezone_id="Asia/Kolkata").page
    times = page.locator("#story li time")
    expect(times).to_have_text(["11:56:00", "11:56:03"])
    expect(page.locator("#story")).to_contain_text("2026-11-24 (UTC)")
    page.get_by_role("button", name="Times: UTC").click()
    expect(times).to_have_text(["17:26:00", "17:26:03"])
    expect(page.locator("table.events tbody time, table.events tbody .number").first).to_contain_text("17:27")
    page.locator("#story").get_by_role("link", name="process").first.click()
    expect(page.locator(".process.chosen")).to_contain_text("powershell.exe")
