import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.core.alert.model import Account, Alert, Severity
from shared.core.conclude.conclusion import Conclusion, Validation
from shared.core.correlate.finding import Finding, Method, Reason, Status
from shared.core.row import Context, Decision, content, decide
from shared.core.row.definition import BY_NAME, COLUMNS
from shared.core.values.records import Column, StoredRow
from tests.builders import T0, alert, evidence, finding, node

NOW = datetime(2026, 11, 24, 10, 5, tzinfo=UTC)
CONTEXT = Context(
    now=NOW,
    generation=1,
    first_seen=NOW,
    installed_at=NOW - timedelta(days=30),
    backfill=False,
    hunt_ended=True,
    notify_after=180.0,
)
WAITING = Finding(alert().id, Status.PENDING, reason=Reason.WAITING)
NO_MATCH = Finding(alert().id, Status.NO_MATCH, reason=Reason.NOT_IN_YET)
TIED = finding(nodes=(node("powershell.exe"),))
OLD_FILE = evidence("file", sha1="a" * 40)


def shown(
    about: Alert | None = None, found: Finding = TIED, validation: Validation = Validation.CONFIRMED
) -> dict[str, Column]:
    """The content of a row; correlated and confirmed where nothing else is said."""
    told = validation if found.status is Status.CORRELATED else Validation.NO_TELEMETRY
    about = about or alert(evidence=(OLD_FILE,))
    return content(about, None, found, Conclusion(told, "because", "a story"), "")


def at(seconds: float = 0.0, **changes: object) -> Context:
    """The context that many seconds later."""
    return replace(CONTEXT, now=NOW + timedelta(seconds=seconds), **changes)  # type: ignore[arg-type]


def merged(stored: StoredRow | None, decision: Decision, **consumers: Column) -> StoredRow:
    """The row after the merge, and after a consumer has set columns of it."""
    before = dict(stored.columns) if stored else {}
    return StoredRow({**before, **(decision.columns or {}), **consumers}, "etag")


def published(columns: Mapping[str, Column], context: Context = CONTEXT, **consumers: Column) -> StoredRow:
    """A row as first written."""
    return merged(None, decide(None, columns, context), **consumers)


def test_a_new_row_has_every_column() -> None:
    decision = decide(None, shown(), CONTEXT)
    assert decision.columns is not None
    assert list(decision.columns) == [c.name for c in COLUMNS]
    assert (decision.revision, decision.notify_state, decision.changed_fields) == (1, "new", ())
    assert decision.columns["FirstPublished"] == decision.columns["LastPublished"] == NOW


def test_deciding_again_over_what_was_written_writes_nothing() -> None:
    for found in (TIED, NO_MATCH, WAITING):
        stored = published(shown(found=found))
        again = decide(stored, shown(found=found), at(60))
        assert (again.columns, again.revision) == (None, 1)


