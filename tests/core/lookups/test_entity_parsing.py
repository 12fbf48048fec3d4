from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.alert.model import Account
from shared.core.lookups.entities import Device, File, LoggedOnUser, Prevalence
from shared.core.lookups.entity_parsing import device, file, logged_on_users, prevalence
from shared.core.progress import codec
from shared.core.values.instant import Instant
from shared.errors import UnexpectedResponse
from tests.core.samples import load

BODIES = load("defender_entities.json")


def at(text: str) -> Instant:
    return Instant.parse(text)


def test_a_device() -> None:
    assert device(BODIES["machine"]) == Device(
        id="c3" * 20,
        name="lap-117.fabrikam.example",
        os="Windows11",
        os_version="24H2",
        os_build="26100",
        group="Laptops",
        tags=("prod", "lab"),
        risk_score="High",
        exposure="Medium",
        value="High",
        health="Active",
        onboarding="Onboarded",
        last_ip="10.1.2.3",
        last_external_ip="198.51.100.7",
        first_seen=at("2026-01-02T14:55:03.7791856Z"),
        last_seen=at("2026-10-05T07:27:36.052313Z"),
        aad_device_id="80fe8ff8-0000-0000-0000-41f0491218f9",
    )


def test_logged_on_users_from_the_body_or_its_list() -> None:
    expected = (
        LoggedOnUser(
            Account("m.ortiz", "fabrikam", "S-1-5-21-11-22-33-1107"),
            "Interactive, Unlock",
            at("2026-09-01T00:00:00Z"),
            at("2026-10-05T08:00:00Z"),
            is_domain_admin=False,
        ),
    )
    assert logged_on_users(BODIES["logonusers"]) == expected
    assert logged_on_users(BODIES["logonusers"]["value"]) == expected
    assert logged_on_users([*BODIES["logonusers"]["value"], None, "x", {"logonTypes": "Network"}]) == expected


def test_a_file_with_its_statistics() -> None:
    assert file("a1" * 20, BODIES["file"], BODIES["file_stats"]) == File(
        key="a1" * 20,
        sha1="a1" * 20,
        sha256="b2" * 32,
        md5="d4" * 16,
        size=22139496,
        signer="Fabrikam",
        issuer="Fabrikam CA",
        publisher="Fabrikam Corp.",
        is_valid_certificate=True,
        determination="Pua",
        determination_value="PUA:Win32/Bread",
        global_prevalence=705012,
        global_first_seen=at("2016-03-19T08:20:10.3Z"),
        org_prevalence=14850,
        org_first_seen=at("2026-07-14T13:29:50Z"),
        org_last_seen=at("2026-10-05T12:36:06Z"),
    )


def test_a_file_by_itself_has_its_own_prevalence() -> None:
    alone = file("k", BODIES["file"])
    assert (alone.global_prevalence, alone.org_prevalence) == (180022, None)
    assert alone.global_first_seen == at("2017-09-19T03:51:27.6785431Z")
    assert file("k", None, BODIES["file_stats"]).sha1 == "a1" * 20
    assert file("k", {}, {"globallyPrevalence": 0}).global_prevalence == 0


def test_prevalence_written_as_text_or_number() -> None:
    expected = Prevalence("198.51.100.23", 1515, at("2026-07-30T13:23:48Z"), at("2026-10-05T13:09:05Z"))
    assert prevalence("198.51.100.23", BODIES["ip_stats"]) == expected
    assert prevalence("198.51.100.23", BODIES["ip_stats"] | {"organizationPrevalence": 1515}) == expected
    assert prevalence("h", {"host": "h", "organizationPrevalence": "0"}).org_prevalence == 0
    assert prevalence("h", {"organizationPrevalence": "often"}).org_prevalence is None


@pytest.mark.parametrize("raw", [None, [], "x", 5])
def test_what_is_not_an_object_is_an_unexpected_response(raw: object) -> None:
    readers: list[Callable[[], object]] = [lambda: device(raw), lambda: prevalence("k", raw)]
    if raw is not None:
        readers += [lambda: file("k", raw), lambda: file("k", None, raw)]
    if raw != []:
        readers.append(lambda: logged_on_users(raw))
    for read in readers:
        with pytest.raises(UnexpectedResponse):
            read()


@pytest.mark.parametrize("raw", [{}, {"id": None}, {"id": ""}, {"id": 5}])
def test_a_device_without_an_id_is_an_unexpected_response(raw: object) -> None:
    with pytest.raises(UnexpectedResponse):
        device(raw)


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None))
FIELDS = st.sampled_from(sorted({name for body in BODIES.values() for name in body}))


@given(st.dictionaries(FIELDS, VALUES | st.lists(VALUES, max_size=3)))
def test_fields_of_any_type_are_read_or_left_out(raw: dict[str, object]) -> None:
    for found in (device(raw | {"id": "d"}), file("k", raw, raw), prevalence("k", raw)):
        assert codec.from_text(type(found), codec.to_text(type(found), found)) == found
    assert all(user.account != Account() for user in logged_on_users([raw]))
