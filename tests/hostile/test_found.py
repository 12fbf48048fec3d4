"""What the mutation run found, each with the value that showed it."""

import json

import pytest

from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Evidence
from shared.core.conclude.seen_before import sightings_of, traits_of
from shared.core.correlate.finding import Cell, Method, Status
from shared.core.hunting import Case
from shared.core.values.instant import Instant
from tests.core.hunting.builders import NOW, START, Row, alert, begun, finished, hunted, process, row, started
from tests.core.samples import Json, raw, read
from tests.hostile import path

FIRST, LAST = Instant.parse("0001-01-01T00:00:00Z"), Instant.parse("9999-12-31T23:59:59.9999999Z")


def test_a_moment_does_not_leave_the_years_that_can_be_printed() -> None:
    assert LAST.plus(3_600) == LAST and FIRST.plus(-86_400) == FIRST
    assert START.plus(0.0000001).ticks == START.ticks + 1


def test_a_process_from_the_end_of_time_does_not_end_the_hunt_of_the_others() -> None:
    odd, usual = alert(process(created=LAST), id="odd"), alert(process(), id="usual")
    found = hunted([Case(odd), Case(usual)], [started(4711, START, "powershell.exe")])
    assert found["usual"].method is Method.EXACT_PROCESS
    assert found["odd"].status is Status.NO_MATCH


def test_a_verdict_of_40_000_characters_is_remembered_shortened() -> None:
    body = json.dumps(raw("defender") | {"classification": "x" * 40_000, "machineId": "d" * 40_000})
    passed = path.passed(body, "defender")  # storage would refuse the memory's row, and with it all others
    seen = sightings_of(passed.alert, traits_of(passed.alert, passed.finding))
    assert seen and all(len(one.classification) == len(one.device_id) == 100 for one in seen)


@pytest.mark.parametrize("pid", [2**63, 10**300, 1e300, "9" * 40, -1])
def test_a_pid_that_no_query_can_name_is_nobodys(pid: Cell) -> None:
    odd = started(4711, START.plus(1), "x.exe", (4711, START, "powershell.exe")) | {"ProcessId": pid}
    found = hunted([Case(alert(process()))], [started(4711, START, "powershell.exe"), odd])
    assert found["da1_1"].method is Method.EXACT_PROCESS
    assert all(0 <= node.key.pid < 2**63 for node in found["da1_1"].nodes)


def test_a_pid_that_no_query_can_name_is_not_taken_from_huntings_own_evidence() -> None:
    detail = json.dumps({"ProcessId": 10**30, "CreationTimeUtc": START.text()})
    told: Row = {"AlertId": "da1_1", "EntityType": "Process", "AdditionalFields": detail}
    touched = row("DeviceFileEvents", START, SHA1="a" * 40)
    hunt = begun([Case(alert(Evidence(kind=EvidenceKind.FILE, sha1="a" * 40)))], NOW)
    assert finished(hunt, (told, touched)).findings()["da1_1"].method is Method.FILE_HASH


@pytest.mark.parametrize("source", ["defender", "graph"])
def test_the_order_of_an_alerts_fields_means_nothing(source: str) -> None:
    def turned(value: Json) -> Json:
        if isinstance(value, dict):
            return {key: turned(inner) for key, inner in reversed(value.items())}
        return [turned(item) for item in value] if isinstance(value, list) else value

    odd = {f"new{number}": {"b": 2**70 + number, "a": [2**80]} for number in range(90)}
    body = raw(source) | odd  # more that cannot be read than is named: which is named must not change
    one, other = read(body, source), read(turned(body), source)
    assert one == other and one.unreadable == other.unreadable
    assert one.unreadable[-1] == "and 80 more"


@pytest.mark.parametrize(
    ("algorithm", "named"), [(["sha1"], ("evidence[0].algorithm",)), (None, ()), ("", ()), ("sha-1", ())]
)
def test_a_hash_whose_algorithm_is_lost_is_read_by_its_length(
    algorithm: Json, named: tuple[str, ...]
) -> None:
    item = {"@odata.type": "#microsoft.graph.security.fileHashEvidence", "algorithm": algorithm}
    alert = read(raw("graph") | {"evidence": [item | {"value": "ab" * 20}]}, "graph")
    assert alert.unreadable == named
    assert alert.evidence[0].sha1 == "ab" * 20


@pytest.mark.parametrize(("algorithm", "named"), [("sha256ac", ("evidence[0].value",)), ("blake3", ())])
def test_a_hash_that_is_not_what_its_algorithm_says_is_kept_as_it_came(
    algorithm: Json, named: tuple[str, ...]
) -> None:
    item = {"@odata.type": "#microsoft.graph.security.fileHashEvidence", "algorithm": algorithm}
    alert = read(raw("graph") | {"evidence": [item | {"value": "ab" * 20}]}, "graph")
    assert alert.unreadable == named
    assert (alert.evidence[0].sha1, alert.evidence[0].extra["value"]) == (None, "ab" * 20)