def test_only_what_differs_is_written() -> None:
    stored = published(shown(), Ticket="INC-1")
    decision = decide(stored, shown(alert(evidence=(OLD_FILE,), assigned_to="soc")), at(60))
    assert decision.columns is not None
    assert set(decision.columns) == {"AssignedTo", "DetectionFinding", "LastPublished"}
    assert decision.columns["LastPublished"] == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (shown(found=NO_MATCH), shown()),
        (shown(found=replace(TIED, method=Method.FILE_HASH)), shown()),
        (shown(validation=Validation.UNPROVEN), shown(validation=Validation.BLOCKED)),
        (shown(validation=Validation.BLOCKED), shown(validation=Validation.CONFIRMED)),
        (shown(), shown(alert(evidence=(OLD_FILE, evidence("ip", ip_address="203.0.113.10"))))),
        (shown(), shown(alert(evidence=(evidence("file", sha1="b" * 40),)))),
        (shown(alert(severity=Severity.MEDIUM)), shown(alert())),
        (
            shown(alert(severity=Severity.LOW)),
            shown(alert(severity=Severity.UNKNOWN, severity_text="Severe")),
        ),
        (shown(alert(status="Resolved")), shown(alert(status="InProgress"))),
    ],
    ids=[
        "a tie at last",
        "a better tie",
        "validated",
        "blocked, yet it ran",
        "one more piece of evidence",
        "another piece of evidence in place of the old",
        "severity raised",
        "severity raised to a word nobody knows",
        "reopened",
    ],
)
def test_the_revision_rises_on(first: dict[str, Column], second: dict[str, Column]) -> None:
    decision = decide(published(first), second, at(60))
    assert decision.revision == 2
    assert decision.columns is not None and decision.columns["Revision"] == 2
    assert decision.changed_fields and decision.columns["ChangedFields"] == ", ".join(decision.changed_fields)
    assert set(decision.changed_fields) <= set(decision.columns)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (shown(), shown(found=replace(TIED, event_count=900))),
        (shown(found=WAITING), shown(found=NO_MATCH)),
        (shown(found=NO_MATCH), shown(found=replace(NO_MATCH, reason=Reason.NOT_SEEN))),
        (shown(), shown(alert(evidence=(replace(OLD_FILE, detection_status="Prevented"),)))),
        (shown(alert()), shown(alert(severity=Severity.LOW))),
        (shown(alert()), shown(alert(status="Resolved"))),
        (
            shown(alert()),
            shown(alert(assigned_to="soc", title="Another title", classification="TruePositive")),
        ),
        (shown(validation=Validation.CONFIRMED), shown(validation=Validation.UNPROVEN)),
    ],
    ids=[
        "counts alone",
        "a first hunt that found nothing",
        "another reason",
        "what became of the evidence",
        "severity lowered",
        "resolved",
        "words about it",
        "less certain",
    ],
)
def test_the_row_is_written_but_the_revision_stays_on(
    first: dict[str, Column], second: dict[str, Column]
) -> None:
    decision = decide(published(first, NotifyState="told"), second, at(60))
    assert decision.columns is not None
    assert "Revision" not in decision.columns and "NotifyState" not in decision.columns
    assert (decision.revision, decision.notify_state, decision.changed_fields) == (1, "told", ())


def test_nobody_is_told_before_the_first_hunt_has_ended_or_the_wait_is_over() -> None:
    hunting = replace(CONTEXT, hunt_ended=False)
    stored = published(shown(found=WAITING), hunting)
    assert stored.columns["NotifyState"] == "pending"
    assert decide(stored, shown(found=WAITING), at(179, hunt_ended=False)).columns is None
    late = decide(stored, shown(found=WAITING), at(180, hunt_ended=False))
    assert late.columns is not None
    assert set(late.columns) == {"NotifyState", "LastPublished"} and late.notify_state == "new"
    ended = decide(stored, shown(found=NO_MATCH), at(20))
    assert (ended.notify_state, ended.revision) == ("new", 1)


def test_nobody_is_told_of_a_hunt_before_the_look_ups_have_ended_or_the_wait_is_over() -> None:
    stored = published(shown(found=NO_MATCH), replace(CONTEXT, looked_up=False))
    assert stored.columns["NotifyState"] == "pending"
    assert decide(stored, shown(found=NO_MATCH), at(179, looked_up=False)).columns is None
    assert decide(stored, shown(found=NO_MATCH), at(180, looked_up=False)).notify_state == "new"
    assert decide(stored, shown(found=NO_MATCH), at(20)).notify_state == "new"


def test_what_nobody_could_know_yet_is_no_news() -> None:
    stored = published(shown(found=WAITING), replace(CONTEXT, hunt_ended=False))
    decision = decide(stored, shown(), at(30))
    assert (decision.revision, decision.notify_state) == (1, "new")


