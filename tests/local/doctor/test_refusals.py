"""A refusal is told apart: the role is missing, the token is another API's, or it is the licence."""

from collections.abc import Iterator

import pytest

from local.doctor import services
from local.doctor.check import Check
from local.doctor.identity import GRANT, LICENSED
from local.identity import DEFENDER, GRAPH
from local.ops.parser import Where
from local.ops.target import opened
from local.stack import ROLES
from tests.adapters.service import Reply, Service
from tests.local.doctor.conftest import OTHER_DEFENDER, Parts, examined, with_settings

FORBIDDEN = {"error": {"code": "Forbidden", "message": "The tenant has no licence for it."}}


@pytest.fixture
def refusing(parts: Parts) -> Iterator[Service]:
    """A service that refuses every call with 403, whatever the token holds."""
    with Service(parts.stack.certificates) as service:
        service.answer = lambda asked: Reply(403, FORBIDDEN)
        yield service


def checks(parts: Parts, **settings: str) -> dict[str, Check]:
    with opened(Where(), with_settings(parts, settings)) as target:
        return {check.what: check for check in services.look_at(target, {})}


def test_a_403_with_the_role_in_the_token_is_the_licence_or_the_audience(
    parts: Parts, refusing: Service
) -> None:
    hunting = checks(parts, GRAPH_API_URL=refusing.url)["hunting"]
    assert (hunting.verdict, hunting.todo) == ("!!", LICENSED)
    assert "Defender for Business" in hunting.todo and "grant" not in hunting.todo


def test_a_403_without_the_role_is_a_grant(parts: Parts, refusing: Service) -> None:
    with parts.roles(GRAPH, "SecurityAlert.Read.All"):
        hunting = checks(parts, GRAPH_API_URL=refusing.url)["hunting"]
    assert (hunting.verdict, hunting.todo) == ("!!", GRANT)


def test_a_401_is_the_audience(parts: Parts) -> None:
    with parts.roles(OTHER_DEFENDER, *ROLES[DEFENDER]):
        found = checks(parts, DEFENDER_API_SCOPE=f"{OTHER_DEFENDER}/.default")
    assert "401 is a token for somebody else" in found["alerts (defender)"].todo


def test_look_ups_are_told_apart_too(parts: Parts, refusing: Service) -> None:
    with parts.roles(DEFENDER, "Alert.Read.All", "Machine.Read.All"):
        found = checks(parts, DEFENDER_API_URL=refusing.url)
    assert found["look-up of devices"].todo == LICENSED
    assert {found[f"look-up of {kind}"].todo for kind in ("users", "files", "addresses", "domains")} == {
        GRANT
    }
    assert found["alerts (defender)"].todo == LICENSED


def test_no_line_of_a_log_is_printed(
    parts: Parts, refusing: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refusal is logged by the app's own client; Python prints a warning that nobody listens to."""
    import logging

    from local import doctor
    from local.ops import target as targets

    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(logging.getLogger("alerts"), "handlers", [])
    state = with_settings(parts, {"GRAPH_API_URL": refusing.url})
    monkeypatch.setattr(targets, "running", lambda: state)
    assert doctor.main([]) == 1
    assert capsys.readouterr().err == ""


def test_a_host_that_does_not_answer_is_named(parts: Parts) -> None:
    report = examined(parts, settings={"GRAPH_API_URL": "https://127.0.0.1:9"})
    said = report.line("--", "clock of Graph")
    assert "Graph does not answer at https://127.0.0.1:9: the connection is refused" in said
    assert any("proxy, firewall" in line for line in report.lines)


def test_of_the_local_stack_nothing_is_published(parts: Parts) -> None:
    report = examined(parts)
    assert not [line for line in report.lines if line[4:].startswith(("package ", "version ", "cloud "))]
