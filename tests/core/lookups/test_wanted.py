import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.lookups.wanted import MOST_OF_A_KIND, url_host, wanted_entities
from tests.builders import DEVICE, alert, evidence

SHA1 = "0123456789ABCDEF0123456789abcdef01234567"


def test_each_entity_is_wanted_once_whatever_its_case() -> None:
    items = (
        evidence(sha1=SHA1, sha256="f" * 64),
        evidence("file", sha1=SHA1.lower()),
        evidence("file", sha256="e" * 64),
        evidence("url", url="https://C2.example.net:8443/a?b=c"),
        evidence("url", url="c2.example.net"),
        evidence("device", device_id=DEVICE.upper()),
    )
    wanted = wanted_entities(alert(evidence=items))
    assert wanted.devices == (DEVICE,)
    assert wanted.files == (SHA1.lower(), "e" * 64)
    assert wanted.domains == ("c2.example.net",)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", ("8.8.8.8",)),
        ("203.0.113.10", ("203.0.113.10",)),
        ("::ffff:8.8.8.8", ("8.8.8.8",)),
        ("10.1.2.3", ()),
        ("127.0.0.1", ()),
        ("fe80::1", ()),
        ("not an address", ()),
        (None, ()),
    ],
)
def test_only_outside_addresses_are_wanted(address: str | None, expected: tuple[str, ...]) -> None:
    assert wanted_entities(alert(evidence=(evidence("ip", ip_address=address),))).addresses == expected


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://evil.example.com/a", "evil.example.com"),
        ("evil.example.com./x", "evil.example.com"),
        ("http://203.0.113.10/a.ps1", None),
        ("http://[::1]/", None),
        ("http://[broken/", None),
        ("localhost", None),
        ("file name with spaces.exe", None),
        ('http://a"b.example/', None),
        (None, None),
    ],
)
def test_the_host_of_a_url(url: str | None, host: str | None) -> None:
    assert url_host(url) == host


def test_an_alert_with_hundreds_of_files_does_not_spend_the_quota() -> None:
    items = tuple(evidence("file", sha1=f"{n:040x}") for n in range(200))
    wanted = wanted_entities(alert(evidence=items))
    assert len(wanted.files) == MOST_OF_A_KIND
    assert wanted.left_out == 200 - MOST_OF_A_KIND


@given(st.text())
def test_no_text_raises(text: str) -> None:
    wanted_entities(alert(evidence=(evidence(url=text, ip_address=text, sha1=text),)))
