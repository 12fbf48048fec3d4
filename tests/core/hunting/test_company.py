"""What is found of an alert depends on telemetry alone, not on which others are hunted together with it."""

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Evidence
from shared.core.correlate.finding import Method
from shared.core.hunting import Answer, Case, Hunt
from shared.core.hunting.wants import ProcessCreation
from tests.core.hunting.builders import SHA1, START, Row, alert, begun, by, row, started

MEANT = (4711, START.plus(-1), "setup.exe")
OTHER = (5_500, START.plus(-600), "browse.exe")
FILE = Evidence(kind=EvidenceKind.FILE, sha1=SHA1)


def _touched(by_whom: tuple[int, object, str], after: float) -> Row:
    return row("DeviceFileEvents", START.plus(after), SHA1=SHA1) | by(by_whom)  # type: ignore[arg-type]


def _rounds(hunt: Hunt, touches: list[Row], creations: list[Row]) -> tuple[Hunt, list[ProcessCreation]]:
    """The hunt at its end, with the creations asked for: each question is answered with what it asks for."""
    asked: list[ProcessCreation] = []
    while hunt.queries:
        answers = []
        for query in hunt.queries:
            wanted = [want for want in query.wants if isinstance(want, ProcessCreation)]
            pids = {want.key.pid for want in wanted}
            found = [one for one in creations if one["ProcessId"] in pids]
            asked += wanted
            answers.append(Answer(query, rows=tuple(touches if query.name == "evidence" else found)))
        hunt = hunt.answered(answers)
    return hunt, asked


def test_who_else_touched_the_thing_is_asked_for_and_so_shown_in_any_company() -> None:
    creations = [started(*one) for one in (MEANT, OTHER)]
    touches = [_touched(MEANT, 0), _touched(OTHER, -300)]
    done, asked = _rounds(begun([Case(alert(FILE))]), touches, creations)
    found = done.findings()["da1_1"]
    assert (found.method, [key.pid for key in found.anchors]) == (Method.FILE_HASH, [MEANT[0]])
    assert {want.key.pid: want.up for want in asked} == {MEANT[0]: True, OTHER[0]: False}
    assert {one.event.row.get("ProcessId") for one in found.events} == {None, MEANT[0], OTHER[0]}


def test_of_what_very_many_touched_nobody_else_is_asked_for() -> None:
    others = [(6_000 + n, START.plus(-600 - n), f"tool{n}.exe") for n in range(20)]
    touches = [_touched(MEANT, 0), *(_touched(one, -300 - n) for n, one in enumerate(others))]
    _, asked = _rounds(begun([Case(alert(FILE))]), touches, [started(*one) for one in (MEANT, *others)])
    assert {want.key.pid for want in asked} == {MEANT[0]}
