"""Addresses of the portal's pages, and which tenant they open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.values import Portal

MINE, OTHER = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
PORTAL, IN_MINE = Portal(), Portal(tenant_id=MINE)


def test_without_a_tenant_addresses_are_as_they_were() -> None:
    assert PORTAL.page("/alerts/x") == "https://security.microsoft.com/alerts/x"
    assert PORTAL.page("/hunt", "q=1") == "https://security.microsoft.com/hunt?q=1"
    for link in ("https://security.microsoft.com/a?tid=1", "https://elsewhere.example/?tid=1", "x"):
        assert PORTAL.in_tenant(link) == link


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("/a", f"/a?tid={MINE}"),
        (f"/a?tid={OTHER}", f"/a?tid={MINE}"),
        (f"/a?x=1&tid={OTHER}&y=2&tid={OTHER}#part", f"/a?x=1&y=2&tid={MINE}#part"),
        ("/a?notid=5", f"/a?notid=5&tid={MINE}"),
    ],
)
def test_a_link_of_the_apis_opens_the_tenant_of_its_row(link: str, shown: str) -> None:
    assert IN_MINE.in_tenant(PORTAL.address + link) == PORTAL.address + shown
    assert IN_MINE.in_tenant("https://elsewhere.example" + link) == "https://elsewhere.example" + link
    assert IN_MINE.page("/hunt", "q=1") == f"{PORTAL.address}/hunt?q=1&tid={MINE}"


@given(st.text(max_size=60))
def test_no_link_of_an_alert_is_more_than_this_can_take(text: str) -> None:
    made = IN_MINE.in_tenant(f"{PORTAL.address}/{text}")
    assert made.startswith(PORTAL.address)
