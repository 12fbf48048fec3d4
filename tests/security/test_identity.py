"""What the identity is asked for, who gets which token, and what is done with it."""

import pytest

from local.identity import DEFENDER, GRAPH, STORAGE
from tests.security.conftest import Siege, Watched

pytestmark = pytest.mark.xdist_group("siege")


def test_over_a_whole_run_tokens_are_asked_for_three_services_and_no_other(siege: Siege) -> None:
    assert set(siege.stack.identity.asked) == {DEFENDER, GRAPH, STORAGE}
    assert siege.stack.identity.refused == {}


def test_each_service_gets_tokens_of_its_own_audience_and_nobody_else_gets_one(
    siege: Siege, watched: Watched
) -> None:
    settings = siege.stack.settings
    assert watched.audiences == {
        watched.origin(settings["DEFENDER_API_URL"]): {DEFENDER},
        watched.origin(settings["GRAPH_API_URL"]): {GRAPH},
        watched.origin(siege.stack.azurite.table_uri): {STORAGE},
        watched.origin(settings["IDENTITY_ENDPOINT"]): {""},
    }


def test_nothing_is_ever_changed_at_defender_or_graph(siege: Siege, watched: Watched) -> None:
    settings = siege.stack.settings
    defender, graph = (watched.origin(settings[f"{name}_API_URL"]) for name in ("DEFENDER", "GRAPH"))
    assert {method for method, origin, _ in watched.calls if origin == defender} == {"GET"}
    asked = {(method, path) for method, origin, path in watched.calls if origin == graph}
    assert asked == {("POST", "/v1.0/security/runHuntingQuery")}


def test_no_service_refused_a_token_or_a_call_for_a_role(siege: Siege) -> None:
    for answers in siege.stack.control("calls").values():
        assert not {"401", "403"} & answers.keys()
