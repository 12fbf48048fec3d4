"""What analysts said of what we said: the lines that a page carries, and the table in a browser."""

import json
import re

from playwright.sync_api import expect

from local.report.rows import Row
from local.report.verdicts import MOST, verdicts
from tests.report.conftest import Open
from tests.report.samples import alert_row, office_attack, rows

_RULES = json.dumps([{"rule": "r-1", "title": "Shadow copies deleted"}])


def _judged(number: int, verdict: str = "True Positive", **changes: object) -> Row:
    """An alert that an analyst has classified when we had called it Likely."""
    said = {"AlertVerdict": verdict, "ClassifiedBy": "analyst", "ValidationAtVerdict": "Likely"}
    of = {"DetectorId": "d-1", "AlertName": "Odd logon", "DetectionIds": "", "Behaviours": "[]"}
    return alert_row(number, **{**said, **of, **changes})


def test_counts_stand_by_detector_and_by_rule_under_what_we_had_said_then() -> None:
    said = verdicts(
        [
            _judged(0, DetectionIds="r-1", Behaviours=_RULES, Validation="Confirmed"),
            _judged(1, "False Positive"),
            _judged(2, "Benign Positive", ValidationAtVerdict="Unproven"),
        ]
    )
    told = [tuple(line.values()) for line in said["lines"]]
    assert told == [
        ("detector", "d-1", "Odd logon", "Likely", 1, 0, 1, ""),
        ("detector", "d-1", "Odd logon", "Unproven", 0, 1, 0, ""),
        ("detection", "r-1", "Shadow copies deleted", "Likely", 1, 0, 0, ""),
    ]
    assert said["more"] == 0


def test_a_share_is_told_from_ten_verdicts_on() -> None:
    of_nine, of_ten = (
        verdicts([_judged(n, "True Positive" if n else "False Positive") for n in range(count)])["lines"]
        for count in (9, 10)
    )
    assert [line["share"] for line in (*of_nine, *of_ten)] == ["", "90 %"]


def test_our_own_write_back_and_what_was_not_judged_make_no_line() -> None:
    assert verdicts([_judged(0, ClassifiedBy="write-back"), _judged(1, "Unknown"), {"RowKey": "bare"}]) == {
        "lines": [],
        "more": 0,
        "fewest": 10,
    }


def test_a_detector_goes_by_the_title_of_its_newest_alert_in_whatever_order_rows_come() -> None:
    new, old = _judged(0, AlertName="new"), _judged(5, AlertName="old")
    for order in ([new, old], [old, new]):
        assert [line["title"] for line in verdicts(order)["lines"]] == ["new"]


def test_lines_and_their_texts_are_bounded_and_what_is_left_out_is_counted() -> None:
    said = verdicts([_judged(n, DetectorId=f"{n} " * 300, AlertName="x" * 999) for n in range(MOST + 7)])
    assert (len(said["lines"]), said["more"]) == (MOST, 7)
    assert max(len(line[name]) for line in said["lines"] for name in ("name", "title")) == 200


def test_the_table_stands_after_the_figures_with_counts_and_no_share_under_ten(opened: Open) -> None:
    few = [_judged(n, DetectionIds="r-1", Behaviours=_RULES) for n in range(3)]
    many = [_judged(n, "False Positive", DetectorId="d-2", AlertName="Known tool") for n in range(3, 13)]
    result = opened(rows(*few, *many))
    page = result.page
    section = page.locator(".figures ~ #verdicts")
    expect(section.get_by_role("heading")).to_have_text("What analysts said")
    table = section.get_by_role("table", name=re.compile("Percentages are told from 10 verdicts on"))
    assert [line.split("\t") for line in table.locator("tbody tr").all_inner_texts()] == [
        ["Detector", "Known tool d-2", "Likely", "0", "0", "10", "0 %"],
        ["Detector", "Odd logon d-1", "Likely", "3", "0", "0", ""],
        ["Detection rule", "Shadow copies deleted r-1", "Likely", "3", "0", "0", ""],
    ]
    table.get_by_role("link", name="Shadow copies deleted").click()
    expect(page.locator("#alerts-count")).to_have_text(re.compile("^3 of 13 alerts"))
    assert result.trespasses == []


def test_where_no_analyst_has_classified_an_alert_one_line_says_so(opened: Open) -> None:
    alerts = [alert | {"AlertVerdict": "Unknown"} for alert in office_attack().alerts]
    page = opened(rows(*alerts)).page
    section = page.locator("#verdicts")
    expect(section.locator("p")).to_have_text("No analyst has classified an alert of this page.")
    expect(section.get_by_role("table")).to_have_count(0)


def test_lines_with_fewer_verdicts_are_counted_under_the_table(opened: Open) -> None:
    page = opened(rows(*(_judged(n, DetectorId=f"d-{n}") for n in range(MOST + 1)))).page
    expect(page.locator("#verdicts tbody tr")).to_have_count(MOST)
    expect(page.locator("#verdicts > p")).to_have_text("and 1 line with fewer verdicts")
