import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.conclude.seen_before import Sighting, seen_before_text, shape_of, sightings_of, traits_of
from tests.builders import T0, alert, evidence, finding, node

SHA1 = "0123456789abcdef0123456789abcdef01234567"
SUBJECT = alert(
    id="new",
    created=T0,
    evidence=(evidence(sha1=SHA1.upper(), command_line="x.exe -a 1"), evidence("ip", ip_address="8.8.8.8")),
)


def _seen(trait: str, alert_id: str, before: float, device: str = "d1", verdict: str = "") -> Sighting:
    return Sighting(trait, alert_id, T0.plus(-before), device, verdict)


def test_files_outside_addresses_and_commands_are_what_alerts_share() -> None:
    traits = traits_of(SUBJECT, finding(nodes=(node("cmd.exe", "cmd.exe /c whoami"),)))
    assert [trait.words for trait in traits] == [
        f"file {SHA1}",
        "address 8.8.8.8",
        "command like cmd.exe /c whoami",
        "command like x.exe -a #",
    ]


def test_earlier_alerts_are_counted_with_devices_and_verdicts() -> None:
    traits = traits_of(SUBJECT, finding())
    file = traits[0].key
    found = {
        file: [
            _seen(file, "a", 86_400, "d1", "TruePositive"),
            _seen(file, "b", 7_200, "d2"),
            _seen(file, "c", 3_600, "d2", "TruePositive"),
            _seen(file, "new", 0),
            _seen(file, "later", -60),
        ]
    }
    assert seen_before_text(SUBJECT, traits, found) == (
        f"file {SHA1}: 3 earlier alerts on 2 devices since 2026-11-23 (TruePositive 2)"
    )
    assert seen_before_text(SUBJECT, traits, {}) == ""


def test_an_alert_remembers_itself_once_a_trait() -> None:
    traits = traits_of(SUBJECT, finding())
    assert {(seen.trait, seen.alert_id) for seen in sightings_of(SUBJECT, traits)} == {
        (trait.key, "new") for trait in traits
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("powershell -enc " + "QUJD" * 10, "powershell -enc " + "REVG" * 12),
        ('"C:\\Users\\alice\\a.exe" /p 17', "C:\\Users\\bob\\a.exe  /p 4242"),
        ("curl http://x/a?id=1", "CURL http://x/a?id=999"),
        ("/home/ann/run.sh -v", "/home/bob/run.sh -v"),
    ],
)
def test_two_runs_of_one_command_have_one_shape(one: str, other: str) -> None:
    assert shape_of(one) == shape_of(other) != ""


def test_other_commands_have_other_shapes_and_a_bare_name_has_none() -> None:
    assert shape_of("net user /add") != shape_of("net group /add")
    assert shape_of("explorer.exe") == shape_of("") == ""


@given(st.text(max_size=3_000))
def test_no_text_raises_and_keys_stay_short(text: str) -> None:
    subject = alert(evidence=(evidence(sha1=text, command_line=text, ip_address=text),))
    assert all(len(trait.key) < 40 and len(trait.words) < 160 for trait in traits_of(subject, finding()))