def test_a_better_tie_after_telling_is_told_as_an_update() -> None:
    stored = published(shown(found=NO_MATCH), NotifyState="told", Ticket="INC-1")
    decision = decide(stored, shown(), at(300))
    assert (decision.revision, decision.notify_state) == (2, "updated")
    assert decision.columns is not None and "Ticket" not in decision.columns
    assert {"CorrelationStatus", "Validation"} <= set(decision.changed_fields)
    assert "DetectionFinding" not in decision.changed_fields


def test_an_update_that_nobody_has_read_yet_stays_one_and_its_news_add_up() -> None:
    first = merged(None, decide(None, shown(alert(severity=Severity.LOW)), CONTEXT), NotifyState="told")
    raised = decide(first, shown(alert()), at(60))
    second = merged(first, raised)
    reopened = decide(second, shown(alert(evidence=(OLD_FILE,))), at(120))
    assert (reopened.revision, reopened.notify_state) == (3, "updated")
    assert {"EventSeverity", "EvidenceCount"} <= set(reopened.changed_fields)
    marked = merged(second, reopened, NotifyState="told")
    more = decide(
        marked, shown(alert(evidence=(OLD_FILE, evidence("ip", ip_address="203.0.113.1")))), at(180)
    )
    assert "EventSeverity" not in more.changed_fields and "IpAddr" in more.changed_fields


def test_alerts_older_than_the_installation_and_backfills_are_nobodys_news() -> None:
    old = replace(CONTEXT, installed_at=T0.plus(3600).to_datetime())
    backfill = replace(CONTEXT, backfill=True)
    for context in (old, backfill):
        stored = published(shown(found=NO_MATCH), context)
        assert stored.columns["NotifyState"] == "historic"
        later = decide(stored, shown(), replace(context, now=NOW + timedelta(hours=1)))
        assert (later.revision, later.notify_state) == (2, "historic")
    assert published(shown(), replace(CONTEXT, installed_at=None)).columns["NotifyState"] == "new"


def test_an_older_version_never_overwrites_a_newer_one() -> None:
    newer = alert(last_update=T0.plus(900))
    stored = published(shown(newer), replace(CONTEXT, generation=2))
    late = decide(stored, shown(alert()), replace(CONTEXT, generation=1))
    assert late.is_stale and late.columns is None
    same_time = decide(stored, shown(replace(newer, title="x")), replace(CONTEXT, generation=1))
    assert same_time.is_stale and same_time.columns is None


def test_a_count_that_began_anew_does_not_hold_back_a_newer_version() -> None:
    stored = published(shown(), replace(CONTEXT, generation=7))
    decision = decide(stored, shown(alert(last_update=T0.plus(900))), replace(CONTEXT, generation=1))
    assert not decision.is_stale
    assert decision.columns is not None and decision.columns["Generation"] == 1


@pytest.mark.parametrize(
    "weaker",
    [
        WAITING,
        replace(NO_MATCH, reason=Reason.NOT_SEEN),
        Finding(alert().id, Status.PENDING, reason=Reason.THROTTLED),
        Finding(alert().id, Status.FAILED, reason=Reason.GAVE_UP),
        replace(TIED, method=Method.DEVICE_ONLY, confidence=10),
    ],
    ids=["not hunted", "nothing found", "throttled", "failed", "a weaker tie"],
)
def test_within_a_version_a_weaker_result_never_replaces_a_better_one(weaker: Finding) -> None:
    stored = published(shown())
    resolved = alert(evidence=(OLD_FILE,), status="Resolved")
    decision = decide(stored, shown(resolved, weaker), at(60))
    assert decision.keeps_correlation
    assert decision.columns is not None
    assert set(decision.columns) == {"AlertStatus", "DefenderStatus", "DetectionFinding", "LastPublished"}
    ocsf = json.loads(str(decision.columns["DetectionFinding"]))
    assert ocsf["status"] == "Resolved"
    assert ocsf["unmapped"]["correlation"]["status"] == "Correlated"
    again = decide(merged(stored, decision), shown(resolved, weaker), at(120))
    assert again.columns is None and again.keeps_correlation


