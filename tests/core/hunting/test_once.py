"""How often a hunt does its costly work: counted, since times depend on the machine."""

from collections import Counter
from collections.abc import Callable

import pytest

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Evidence
from shared.core.correlate.subject import subject_of
from shared.core.correlate.telemetry import View
from shared.core.correlate.tie import tie_of_subject
from shared.core.hunting import Answer, Case, Hunt
from tests.core.hunting.builders import SHA1, START, Row, alert, begun, process, row, started

ALERTS = [alert(process(4_000 + n), id=f"da{n}_1") for n in range(5)]
BY_FILE = alert(Evidence(kind=EvidenceKind.FILE, sha1=SHA1), id="da9_1")


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often views, ties and subjects were made."""
    counts: Counter[str] = Counter()

    def counted[**P, T](name: str, make: Callable[P, T]) -> Callable[P, T]:
        def counting(*args: P.args, **named: P.kwargs) -> T:
            counts[name] += 1
            return make(*args, **named)

        return counting

    monkeypatch.setattr("shared.core.hunting.sight.View", counted("view", View))
    monkeypatch.setattr("shared.core.correlate.tie_of_subject", counted("tie", tie_of_subject))
    monkeypatch.setattr("shared.core.correlate.subject_of", counted("subject", subject_of))
    return counts


def _hunted(hunting: Hunt, rows: list[Row], more: list[Row]) -> tuple[Hunt, int]:
    """The hunt at its end and its rounds, the first of them included."""
    rounds = 1
    while hunting.queries:
        rounds += 1
        hunting = hunting.answered(
            [
                Answer(query, rows=tuple(more if query.name == "alert-evidence" else rows))
                for query in hunting.queries
            ]
        )
    return hunting, rounds


def test_findings_cost_no_view_and_no_tie_beyond_the_planning(done: Counter[str]) -> None:
    rows = [started(4_000 + n, START, "powershell.exe") for n in range(5)]
    ended, rounds = _hunted(begun([Case(one) for one in ALERTS]), rows, [])
    assert rounds > 1 and done["view"] == rounds and done["tie"] == rounds * len(ALERTS)
    findings = ended.findings()
    assert [len(findings[one.id].events) for one in ALERTS] == [1] * len(ALERTS)
    assert (done["view"], done["tie"]) == (rounds, rounds * len(ALERTS))


def test_findings_of_a_hunt_that_goes_on_are_made_of_all_rows_so_far() -> None:
    begun_hunt = begun([Case(ALERTS[0])])
    assert not begun_hunt.findings()[ALERTS[0].id].events
    rows = [started(4_000, START, "powershell.exe", (20, START.plus(-60), "cmd.exe"))]
    after = begun_hunt.answered([Answer(query, rows=tuple(rows)) for query in begun_hunt.queries])
    assert after.queries and after.findings()[ALERTS[0].id].events


def test_a_subject_is_made_anew_only_where_more_evidence_was_told(done: Counter[str]) -> None:
    both = [Case(ALERTS[0]), Case(BY_FILE)]
    told: Row = {
        "Timestamp": START.text(),
        "AlertId": BY_FILE.id,
        "EntityType": "File",
        "SHA1": "f" * 40,
        "FileName": "other.exe",
        "DeviceId": BY_FILE.device_id,
    }
    touched = row("DeviceFileEvents", START, SHA1="f" * 40)
    ended, rounds = _hunted(begun(both), [touched], [told])
    assert rounds > 2 and done["subject"] == len(both) + 1
    assert [one.event.row["SHA1"] for one in ended.findings()[BY_FILE.id].events] == ["f" * 40]
