"""When an incident's row is written, and what is told of it."""

from datetime import timedelta

import pytest

from shared.core.incidents import content, decide
from shared.core.incidents.decision import Decision
from shared.core.incidents.member import Row
from shared.core.values.records import Column, StoredRow
from tests.core.incidents.rows import NOW, behaviour, key, row

LATER = NOW + timedelta(minutes=5)


def built(stored: StoredRow | None, *rows: Row) -> tuple[Decision, StoredRow]:
    """The decision over these alerts, and the row as it stands after it."""
    by_key = {key(number): each for number, each in enumerate(rows)}
    decision = decide(stored, content("1042", by_key), rows, NOW if stored is None else LATER)
    before: dict[str, Column] = dict(stored.columns) if stored else {}
    return decision, StoredRow(before | dict(decision.columns or {}), "etag")


def marked(stored: StoredRow, word: str = "told") -> StoredRow:
    """The row as a consumer marks it, with a column of its own."""
    return StoredRow({**stored.columns, "NotifyState": word, "Ticket": "INC-1"}, "etag")


def test_a_new_incident_is_told_once() -> None:
    first, stands = built(None, row())
    assert (stands.columns["Revision"], stands.columns["NotifyState"]) == (1, "new")
    assert stands.columns["NotifyReason"] == "new incident" and not first.is_pending
    assert stands.columns["FirstPublished"] == stands.columns["LastPublished"] == NOW
    again, _ = built(stands, row())
    assert again.columns is None


def test_it_waits_while_all_its_alerts_do() -> None:
    first, stands = built(None, row(NotifyState="pending"))
    assert first.is_pending and stands.columns["NotifyState"] == "pending"
    then, stands = built(stands, row(Validation="Confirmed"), row(NotifyState="pending"))
    assert not then.is_pending
    assert (stands.columns["NotifyState"], stands.columns["Revision"]) == ("new", 1)


def test_what_is_older_than_the_installation_is_told_with_its_first_new_alert() -> None:
    _, stands = built(None, row(NotifyState="historic"))
    assert stands.columns["NotifyState"] == "historic"
    _, stands = built(stands, row(NotifyState="historic"), row(NotifyState="told"))
    assert (stands.columns["NotifyState"], stands.columns["Revision"]) == ("new", 2)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ([row(Validation="Confirmed")], "Validation Unproven → Confirmed"),
        ([row(SeverityId=4, EventSeverity="High")], "Severity Medium → High"),
        ([row(DvcId="f" * 40, DvcHostname="srv-01")], "device srv-01"),
        ([row(Username="CONTOSO\\bob")], "user CONTOSO\\bob"),
        ([row(AttackTactics="Impact")], "tactic Impact"),
        ([row(moved_from=("7",))], "alerts came from incident 7"),
    ],
)
def test_what_is_news_is_told_and_said(more: list[Row], reason: str) -> None:
    stands = marked(built(None, row())[1])
    _, then = built(stands, row(), *more)
    assert (then.columns["NotifyState"], then.columns["Revision"]) == ("updated", 2)
    assert then.columns["NotifyReason"] == reason and then.columns["Ticket"] == "INC-1"
    assert built(then, row(), *more)[0].columns is None


@pytest.mark.parametrize(
    "known",
    [
        {"UserSid": "S-1-5-21-1"},
        {"UserSid": "S-1-5-21-1", "Username": "contoso.example\\alice", "UserUpn": "alice@contoso.example"},
        {"DvcId": ""},
    ],
)
def test_who_becomes_better_known_is_nobody_new(known: dict[str, Column]) -> None:
    first: dict[str, Column] = {**row(UserUpn="alice@contoso.example")}
    stands = marked(built(None, first)[1])
    _, then = built(stands, first | known)
    assert (then.columns["NotifyState"], then.columns["Revision"]) == ("told", 1)


def test_another_sid_is_another_user_of_the_same_name() -> None:
    first = row(UserSid="S-1-5-21-1")
    _, then = built(marked(built(None, first)[1]), first, row(UserSid="S-1-5-21-9"))
    assert then.columns["NotifyReason"] == "user CONTOSO\\alice"


@pytest.mark.parametrize(
    "more",
    [
        [row()] * 50,
        [row(Validation="NoTelemetry", SeverityId=1, EventSeverity="Informational")],
        [row(AlertStatus="Closed")],
        [row(seen=[behaviour("Seen")], AttackTactics="Execution")],
        [row(incident="7")],
    ],
    ids=["counts", "calmer", "closed", "a behaviour of a known tactic", "one that left"],
)
def test_what_is_no_news_is_written_and_leaves_the_mark(more: list[Row]) -> None:
    stands = marked(built(None, row())[1])
    decision, then = built(stands, row(), *more)
    assert decision.columns is not None
    assert (then.columns["NotifyState"], then.columns["Revision"]) == ("told", 1)


def test_resolved_is_no_news_and_reopened_is() -> None:
    stands = marked(built(None, row())[1])
    _, closed = built(stands, row(AlertStatus="Closed"))
    assert (closed.columns["State"], closed.columns["NotifyState"]) == ("resolved", "told")
    _, opened = built(closed, row())
    assert (opened.columns["NotifyState"], opened.columns["NotifyReason"]) == ("updated", "reopened")


def test_an_emptied_incident_is_told_once() -> None:
    stands = marked(built(None, row())[1])
    _, emptied = built(stands, row(incident="7"))
    said = "emptied: its alerts are in 7"
    assert (emptied.columns["NotifyState"], emptied.columns["NotifyReason"]) == ("updated", said)
    assert emptied.columns["Revision"] == 2
    _, still = built(marked(emptied), row(incident="7"), row(incident="7"))
    assert (still.columns["NotifyState"], still.columns["Revision"]) == ("told", 2)


def test_reasons_that_nobody_read_stay_with_those_that_come() -> None:
    stands = built(None, row())[1]
    _, stands = built(stands, row(Validation="Likely"))
    _, stands = built(stands, row(Validation="Likely"), row(Username="CONTOSO\\bob"))
    said = "new incident; Validation Unproven → Likely; user CONTOSO\\bob"
    assert (stands.columns["NotifyState"], stands.columns["NotifyReason"]) == ("new", said)
    assert stands.columns["Revision"] == 3
    _, stands = built(marked(stands), row(Validation="Confirmed"), row(Username="CONTOSO\\bob"))
    assert stands.columns["NotifyReason"] == "Validation Likely → Confirmed"


def test_only_what_changed_is_written() -> None:
    stands = built(None, row())[1]
    decision, _ = built(stands, row(ValidationReason="looked at again"))
    assert set(decision.columns or {}) == {"ValidationReason", "LastPublished"}
