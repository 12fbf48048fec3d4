"""When a comment is wanted, what it says of hostile rows, and the steps of its row."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.alert import is_marked, mark
from shared.core.alert.model import Comment
from shared.core.conclude.conclusion import Validation
from shared.core.progress.versions import digests
from shared.core.row.definition import BY_NAME
from shared.core.values.records import Column
from shared.core.write_back import Mode, State, WriteRow, comment_of, noted, wanted
from shared.core.write_back.queue import AGED, STALLED, Step, after, again, is_ready, is_stale, queued, taken
from tests.builders import alert

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
SHOWN: dict[str, Column] = {
    "SeverityId": 4,
    "CorrelationStatus": "Correlated",
    "CorrelationReason": "",
    "CorrelationMethod": "ExactProcess",
    "CorrelationConfidence": 95,
    "EventCount": 12,
    "Validation": "Likely",
    "TechniquesShown": "PowerShell (T1059.001), Ingress Tool Transfer (T1105)",
    "Behaviours": '[{"title":"Downloaded file run"},{"left_out":2}]',
    "ProcessTree": '[{"id":"p0","pid":5,"created":"2026-11-24T10:00:00.1234567Z","alert":true}]',
    "DvcId": "1e5bc9d7e413ddd7902c2932e418702b84d0cc07",
    "CreatedTime": NOW,
    "FirstEventTime": NOW,
}


def is_wanted(
    *, history: bool = False, mode: Mode = Mode.COMMENT, marks: str = "", **changes: Column
) -> bool:
    before = {"WriteBackMarks": marks} if marks else {}
    said = wanted(mode, before, {**SHOWN, **changes}, is_history=history)
    return said["WriteBackState"] == "waiting"


def test_a_comment_is_wanted_once_the_hunt_of_a_grave_alert_has_ended() -> None:
    assert is_wanted() and is_wanted(mode=Mode.RULES) and is_wanted(mode=Mode.DRY_RUN)
    assert is_wanted(SeverityId=3) and is_wanted(SeverityId=99)
    assert not is_wanted(mode=Mode.OFF) and not is_wanted(history=True)
    assert not is_wanted(SeverityId=2) and not is_wanted(SeverityId=0)
    assert not is_wanted(CorrelationStatus="Pending", CorrelationReason="NotHuntedYet")
    for reason in ("TelemetryNotInYet", "Throttled", "RoleMissing", "HuntingUnavailable"):
        assert not is_wanted(CorrelationStatus="NoMatch", CorrelationReason=reason, Validation="NoTelemetry")
    assert is_wanted(CorrelationReason="TelemetryNotInYet")  # tied, and a better tie may still come
    assert is_wanted(
        CorrelationStatus="NoMatch", CorrelationReason="TelemetryNotSeen", Validation="NoTelemetry"
    )


def test_a_second_one_only_when_the_validation_is_graver_than_all_before() -> None:
    assert not is_wanted(marks="Likely 00000000")
    assert not is_wanted(marks="Confirmed 00000000")
    assert is_wanted(marks="Unproven 00000000, NoTelemetry 11111111")
    assert not is_wanted(marks="Confirmed 00000000, Unproven 11111111")
    assert is_wanted(marks="Blocked 00000000", Validation="Confirmed")


@pytest.mark.parametrize("word", [word.value for word in Validation])
def test_every_validation_has_words_of_its_own(word: str) -> None:
    text = comment_of({**SHOWN, "Validation": word}, "home").text
    assert text.splitlines()[0].startswith("No telemetry" if word == "NoTelemetry" else word)


HOSTILE = st.text(st.characters(codec="utf-8", exclude_characters=""), max_size=200)


@given(HOSTILE, HOSTILE, st.sampled_from([word.value for word in Validation]))
def test_whatever_the_row_says_the_comment_is_short_plain_and_ends_in_its_mark(
    name: str, title: str, validation: str
) -> None:
    name += "EvilWord99"
    hostile: dict[str, Column] = {
        **SHOWN,
        "Validation": validation,
        "ValidationReason": name,
        "Story": name,
        "AlertName": name,
        "AnchorProcess": name,
        "CorrelationDetail": name,
        "Behaviours": f'[{{"title":{title!r}}}]',
        "TechniquesShown": name,
        "KnownBenign": title,
        "KnownBenignState": "matches",
        "DvcId": name,
    }
    comment = comment_of(hostile, "home")
    assert len(comment.text) <= 1_000
    assert comment.text.isascii() and all(line.isprintable() for line in comment.text.splitlines())
    assert comment.text.splitlines()[-1] == f"[correlator home r1 {comment.digest}]"
    assert is_marked(comment.text)
    assert "EvilWord99" not in comment.text


def test_the_digest_is_over_the_validation_and_the_techniques_alone() -> None:
    first = comment_of(SHOWN, "home")
    assert comment_of({**SHOWN, "EventCount": 99, "Behaviours": "[]"}, "home").digest == first.digest
    for changes in ({"Validation": "Confirmed"}, {"TechniquesShown": "X (T1486)"}):
        assert comment_of({**SHOWN, **changes}, "home").digest != first.digest


def test_a_mark_is_known_whichever_installation_wrote_it_and_only_as_the_last_line() -> None:
    assert is_marked(f"text\n{mark('contoso-2', '0123abcd')}\n ")
    assert is_marked("[correlator other r12 ffffffff]")
    assert not is_marked(f"{mark('home', '0123abcd')}\nand a person's answer")
    assert not is_marked("[correlator home r1 0123]")


def test_a_marked_comment_makes_no_new_version_and_a_persons_does() -> None:
    plain = alert()
    ours = Comment(f"said\n{mark('home', '0123abcd')}", "app")
    theirs = Comment(f"said\n{mark('other', '0123abcd')}", "another app")
    person = Comment("looked at", "soc@contoso.example")
    assert digests(replace(plain, comments=(ours, theirs))) == digests(plain)
    assert digests(replace(plain, comments=(ours, person))) == digests(replace(plain, comments=(person,)))
    assert digests(replace(plain, comments=(person,))) != digests(plain)


def test_the_columns_of_a_comment_that_has_ended() -> None:
    before: dict[str, Column] = {"Validation": "Likely", "WriteBackState": "waiting"}
    once = noted(before, "Likely", "0123abcd", State.SENT)
    assert once == {"WriteBackState": "sent", "WriteBackMarks": "Likely 0123abcd"}
    assert noted({**before, **once}, "Likely", "0123abcd", State.SENT) == once
    graver = {**before, "Validation": "Confirmed"}
    assert noted(graver, "Likely", "0123abcd", State.SENT)["WriteBackState"] == "waiting"
    assert noted({**graver, **once}, "Confirmed", "fedc3210", State.FAILED) == {
        "WriteBackState": "failed",
        "WriteBackMarks": "Likely 0123abcd, Confirmed fedc3210",
    }
    assert set(BY_NAME["WriteBackState"].words) == set(State)


def row(**changes: object) -> WriteRow:
    plain = WriteRow(
        alert_id="da1", day="2026-11-24", api_id="da1", validation="Likely", digest="0", text="t",
        wanted_at=NOW, due=NOW,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]  # the test names fields of WriteRow


def test_a_graver_comment_takes_the_place_of_one_that_waits_and_follows_one_that_is_sent() -> None:
    graver = row(validation="Confirmed", digest="1", text="more")
    assert queued(None, graver) == graver
    assert queued(row(), row(digest="2")) is None
    assert queued(graver, row()) is None
    replaced = queued(row(attempts=2), graver)
    assert replaced == replace(graver, attempts=2)
    sending = taken(row(), NOW)
    follows = queued(sending, graver)
    assert follows is not None and (follows.text, follows.next_text, follows.step) == (
        "t",
        "more",
        Step.SENDING,
    )
    assert queued(follows, graver) is None
    assert after(sending) is None
    assert after(follows) == graver


def test_a_row_in_a_runs_hands_is_its_own_until_it_is_old() -> None:
    mine = taken(row(), NOW)
    assert (mine.attempts, is_ready(mine, NOW), is_stale(mine, NOW)) == (1, False, False)
    late = NOW + timedelta(seconds=STALLED)
    assert is_stale(mine, late) and not is_ready(mine, late)
    assert is_ready(mine, NOW + timedelta(seconds=AGED))
    assert AGED > 2 * STALLED


def test_what_changed_nothing_is_tried_again_ever_later_and_a_refusal_costs_no_attempt() -> None:
    mine = taken(row(), NOW)
    assert again(mine, NOW).due == NOW + timedelta(seconds=120)
    refused = again(mine, NOW, 0.0)
    assert (refused.attempts, refused.due, refused.step, refused.since) == (0, NOW, Step.DUE, None)
    assert not is_ready(row(due=NOW + timedelta(seconds=1)), NOW)