def test_in_a_new_version_only_a_hunt_that_was_put_off_keeps_the_earlier_result() -> None:
    stored = published(shown())
    later, second = alert(evidence=(OLD_FILE,), last_update=T0.plus(900)), at(60, generation=2)
    put_off = decide(stored, shown(later, WAITING), second)
    assert put_off.keeps_correlation and "CorrelationStatus" not in (put_off.columns or {})
    for before in (stored, merged(stored, put_off)):
        ended = decide(before, shown(later, NO_MATCH), second)
        assert not ended.keeps_correlation
        assert ended.columns is not None and ended.columns["CorrelationStatus"] == "NoMatch"
        assert ended.columns["CorrelationGeneration"] == 2
        assert ended.revision == 1


def test_kept_columns_keep_their_marks_of_being_cut() -> None:
    cut_story = content(alert(), None, TIED, Conclusion(Validation.CONFIRMED, "because", "x" * 40_000), "")
    stored = published(cut_story)
    decision = decide(stored, shown(alert(description="y" * 40_000), WAITING), at(60))
    columns = merged(stored, decision).columns
    assert set(str(columns["ValuesTruncated"]).split(", ")) == {
        "AlertDescription",
        "DetectionFinding",
        "Story",
    }


def test_a_row_of_an_older_release_gets_what_it_lacks_and_keeps_what_it_has() -> None:
    whole = published(shown())
    partial = StoredRow({n: v for n, v in whole.columns.items() if n not in ("Story", "ChangedFields")}, "e")
    decision = decide(partial, shown(), at(60))
    assert decision.columns is not None
    assert set(decision.columns) == {"Story", "ChangedFields", "LastPublished"}
    foreign = decide(StoredRow({"Ticket": "INC-1"}, "e"), shown(), CONTEXT)
    assert foreign.columns is not None
    assert set(foreign.columns) == set(BY_NAME)
    assert (foreign.revision, foreign.notify_state) == (1, "new")


ADDRESS_ONLY = (evidence("ip", ip_address="203.0.113.7"),)


@pytest.mark.parametrize(
    "weaker",
    [WAITING, replace(NO_MATCH, reason=Reason.NOT_SEEN), replace(TIED, method=Method.ACCOUNT, nodes=())],
    ids=["not hunted", "nothing found", "a weaker tie"],
)
def test_what_the_better_tie_named_stays_as_long_as_the_tie_does(weaker: Finding) -> None:
    about = alert(evidence=ADDRESS_ONLY)
    stored = published(shown(about, replace(TIED, nodes=(node("powershell.exe"),))))
    assert stored.columns["UserFrom"] == stored.columns["ProcessFrom"] == "telemetry"
    decision = decide(stored, shown(replace(about, status="Resolved"), weaker), at(60))
    assert decision.keeps_correlation and decision.columns is not None
    assert set(decision.columns) == {"AlertStatus", "DefenderStatus", "DetectionFinding", "LastPublished"}


def test_what_the_better_tie_named_is_found_beside_what_a_later_version_names() -> None:
    tied = node("powershell.exe", folder_path="C:\\" + "deep\\" * 500)
    stored = published(shown(alert(evidence=ADDRESS_ONLY), replace(TIED, nodes=(tied,))))
    assert "FilePath" in str(stored.columns["ValuesTruncated"]).split(", ")
    items = [
        evidence("other", file_name=f"rye {n}.exe", account=Account(f"rosa {n}", "BAKERY")) for n in range(99)
    ]
    later = shown(alert(evidence=(*ADDRESS_ONLY, *items), last_update=T0.plus(900)), WAITING)
    row = merged(stored, decide(stored, later, at(60, generation=2))).columns
    files, users = str(row["AllFileNames"]), str(row["AllUsers"])
    assert files.startswith("powershell.exe, ") and users.startswith("bakery\\rosa 0, ")
    assert ", rye 98.exe" in files and len(users) == BY_NAME["AllUsers"].limit
    cut_names = str(row["ValuesTruncated"]).split(", ")
    assert {"FilePath", "AllUsers"} <= set(cut_names) and len(set(cut_names)) == len(cut_names)


