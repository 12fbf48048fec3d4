"""What a look at a tenant found wrong, in an operator's words."""

from __future__ import annotations

import re

import pytest

from local.cli import ROOT
from local.ops.found_wrong import found_wrong, read
from shared.core.tenants import TenantRow, checks
from shared.errors import AccessDenied, ForeignToken, Unavailable

# What an operator meets, and what the words must say of it.
_MET = [
    ("graph:AADSTS700016", "not consented", "consent link"),
    ("graph:AADSTS7000229", "not consented", "consent link"),
    ("defender:AADSTS700211", "another issuer", "tenants-app.sh"),
    ("defender:AADSTS700212", "another audience", "tenants-app.sh"),
    ("defender:AADSTS700213", "another identity", "tenants-app.sh"),
    ("graph:AADSTS700236", "registered in another tenant", "tenants-app.sh"),
    ("defender:AADSTS500011", "Defender is not in the tenant", "licence"),
    ("graph:AADSTS90002", "no tenant with this id", "compare the id"),
    ("defender:role=Alert.Read.All", "cannot work without", "consent"),
    ("graph:role=ThreatHunting.Read.All", "cannot work without", "consent"),
    ("graph:licence", "Defender for Business", "customer"),
    ("defender:licence", "customer's licence", "customer"),
    ("defender:unreachable", "did not answer", "asked again"),
    ("graph:foreign", "another tenant's: it was not used", "pause"),
    ("graph:refused", "refuses the app", "runbook.md#access-denied"),
]


@pytest.mark.parametrize(("word", "means", "todo"), _MET, ids=[word for word, *_ in _MET])
def test_each_way_to_fail_has_its_own_words_and_somebody_who_mends_it(
    word: str, means: str, todo: str
) -> None:
    wrong = read(word)
    assert means in wrong.means and todo in wrong.todo and wrong.stops


def test_a_number_that_nobody_listed_leads_to_entra_s_own_page() -> None:
    wrong = read("graph:AADSTS50999")
    assert "Graph" in wrong.means and wrong.todo.endswith("error?code=50999")


def test_a_role_that_adds_a_part_of_a_row_stops_nothing() -> None:
    assert not read("defender:role=Url.Read.All").stops


def test_two_apis_without_consent_are_one_thing_to_mend_and_what_stops_comes_first() -> None:
    row = TenantRow(checked=("defender:role=Ip.Read.All", "defender:AADSTS7000229", "graph:AADSTS7000229"))
    assert [wrong.word for wrong in found_wrong(row)] == [
        "defender:AADSTS7000229",
        "defender:role=Ip.Read.All",
    ]


@pytest.mark.parametrize("word", ["", ":", "graph", "graph:", "nothing:at all", "graph:role="])
def test_a_word_that_nobody_knows_is_told_all_the_same(word: str) -> None:
    assert read(word).means and read(word).todo


def test_whatever_a_call_can_end_with_has_words() -> None:
    ends = [
        Unavailable("no answer"),
        ForeignToken("another's"),
        AccessDenied("no token: AADSTS700213: none", service="identity"),
        AccessDenied("403", service="graph", status=403),
    ]
    for end in ends:
        assert "does not know the word" not in read(checks.word_of("graph", end)).means


def test_the_page_says_each_of_them() -> None:
    page = (ROOT / "docs" / "tenants.md").read_text("utf-8")
    said = {word.partition(":")[2] for word, *_ in _MET} - {"refused"}
    assert [what for what in said if what.partition("=")[0] not in page] == []


def test_every_page_that_is_named_is_there() -> None:
    texts = " ".join(read(word).todo for word, *_ in _MET)
    for page in set(re.findall(r"docs/[\w.-]+\.md|infra/[\w.-]+\.sh", texts)):
        assert (ROOT / page).is_file(), page
