"""The identity endpoint, asked by azure-identity's own credential."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import jwt
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ManagedIdentityCredential

from local.identity import (
    DEFENDER,
    GRAPH,
    STORAGE,
    Identity,
    IdentityEndpoint,
    TokenIssuer,
    TokenRefused,
    verify,
)


@pytest.fixture(scope="module")
def issuer() -> TokenIssuer:
    return TokenIssuer()


@pytest.fixture
def endpoint(issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityEndpoint]:
    roles = {DEFENDER: ["Alert.Read.All"], GRAPH: ["ThreatHunting.Read.All"], STORAGE: []}
    with IdentityEndpoint(issuer=issuer, roles=roles) as running:
        for name, value in running.settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield running


def _ask(endpoint: IdentityEndpoint, *, header: str | None = None, **query: str) -> requests.Response:
    settings = endpoint.settings
    headers = {"X-IDENTITY-HEADER": settings["IDENTITY_HEADER"] if header is None else header}
    params = {"api-version": "2019-08-01", "resource": GRAPH, **query}
    return requests.get(settings["IDENTITY_ENDPOINT"], params=params, headers=headers, timeout=60)


@pytest.mark.parametrize(
    ("resource", "role"), [(DEFENDER, "Alert.Read.All"), (GRAPH, "ThreatHunting.Read.All")]
)
def test_the_real_credential_gets_a_token_with_audience_and_roles(
    endpoint: IdentityEndpoint, resource: str, role: str
) -> None:
    identity = endpoint.identity
    token = ManagedIdentityCredential(client_id=identity.client_id).get_token(f"{resource}/.default").token
    claims = verify(token, public_key=endpoint.issuer.public_key, audience=resource)
    assert claims["roles"] == [role]
    assert (claims["appid"], claims["tid"]) == (identity.client_id, identity.tenant_id)
    assert claims["iss"] == f"https://sts.windows.net/{identity.tenant_id}/"
    assert endpoint.asked == {resource: 1}


def test_a_storage_token_has_no_roles_claim(endpoint: IdentityEndpoint) -> None:
    credential = ManagedIdentityCredential(client_id=endpoint.identity.client_id)
    token = credential.get_token(f"{STORAGE}/.default").token
    assert "roles" not in verify(token, public_key=endpoint.issuer.public_key, audience=STORAGE)


def test_without_a_client_id_the_real_credential_is_refused(endpoint: IdentityEndpoint) -> None:
    with pytest.raises(ClientAuthenticationError, match="No User Assigned or Delegated Managed Identity"):
        ManagedIdentityCredential().get_token(f"{GRAPH}/.default")
    assert endpoint.refused == {400: 1}


def test_refusals_have_the_platform_s_status(endpoint: IdentityEndpoint) -> None:
    client_id = endpoint.identity.client_id
    assert _ask(endpoint, header="wrong", client_id=client_id).status_code == 401
    assert _ask(endpoint, client_id="00000000-0000-0000-0000-000000000000").status_code == 400
    assert _ask(endpoint).status_code == 400
    assert _ask(endpoint, client_id=client_id, **{"api-version": "2017-09-01"}).status_code == 400
    assert _ask(endpoint, client_id=client_id, resource="https://elsewhere.example").status_code == 500
    good = _ask(endpoint, client_id=client_id.upper())
    assert good.status_code == 200
    assert set(good.json()) == {"access_token", "expires_on", "resource", "token_type", "client_id"}
    assert endpoint.refused == {401: 1, 400: 3, 500: 1}


def test_changed_roles_show_in_the_next_token(endpoint: IdentityEndpoint) -> None:
    endpoint.set_roles(GRAPH, [])
    token = _ask(endpoint, client_id=endpoint.identity.client_id).json()["access_token"]
    assert "roles" not in verify(token, public_key=endpoint.issuer.public_key, audience=GRAPH)


def test_a_short_lifetime_makes_the_credential_ask_again(endpoint: IdentityEndpoint) -> None:
    credential = ManagedIdentityCredential(client_id=endpoint.identity.client_id)
    for _ in range(2):
        credential.get_token(f"{GRAPH}/.default")
    assert endpoint.asked == {GRAPH: 1}  # the first was kept
    endpoint.set_lifetime(100)
    fresh = ManagedIdentityCredential(client_id=endpoint.identity.client_id)
    for _ in range(2):
        fresh.get_token(f"{GRAPH}/.default")
    assert endpoint.asked == {GRAPH: 3}


def test_a_token_is_verified_from_a_key_file_and_for_one_audience(
    issuer: TokenIssuer, tmp_path: Path
) -> None:
    key = issuer.write_public_key(tmp_path / "identity.pem")
    token, _ = issuer.issue(Identity(), GRAPH, roles=["A"], lifetime_seconds=60)
    assert verify(token, public_key=key, audience=GRAPH + "/")["roles"] == ["A"]
    with pytest.raises(TokenRefused):
        verify(token, public_key=key, audience=DEFENDER)


def test_expired_forged_and_unsigned_tokens_are_refused(issuer: TokenIssuer) -> None:
    expired, _ = issuer.issue(Identity(), GRAPH, roles=(), lifetime_seconds=-1)
    forged, _ = TokenIssuer().issue(Identity(), GRAPH, roles=(), lifetime_seconds=60)
    genuine, _ = issuer.issue(Identity(), GRAPH, roles=(), lifetime_seconds=60)
    unsigned = jwt.encode(jwt.decode(genuine, options={"verify_signature": False}), "", algorithm="none")
    for token in (expired, forged, unsigned, "not a token", ""):
        with pytest.raises(TokenRefused):
            verify(token, public_key=issuer.public_key, audience=GRAPH)


def test_a_client_that_dies_while_it_asks_prints_nothing(
    endpoint: IdentityEndpoint, capfd: pytest.CaptureFixture[str]
) -> None:
    where = urlsplit(endpoint.settings["IDENTITY_ENDPOINT"])
    asking = socket.create_connection((str(where.hostname), int(where.port or 0)))
    asking.send(b"GET ")
    asking.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    asking.close()  # with a reset, as when a process is killed
    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline and not (said := capfd.readouterr().err):
        time.sleep(0.02)
    assert said == ""
    assert _ask(endpoint, client_id=endpoint.identity.client_id).status_code == 200
