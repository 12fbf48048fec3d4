"""A page with the rows of two tenants, whose ids, marks and incidents are the same on purpose."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from local.report.content import of_alert
from local.report.incidents import incidents_of
from local.report.rows import Row, Rows
from tests.report.conftest import Open
from tests.report.samples import alert_row, incident_row, rows

_HOSTILE = "<img src=x onerror=document.title='owned'>"


def _alert(tenant: str, number: int = 0, **more: Any) -> Row:
    row = alert_row(number, IncidentId="7", Tenant=tenant, AlertName=f"of {tenant}, {number}", **more)
    return row if tenant == "home" else row | {"RowKey": f"{tenant}|{row['RowKey']}"}


def _incident(tenant: str) -> Row:
    row = incident_row("7", Tenant=tenant, Title=f"Incident of {tenant}")
    return row if tenant == "home" else row | {"RowKey": f"{tenant}|7"}


def _two(*, other: str = "acme") -> Rows:
    alerts = [_alert(tenant, number) for tenant in ("home", other) for number in (0, 1)]
    made = rows(*alerts)
    made.incidents.extend([_incident("home"), _incident(other)])
    return made


def test_incidents_of_one_id_are_two_with_the_alerts_of_their_tenant() -> None:
    found = {one.row["Tenant"]: {row["Tenant"] for row in one.alerts} for one in incidents_of(_two())}
    assert found == {"home": {"home"}, "acme": {"acme"}}


def test_an_older_row_of_home_without_the_column_is_in_home_s_incident() -> None:
    made = _two()
    del made.alerts[0]["Tenant"]
    assert sorted(len(one.alerts) for one in incidents_of(made)) == [2, 2]


def test_a_page_of_one_alert_holds_nothing_of_another_tenant() -> None:
    kept = of_alert(_two(), str(_alert("acme")["RowKey"]))
    assert {row["Tenant"] for row in (*kept.alerts, *kept.incidents)} == {"acme"}
    assert (len(kept.alerts), len(kept.incidents)) == (2, 1)


def test_the_list_says_whose_each_is_and_can_be_narrowed_to_one(opened: Open) -> None:
    page = opened(_two()).page
    expect(page.locator(".incidents .title:has-text('Incident of')")).to_have_count(2)
    for entry in page.locator(".incidents > li").all():
        whose = "acme" if "of acme" in entry.inner_text() else "home"
        expect(entry.locator(".meta").first).to_contain_text(whose)
    page.locator("#filter-tenant").select_option("acme")
    expect(page.locator("#alerts-count")).to_contain_text("2 of 4 alerts in 1 incident")


def test_an_alert_is_related_to_none_of_another_tenant(opened: Open) -> None:
    page = opened(
        _two(), route=f"#/alert/{_alert('acme')['PartitionKey']}/acme%7C{_alert('home')['RowKey']}"
    ).page
    expect(page.locator("h1")).to_have_text("of acme, 0")
    expect(page.locator(".alert-head")).to_contain_text("acme")
    expect(page.locator("#related")).to_contain_text("of acme, 1")
    expect(page.locator("#related")).not_to_contain_text("of home")


def test_a_name_is_text_whatever_it_holds(opened: Open) -> None:
    tab = opened(_two(other=_HOSTILE))
    expect(tab.page.locator(".incidents > li .meta").first).to_be_visible()
    assert _HOSTILE in tab.page.locator(".incidents").inner_text()
    assert tab.page.title() != "owned" and tab.trespasses == []


def test_a_page_of_one_tenant_says_nothing_of_tenants(opened: Open) -> None:
    page = opened(rows(_alert("home"), _alert("home", 1))).page
    expect(page.locator("#filter-tenant")).to_have_count(0)
    expect(page.locator(".incidents > li .meta").first).not_to_contain_text("home")
