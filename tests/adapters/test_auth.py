"""Tokens, asked by azure-identity's own credential from the local identity endpoint, or by a scripted one."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from local.identity import DEFENDER, GRAPH, IdentityEndpoint
from shared.adapters.http.auth import Claims, Tokens, claims, own_credential
from shared.errors import AccessDenied, ConfigError, Unavailable

DEFENDER_SCOPE = f"{DEFENDER}/.default"
GRAPH_SCOPE = f"{GRAPH}/.default"


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityEndpoint]:
    with IdentityEndpoint(roles={DEFENDER: ["Alert.Read.All", "Machine.Read.All"]}) as endpoint:
        for name, value in endpoint.settings.items():
            monkeypatch.setenv(name, value)
        yield endpoint


def tokens_of(endpoint: IdentityEndpoint, *scopes: str, client_id: str | None = None) -> Tokens:
    make = own_credential(os.environ, client_id or endpoint.identity.client_id, "https://login.example")
    return Tokens(make, scopes)


def test_the_managed_identity_is_asked_once_for_many_calls(identity: IdentityEndpoint) -> None:
    tokens = tokens_of(identity, DEFENDER_SCOPE)
    first = tokens.token(DEFENDER_SCOPE)
    assert [tokens.token(DEFENDER_SCOPE) for _ in range(3)] == [first] * 3
    assert identity.asked == {DEFENDER: 1}
    assert claims(first).roles == ("Alert.Read.All", "Machine.Read.All")
    assert (claims(first).audience, claims(first).tenant) == (DEFENDER, identity.identity.tenant_id)
    assert claims(first).expires > 0


def test_a_refused_token_is_replaced_by_one_from_the_platform(identity: IdentityEndpoint) -> None:
    tokens = tokens_of(identity, DEFENDER_SCOPE)
    old = tokens.token(DEFENDER_SCOPE)
    identity.set_roles(DEFENDER, ["File.Read.All"])
    new = tokens.token(DEFENDER_SCOPE, instead_of=old)
    assert claims(new).roles == ("File.Read.All",)
    assert identity.asked == {DEFENDER: 2}


def test_threads_that_meet_the_same_refusal_fetch_one_token_between_them(identity: IdentityEndpoint) -> None:
    tokens = tokens_of(identity, DEFENDER_SCOPE)
    old = tokens.token(DEFENDER_SCOPE)
    with ThreadPoolExecutor(8) as pool:
        news = set(pool.map(lambda _: tokens.token(DEFENDER_SCOPE, instead_of=old), range(8)))
    assert len(news) == 1 and old not in news
    assert identity.asked == {DEFENDER: 2}


def test_the_storage_sdk_can_ask_here_too(identity: IdentityEndpoint) -> None:
    tokens = tokens_of(identity, DEFENDER_SCOPE)
    given = tokens.get_token(DEFENDER_SCOPE, enable_cae=True)
    assert given.token == tokens.token(DEFENDER_SCOPE)
    with pytest.raises(ConfigError):
        tokens.get_token(DEFENDER_SCOPE, GRAPH_SCOPE)


def test_no_token_is_asked_for_a_scope_the_app_has_no_use_for(identity: IdentityEndpoint) -> None:
    with pytest.raises(ConfigError, match="graph"):
        tokens_of(identity, DEFENDER_SCOPE).token(GRAPH_SCOPE)
    assert (identity.asked, identity.refused) == ({}, {})


def test_an_identity_that_does_not_exist_is_a_matter_for_a_person(identity: IdentityEndpoint) -> None:
    with pytest.raises(AccessDenied, match="no token for") as caught:
        tokens_of(identity, DEFENDER_SCOPE, client_id="not-ours").token(DEFENDER_SCOPE)
    assert caught.value.audience == DEFENDER_SCOPE


@dataclass
class _Credential:
    """Gives numbered tokens that live `lifetime` seconds, or raises `failure`."""

    clock: Callable[[], float]
    lifetime: int = 3_600
    failure: Exception | None = None
    given: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        if self.failure is not None:
            raise self.failure
        with self.lock:
            self.given += 1
            return AccessToken(f"token-{self.given}", int(self.clock()) + self.lifetime)


@dataclass
class _Time:
    at: float = 1_000_000.0

    def __call__(self) -> float:
        return self.at


def test_a_token_is_renewed_five_minutes_before_it_expires() -> None:
    now = _Time()
    credential = _Credential(now)
    tokens = Tokens(lambda: credential, ["s"], now=now)
    assert tokens.token("s") == "token-1"
    now.at += 3_299
    assert tokens.token("s") == "token-1"
    now.at += 2
    assert tokens.token("s") == "token-2"


def test_a_token_that_cannot_be_renewed_is_used_while_it_is_good() -> None:
    now = _Time()
    credential = _Credential(now)
    tokens = Tokens(lambda: credential, ["s"], now=now)
    tokens.token("s")
    credential.failure = ServiceRequestError("no route")
    now.at += 3_400
    assert tokens.token("s") == "token-1"
    now.at += 180
    with pytest.raises(Unavailable, match="no route"):
        tokens.token("s")


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (ServiceRequestError("no route"), Unavailable),
        (ClientAuthenticationError("no such identity"), AccessDenied),
    ],
)
def test_a_credential_that_fails_ends_by_fate(failure: Exception, kind: type[Exception]) -> None:
    now = _Time()
    tokens = Tokens(lambda: _Credential(now, failure=failure), ["s"], now=now)
    with pytest.raises(kind):
        tokens.token("s")


@pytest.mark.parametrize("text", ["", "a.b.c", "....", "a.eyJ9", "x." + "W10" + ".y", "é.é.é"])
def test_text_that_is_no_token_has_no_claims(text: str) -> None:
    assert claims(text) == Claims()