def test_a_device_that_only_the_better_tie_named_stays_in_column_and_finding() -> None:
    nowhere = alert(evidence=ADDRESS_ONLY, device_id=None, device_name=None)
    stored = published(shown(nowhere, replace(TIED, nodes=(node("powershell.exe"),))))
    decision = decide(stored, shown(replace(nowhere, status="Resolved"), WAITING), at(60))
    row = merged(stored, decision).columns
    assert stored.columns["DeviceFrom"] == row["DeviceFrom"] == "telemetry"
    assert row["DvcId"] and str(row["DvcId"]) in str(row["AllDevices"]).split(", ")
    assert json.loads(str(row["DetectionFinding"]))["device"]["uid"] == row["DvcId"]


def test_a_user_that_a_later_version_names_replaces_that_of_the_tied_process() -> None:
    stored = published(shown(alert(evidence=ADDRESS_ONLY), replace(TIED, nodes=(node("powershell.exe"),))))
    named = (*ADDRESS_ONLY, evidence("user", account=Account("rosa", "BAKERY")))
    later = shown(alert(evidence=named, last_update=T0.plus(900)), WAITING)
    decision = decide(stored, later, at(60, generation=2))
    assert decision.keeps_correlation and decision.columns is not None
    assert decision.columns["Username"] == "BAKERY\\rosa" and decision.columns["UserFrom"] == "evidence"
    assert "ProcessName" not in decision.columns


CLERK = Account(
    name="clerk", domain="contoso", upn="clerk@contoso.example", sid="S-1-5-21-7", object_id="o-7"
)


@pytest.mark.parametrize("weaker", [WAITING, replace(NO_MATCH, reason=Reason.NOT_SEEN)])
def test_what_the_better_tie_told_of_the_alerts_own_user_stays(weaker: Finding) -> None:
    """The alert names the user, the tied process all that he is called."""
    about = alert(evidence=ADDRESS_ONLY, related_user=Account(name="Clerk"))
    stored = published(shown(about, replace(TIED, nodes=(node("powershell.exe", account=CLERK),))))
    told = [stored.columns[name] for name in ("UserFrom", "Username", "UserUpn", "UserSid", "UserObjectId")]
    assert told == ["alert", "contoso\\Clerk", "clerk@contoso.example", "S-1-5-21-7", "o-7"]
    after = merged(stored, decide(stored, shown(about, weaker), at(60)))
    assert [
        after.columns[name] for name in ("UserFrom", "Username", "UserUpn", "UserSid", "UserObjectId")
    ] == told
    assert after.columns["AllUsers"] == stored.columns["AllUsers"]


@pytest.mark.parametrize(
    "other",
    [
        Account(name="boss"),
        Account(name="clerk", domain="fabrikam"),
        Account(name="clerk", sid="S-1-5-21-8"),
    ],
)
def test_another_user_is_told_nothing_of(other: Account) -> None:
    about = alert(evidence=ADDRESS_ONLY, related_user=Account(name="clerk"))
    stored = published(shown(about, replace(TIED, nodes=(node("powershell.exe", account=CLERK),))))
    later = replace(about, related_user=other, last_update=T0.plus(900))
    after = merged(stored, decide(stored, shown(later, WAITING), at(60, generation=2)))
    assert after.columns["Username"] != "contoso\\clerk"
    assert after.columns["UserUpn"] == after.columns["UserObjectId"] == ""
    assert after.columns["UserSid"] == (other.sid or "")
