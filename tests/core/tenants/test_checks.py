"""What a look at a tenant found wrong, in words that a row can hold."""

import pytest

from shared.core.tenants import checks
from shared.errors import AccessDenied, AppError, ForeignToken, Throttled, Unavailable, UnexpectedResponse


@pytest.mark.parametrize(
    ("err", "word"),
    [
        (AccessDenied("no token: AADSTS700016: Application was not found"), "graph:AADSTS700016"),
        (Unavailable("AADSTS90002 tenant not found"), "graph:AADSTS90002"),
        (ForeignToken("the token is of another tenant"), "graph:foreign"),
        (
            AccessDenied("403", status=403, needed="ThreatHunting.Read.All"),
            "graph:role=ThreatHunting.Read.All",
        ),
        (
            AccessDenied("403", status=403, needed="A.Read.All", roles=("A.ReadWrite.All",)),
            "graph:licence",
        ),
        (AccessDenied("401", status=401), "graph:refused"),
        (Throttled("429", retry_after=1), "graph:unreachable"),
        (Unavailable("timeout"), "graph:unreachable"),
        (UnexpectedResponse("400"), "graph:refused"),
    ],
)
def test_each_failure_has_one_word(err: AppError, word: str) -> None:
    assert checks.word_of(checks.GRAPH, err) == word
    assert " " not in word


def test_a_role_to_write_is_one_to_read_and_each_other_that_is_missing_is_named() -> None:
    held = ("Alert.ReadWrite.All", "Machine.Read.All", "User.Read.All", "File.Read.All", "Ip.Read.All")
    assert checks.missing(checks.DEFENDER, checks.DEFENDER_ROLES, held) == ("defender:role=Url.Read.All",)
    assert checks.missing(checks.GRAPH, checks.GRAPH_ROLES, ()) == ("graph:role=ThreatHunting.Read.All",)
    assert len(checks.kept(tuple(f"graph:{n}" for n in range(100)))) == 20
