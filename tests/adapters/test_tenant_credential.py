"""Tokens of other tenants: azure-identity's own credential, against a scripted host for tokens."""

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs

import pytest

from shared.adapters.http import JsonApi, Tokens, new_session, tenant_credential
from shared.adapters.http.json_api import Call
from shared.errors import AccessDenied, ForeignToken, Unavailable
from tests.adapters.service import Asked, FakeClock, Reply, Service

ACME, BETA = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
APP = "00000000-0000-0000-0000-00000000a001"
SCOPE = "https://api.example/.default"


def token_of(tenant_id: str, **more: object) -> str:
    said = base64.urlsafe_b64encode(json.dumps({"tid": tenant_id, **more}).encode()).decode().rstrip("=")
    return f"e30.{said}.c2ln"


def entra(asked: Asked) -> Reply:
    """A token of the tenant that the address names."""
    token = token_of(asked.path.split("/")[1])
    return Reply(body={"access_token": token, "expires_in": 3_600, "token_type": "Bearer"})


def tokens_of(service: Service, tenant_id: str, assertion: Callable[[], str] = lambda: "the proof") -> Tokens:
    credential = tenant_credential(tenant_id, APP, assertion, service.url, new_session())
    return Tokens(credential, [SCOPE], tenant_id=tenant_id)


def test_each_tenants_token_is_asked_of_its_own_address_with_the_identitys_proof(service: Service) -> None:
    service.answer = entra
    for tenant_id in (ACME, BETA):
        assert tokens_of(service, tenant_id).token(SCOPE) == token_of(tenant_id)
    assert [(one.method, one.path) for one in service.asked] == [
        ("POST", f"/{each}/oauth2/v2.0/token") for each in (ACME, BETA)
    ]
    body = parse_qs(service.asked[0].body.decode())
    assert body["client_assertion"] == ["the proof"]
    assert (body["client_id"], body["scope"]) == ([APP], [SCOPE])
    assert body["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]


@pytest.mark.parametrize("foreign", [BETA, "", ACME[:-1]])
def test_a_token_of_another_tenant_is_refused_and_no_call_carries_it(service: Service, foreign: str) -> None:
    body = {"access_token": token_of(foreign), "expires_in": 3_600, "token_type": "Bearer"}
    service.answer = lambda _: Reply(body=body)
    tokens = tokens_of(service, ACME)
    api = JsonApi("defender", service.url, SCOPE, tokens, clock=FakeClock())
    for _ in range(2):
        with pytest.raises(ForeignToken, match=f"asked for tenant {ACME}"):
            api.send(Call(api="defender alerts", path="/api/alerts"))
    assert {one.path for one in service.asked} == {f"/{ACME}/oauth2/v2.0/token"}


def test_a_token_that_turns_foreign_when_it_is_renewed_is_not_used_either(service: Service) -> None:
    service.answer = entra
    tokens = tokens_of(service, ACME)
    first = tokens.token(SCOPE)
    body = {"access_token": token_of(BETA), "expires_in": 3_600, "token_type": "Bearer"}
    service.answer = lambda _: Reply(body=body)
    with pytest.raises(ForeignToken):
        tokens.token(SCOPE, instead_of=first)
    assert tokens.token(SCOPE) == first


def test_tenants_side_by_side_over_the_same_connections_get_their_own_tokens_alone(service: Service) -> None:
    service.answer = entra
    session, ids = new_session(32), [f"{n:08d}-2222-3333-4444-555555555555" for n in range(24)]
    held = [
        Tokens(tenant_credential(each, APP, lambda: "p", service.url, session), [SCOPE], tenant_id=each)
        for each in ids
    ]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda tokens: tokens.token(SCOPE), held))
    assert got == [token_of(each) for each in ids]
    assert sorted(one.path.split("/")[1] for one in service.asked) == ids


def test_over_one_session_each_tenants_calls_carry_its_own_token_and_no_cookie(service: Service) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/token"):
            return entra(asked)
        return Reply(body={"value": []}, headers={"Set-Cookie": f"who={asked.path[1:]}; Path=/"})

    service.answer = answer
    session, ids = new_session(32), [f"{n:08d}-2222-3333-4444-555555555555" for n in range(8)]
    apis = {
        each: JsonApi(
            "defender",
            service.url,
            SCOPE,
            Tokens(tenant_credential(each, APP, lambda: "p", service.url, session), [SCOPE], tenant_id=each),
            clock=FakeClock(),
            session=session,
        )
        for each in ids
    }
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: apis[each].send(Call(api="x", path=f"/{each}")), ids * 8))
    calls = [asked for asked in service.asked if not asked.path.endswith("/token")]
    assert len(calls) == 64
    for asked in calls:
        assert asked.headers["Authorization"] == f"Bearer {token_of(asked.path[1:])}"
        assert "Cookie" not in asked.headers


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "AADSTS700016", AccessDenied),
        (401, "AADSTS700211", AccessDenied),
        (503, "AADSTS90033", Unavailable),
    ],
)
def test_entras_number_is_in_the_error(
    service: Service, status: int, code: str, kind: type[Exception]
) -> None:
    said = {"error": "invalid_client", "error_description": f"{code}: it was refused."}
    service.answer = lambda _: Reply(status, said)
    with pytest.raises(kind, match=code):
        tokens_of(service, ACME).token(SCOPE)


def test_an_identity_without_a_proof_is_the_identitys_failure(service: Service) -> None:
    def none() -> str:
        raise Unavailable("no token for the exchange", service="identity")

    with pytest.raises(Unavailable, match="for the exchange"):
        tokens_of(service, ACME, none).token(SCOPE)
    assert service.asked == []
