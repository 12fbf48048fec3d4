"""What an entry matches, and what a row then says; a test on published rows finds what publishing marks."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.alert.model import Account
from shared.core.conclude import NO_RULES, conclude
from shared.core.correlate.finding import Finding, Method, Reason, Status
from shared.core.known_benign import Entry, State, marks
from shared.core.known_benign.entry import GLOBS, problems
from shared.core.known_benign.matching import READ, is_live, matches
from shared.core.row import COLUMNS, content, decide
from shared.core.values.records import Column, StoredRow
from tests.builders import alert, enrichment_of_file, evidence, finding, node, tied
from tests.core.known_benign.entries import DETECTOR, NOW, SHA1, entry, row
from tests.docs.table_rows import CONTEXT

MATCHING: dict[str, str] = {
    "detector": DETECTOR.upper(),
    "hash": SHA1,
    "title": "suspicious*",
    "device": "build-??.contoso.example",
    "device_group": "Build",
    "user": "*\\builder",
    "file_name": "tool.exe",
    "folder": "c:\\build\\*",
    "process": "tool.exe",
    "command_line": "tool.exe --fetch https://packages.contoso.example/*",
    "parent_process": "agent.exe",
    "signer": "contoso ltd",
}


@pytest.mark.parametrize("field", MATCHING)
def test_every_condition_must_hold(field: str) -> None:
    assert matches(entry(**MATCHING), row())
    assert not matches(entry(**{**MATCHING, field: "another"}), row())
    assert {"detector", "hash", *GLOBS} == set(MATCHING)


def test_a_signer_counts_with_a_valid_certificate_alone() -> None:
    signed = entry(signer="Contoso Ltd")
    assert matches(signed, row())
    for said in ("NotValid", ""):
        assert not matches(signed, row(FileCertificate=said))


def test_a_user_is_known_by_either_name() -> None:
    assert matches(entry(user="builder@contoso*"), row())
    assert not matches(entry(user="builder@contoso*"), row(UserUpn=""))


def test_a_value_that_was_cut_matches_nothing() -> None:
    by_line = entry(command_line="tool.exe*")
    assert matches(by_line, row())
    assert not matches(by_line, row(ValuesTruncated="Story, ProcessCommandLine"))


def test_a_row_without_a_detector_is_matched_by_no_entry() -> None:
    assert not matches(Entry(id="a", device="build*"), row(DetectorId=""))


@given(
    st.fixed_dictionaries({name: st.text("ab*?.\\ ", max_size=12) for name in ("detector", *GLOBS)}),
    st.sampled_from(("", SHA1)),
)
def test_no_valid_entry_matches_a_row_of_another_detector_and_another_file(
    globs: dict[str, str], hashed: str
) -> None:
    wanted = entry(**globs, hash=hashed)
    other = row(DetectorId="another", FileSHA1="f" * 40)
    assert problems(wanted, NOW) or not matches(wanted, other)


def test_what_a_row_says_of_its_entry() -> None:
    said = marks([entry()], row(), NOW)
    assert said == {
        "KnownBenign": "build-agents v1",
        "KnownBenignState": "matches",
        "KnownBenignReason": "the agents compile what they download",
        "KnownBenignOwner": "build team",
        "KnownBenignUntil": NOW + timedelta(days=30),
    }
    assert said.keys() <= {column.name for column in COLUMNS}
    assert marks([entry()], row(DvcHostname="pc-1"), NOW) == {}


def test_a_confirmed_alert_contradicts_its_entry() -> None:
    said = marks([entry()], row(Validation="Confirmed"), NOW)
    assert (said["KnownBenign"], said["KnownBenignState"]) == ("build-agents v1", "contradicted")


def test_the_first_by_its_id_is_named() -> None:
    said = marks([entry(id="b"), entry(id="a"), entry(id="c")], row(), NOW)
    assert said["KnownBenign"] == "a v1"


@pytest.mark.parametrize(
    "changes",
    [
        {"state": State.DRAFT},
        {"state": State.OFF},
        {"expires": NOW},
        {"tested_version": 0},
        {"tested_against": 1},
        {"device": "*"},
        {"expires": NOW + timedelta(days=999)},
    ],
)
def test_what_is_not_active_tested_valid_or_any_longer_in_force_marks_nothing(
    changes: dict[str, object],
) -> None:
    assert is_live(entry(), NOW)
    assert not is_live(entry(**changes), NOW)
    assert marks([entry(**changes)], row(), NOW) == {}


def test_an_entry_ends_at_its_moment() -> None:
    ends = NOW + timedelta(days=30)
    assert marks([entry()], row(), ends - timedelta(seconds=1)) != {}
    assert marks([entry()], row(), ends) == {}


WAITING = Finding(alert().id, Status.PENDING, reason=Reason.WAITING)
TIED = finding(nodes=(node("tool.exe", "tool.exe --all"),), events=(tied("DeviceNetworkEvents", "X"),))
NONE = Finding(alert().id, Status.NO_MATCH, reason=Reason.NOT_SEEN)
HOSTS = st.sampled_from(("build-01", "build-02", "ws-0042", ""))
USERS = st.sampled_from(("alice", "builder"))
FOUND = (WAITING, TIED, NONE, replace(TIED, method=Method.DEVICE_ONLY, nodes=()))
FINDINGS = st.lists(st.sampled_from(range(len(FOUND))), min_size=1, max_size=3)  # of FOUND
VERDICTS = st.sampled_from((None, "FalsePositive", "TruePositive"))
ENTRIES = st.builds(
    entry,
    detector=st.sampled_from((DETECTOR, "another", "")),
    hash=st.sampled_from(("", SHA1)),
    device=st.sampled_from(("build-0?", "*0042", "build-*")),
    user=st.sampled_from(("", "*\\alice", "*builder*")),
    process=st.sampled_from(("", "tool.exe", "*.exe")),
    signer=st.sampled_from(("", "Contoso*")),
)


@cache
def _columns(host: str, user: str, verdict: str | None, found: int) -> Mapping[str, Column]:
    """What is published of such an alert, made once: the draws have few that differ."""
    about = alert(
        detector_id=DETECTOR,
        device_name=host,
        classification=verdict,
        related_user=Account(user, "CONTOSO"),
        evidence=(evidence("file", sha1=SHA1, file_name="tool.exe"),),
    )
    looked_up = enrichment_of_file(SHA1, signer="Contoso Ltd", is_valid_certificate=user == "alice")
    concluded = conclude(about, looked_up, FOUND[found], NO_RULES)
    return content(about, looked_up, FOUND[found], concluded, "")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(HOSTS, USERS, FINDINGS, VERDICTS), min_size=1, max_size=4), ENTRIES)
def test_a_test_on_published_rows_counts_what_publishing_marks(
    alerts: list[tuple[str, str, list[int], str | None]], wanted: Entry
) -> None:
    """Each alert is published once for each of its hunts; a weaker one may leave an earlier tie standing."""
    context = replace(CONTEXT, known_benign=lambda columns: marks([wanted], columns, NOW))
    rows: list[dict[str, Column]] = []
    for host, user, findings, verdict in alerts:
        stored: StoredRow | None = None
        for found in findings:
            decision = decide(stored, dict(_columns(host, user, verdict, found)), context)
            stored = StoredRow({**(stored.columns if stored else {}), **(decision.columns or {})}, "etag")
        assert stored is not None
        rows.append(dict(stored.columns))
    by_test = [matches(wanted, {name: row.get(name, "") for name in READ}) for row in rows]
    by_publishing = [row["KnownBenign"] != "" for row in rows]
    assert problems(wanted, NOW) == [] or not any(by_publishing)
    if problems(wanted, NOW) == []:
        assert by_test == by_publishing
