from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.conclude.seen_before import Sighting, seen_before_text, shape_of, sightings_of, traits_of
from shared.core.lookups.entities import Enrichment, File, Lookup, Outcome
from tests.builders import T0, alert, evidence, finding, node

SHA1 = "0123456789abcdef0123456789abcdef01234567"
SUBJECT = alert(
    id="new",
    created=T0,
    evidence=(
        evidence(sha1=SHA1.upper(), file_name="svc_X.exe", command_line="x.exe -a 1"),
        evidence("ip", ip_address="8.8.8.8"),
    ),
)


def _seen(trait: str, alert_id: str, before: float, device: str = "d1", verdict: str = "") -> Sighting:
    return Sighting(trait, alert_id, T0.plus(-before), device, verdict)


def test_files_outside_addresses_and_commands_are_what_alerts_share() -> None:
    traits = traits_of(SUBJECT, finding(nodes=(node("cmd.exe", "cmd.exe /c whoami"),)))
    assert [trait.words for trait in traits] == [
        f"file svc_X.exe ({SHA1})",
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
        f"file svc_X.exe ({SHA1}): 3 earlier alerts on 2 devices since 2026-11-23 (TruePositive 2), "
        "the last c of 2026-11-24"
    )
    assert seen_before_text(SUBJECT, traits, {}) == ""


def _looked_up(**fields: object) -> Enrichment:
    return Enrichment(files={SHA1: Lookup(Outcome.FOUND, File(SHA1, sha1=SHA1, **fields))})  # type: ignore[arg-type]


def test_the_age_the_prevalence_and_the_signer_of_a_file_are_told() -> None:
    rare = _looked_up(
        signer="Tailor Spin", is_valid_certificate=False, org_prevalence=1, global_prevalence=12,
        global_first_seen=T0.plus(-86_400),
    )  # fmt: skip
    traits = traits_of(SUBJECT, finding(), rare)
    found = {traits[0].key: [_seen(traits[0].key, "a", 60)]}
    assert seen_before_text(SUBJECT, traits, found) == (
        f"file svc_X.exe ({SHA1}): 1 earlier alert on 1 device since 2026-11-24 (none classified), "
        "the last a of 2026-11-24; not validly signed by Tailor Spin, on 1 device here, on 12 devices "
        "anywhere, known since 2026-11-23"
    )
    unsigned = traits_of(SUBJECT, finding(), _looked_up(global_prevalence=3))
    assert unsigned[0].facts == "unsigned, on 3 devices anywhere"


@pytest.mark.parametrize(
    ("fields", "says_something"),
    [
        ({"signer": "Microsoft Windows", "is_valid_certificate": True}, False),
        ({"signer": "Microsoft Windows", "is_valid_certificate": None}, True),
        ({"signer": "Microsoft Windows", "is_valid_certificate": False}, True),
        ({"signer": "Microsoft Windows of Elsewhere", "is_valid_certificate": True}, True),
        ({"signer": "Tailor Spin", "is_valid_certificate": True}, True),
        ({"global_prevalence": 4_000_000}, False),
        ({"global_prevalence": 4_000_000, "determination": "Clean"}, False),
        ({"global_prevalence": 4_000_000, "determination": "Malware"}, True),
        ({"signer": "Google LLC", "is_valid_certificate": True, "determination": "Pua"}, True),
        ({"org_prevalence": 90_000}, True),
        ({}, True),
    ],
)
def test_what_everybody_has_says_nothing(fields: dict[str, object], says_something: bool) -> None:
    traits = traits_of(SUBJECT, finding(), _looked_up(**fields))
    assert any(trait.words.startswith("file ") for trait in traits) is says_something
    assert [trait.words for trait in traits][-2:] == ["address 8.8.8.8", "command like x.exe -a #"]


def test_a_file_that_nobody_could_look_up_still_says_something() -> None:
    failed = Enrichment(files={SHA1: Lookup(Outcome.THROTTLED)})
    assert traits_of(SUBJECT, finding(), failed) == traits_of(SUBJECT, finding())


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
    traits = traits_of(replace(subject, evidence=(replace(subject.evidence[0], file_name=text),)), finding())
    traits += traits_of(subject, finding())
    assert all(len(trait.key) < 40 and len(trait.words) < 160 for trait in traits)
