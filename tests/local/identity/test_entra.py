"""Entra's token endpoint, asked by azure-identity's own `ClientAssertionCredential`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
import requests
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.identity import ClientAssertionCredential, ManagedIdentityCredential

from local.certs import Certificates, make_certificates
from local.identity import (
    DEFENDER,
    EXCHANGE,
    GRAPH,
    Customer,
    Directory,
    Identity,
    IdentityEndpoint,
    TokenIssuer,
    Trust,
    trust_in,
    verify,
)
from local.identity.entra import ASSERTION_TYPE, TokenEndpoint

_ROLES = {DEFENDER: ("Alert.Read.All",), GRAPH: ("ThreatHunting.Read.All",)}


@pytest.fixture(scope="module")
def issuer() -> TokenIssuer:
    return TokenIssuer()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"))


@dataclass
class _Provider:
    """The endpoint, one customer, and how the app's identity asks."""

    endpoint: TokenEndpoint
    identity: IdentityEndpoint
    customer: Customer

    @property
    def directory(self) -> Directory:
        return self.endpoint.directory

    def credential(
        self, tenant: str | None = None, *, app: str | None = None, assertion: Callable[[], str] | None = None
    ) -> ClientAssertionCredential:
        own = ManagedIdentityCredential(client_id=self.identity.identity.client_id)
        return ClientAssertionCredential(
            tenant or self.customer.tenant_id,
            app or self.directory.app_id,
            assertion or (lambda: own.get_token(f"{EXCHANGE}/.default").token),
            authority=self.endpoint.url,
            retry_total=0,
        )

    def refusal(self, credential: ClientAssertionCredential, api: str = DEFENDER) -> str:
        with pytest.raises(ClientAuthenticationError) as refused:
            credential.get_token(f"{api}/.default")
        return str(refused.value)


@pytest.fixture
def provider(
    issuer: TokenIssuer, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> Iterator[_Provider]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    identity = Identity()
    directory = Directory(identity)
    customer = directory.put(Customer(roles=_ROLES))
    tls = (certificates.cert, certificates.key)
    with (
        IdentityEndpoint(identity=identity, issuer=issuer) as running,
        TokenEndpoint(directory, issuer, tls=tls) as endpoint,
    ):
        for name, value in running.settings.items():
            monkeypatch.setenv(name, value)
        yield _Provider(endpoint, running, customer)


def test_the_identity_s_assertion_becomes_a_token_of_the_tenant_that_was_asked(
    provider: _Provider, issuer: TokenIssuer
) -> None:
    other = provider.directory.put(Customer(roles={DEFENDER: ("Machine.Read.All",), GRAPH: ()}))
    told = {
        tenant: verify(
            provider.credential(tenant).get_token(f"{DEFENDER}/.default").token,
            public_key=issuer.public_key,
            audience=DEFENDER,
        )
        for tenant in (provider.customer.tenant_id, other.tenant_id)
    }
    assert {tenant: claims["tid"] for tenant, claims in told.items()} == {tenant: tenant for tenant in told}
    assert [claims["roles"] for claims in told.values()] == [["Alert.Read.All"], ["Machine.Read.All"]]
    assert {claims["appid"] for claims in told.values()} == {provider.directory.app_id}
    assert [given.tenant_id for given in provider.endpoint.given] == list(told)
    # The tenant that was asked is nowhere in the assertion: it is the same for all.
    assert set(provider.identity.asked) == {EXCHANGE}


def test_an_api_that_nothing_is_granted_on_gives_a_token_without_roles(
    provider: _Provider, issuer: TokenIssuer
) -> None:
    provider.directory.grant(provider.customer.tenant_id, GRAPH, ())
    token = provider.credential().get_token(f"{GRAPH}/.default").token
    assert "roles" not in verify(token, public_key=issuer.public_key, audience=GRAPH)


def test_a_token_is_asked_for_once_while_it_lasts(provider: _Provider) -> None:
    credential = provider.credential()
    for _ in range(3):
        credential.get_token(f"{GRAPH}/.default")
    assert [given.api for given in provider.endpoint.given] == [GRAPH]


def test_a_tenant_that_is_not_there_is_90002(provider: _Provider) -> None:
    nowhere = "11111111-2222-3333-4444-555555555555"
    assert "AADSTS90002" in provider.refusal(provider.credential(nowhere))


def test_an_app_that_nobody_knows_is_700016(provider: _Provider) -> None:
    assert "AADSTS700016" in provider.refusal(provider.credential(app=provider.customer.tenant_id))


def test_a_tenant_without_consent_is_7000229(provider: _Provider) -> None:
    provider.directory.put(replace(provider.customer, is_consented=False))
    assert "AADSTS7000229" in provider.refusal(provider.credential())


def test_a_tenant_without_defender_is_500011_for_that_api_alone(provider: _Provider) -> None:
    provider.directory.grant(provider.customer.tenant_id, DEFENDER, None)
    assert "AADSTS500011" in provider.refusal(provider.credential())
    assert provider.credential().get_token(f"{GRAPH}/.default").token


@pytest.mark.parametrize(
    ("wrong", "number"),
    [("issuer", 700211), ("subject", 700213), ("audience", 700212)],
)
def test_a_credential_that_names_another_is_told_by_what_differs(
    provider: _Provider, wrong: str, number: int
) -> None:
    genuine = trust_in(provider.identity.identity)
    # Another letter's case is another identity: Entra compares them letter by letter.
    provider.directory.trusts = (replace(genuine, **{wrong: getattr(genuine, wrong).upper()}),)
    assert f"AADSTS{number}" in provider.refusal(provider.credential())


def test_a_second_credential_that_fits_is_enough(provider: _Provider) -> None:
    genuine = trust_in(provider.identity.identity)
    provider.directory.trusts = (Trust("https://issuer.example", "somebody"), genuine)
    assert provider.credential().get_token(f"{GRAPH}/.default").token


def test_an_app_of_another_tenant_than_the_identity_s_is_700236(provider: _Provider) -> None:
    provider.directory.app_tenant_id = provider.customer.tenant_id
    assert "AADSTS700236" in provider.refusal(provider.credential())


def test_an_assertion_that_is_over_or_forged_is_refused(provider: _Provider, issuer: TokenIssuer) -> None:
    identity = provider.identity.identity
    over = issuer.issue_assertion(identity, lifetime_seconds=-1)[0]
    assert "AADSTS700024" in provider.refusal(provider.credential(assertion=lambda: over))
    forged = TokenIssuer().issue_assertion(identity, lifetime_seconds=600)[0]
    for bad in (forged, "no token"):
        assert "AADSTS700027" in provider.refusal(provider.credential(assertion=lambda bad=bad: bad))  # type: ignore[misc]  # a default binds the loop's value


def test_a_token_for_an_api_is_no_assertion(provider: _Provider, issuer: TokenIssuer) -> None:
    own = issuer.issue(provider.identity.identity, GRAPH, roles=(), lifetime_seconds=600)[0]
    assert "AADSTS700211" in provider.refusal(provider.credential(assertion=lambda: own))


def test_a_refusal_has_every_documented_member_and_the_number_in_each_place(
    provider: _Provider, certificates: Certificates
) -> None:
    answer = requests.post(
        f"{provider.endpoint.url}/{provider.customer.tenant_id}/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": provider.directory.app_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": "no token",
            "scope": f"{GRAPH}/.default",
        },
        verify=str(certificates.ca),
        timeout=60,
    )
    body = answer.json()
    assert answer.status_code == 401
    assert set(body) == {
        "error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id", "error_uri",
    }  # fmt: skip
    assert body["error_codes"] == [700027]
    assert body["error_description"].startswith("AADSTS700027: ")
    assert body["error_uri"].endswith("=700027")
    assert provider.endpoint.refused == {700027: 1}


def test_whoever_asks_without_a_scope_or_in_another_way_is_refused(provider: _Provider) -> None:
    tenant, app = provider.customer.tenant_id, provider.directory.app_id
    own = ManagedIdentityCredential(client_id=provider.identity.identity.client_id)
    form = {
        "grant_type": "client_credentials",
        "client_id": app,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": own.get_token(f"{EXCHANGE}/.default").token,
    }
    numbers = [
        provider.endpoint.answer(tenant, form | more)[1]["error_codes"][0]
        for more in ({}, {"scope": GRAPH}, {"grant_type": "password"}, {"client_assertion": ""})
    ]
    assert numbers == [1002012, 1002012, 70003, 7000218]


def test_it_answers_nothing_but_token_requests(provider: _Provider, certificates: Certificates) -> None:
    for method, path, status in (("GET", "x/oauth2/v2.0/token", 405), ("POST", "x/oauth2/token", 404)):
        url = f"{provider.endpoint.url}/{path}"
        answer = requests.request(method, url, verify=str(certificates.ca), timeout=60)
        assert answer.status_code == status


def test_without_trust_in_its_certificate_nothing_is_asked(
    provider: _Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(AzureError, match="CERTIFICATE_VERIFY_FAILED"):
        provider.credential().get_token(f"{GRAPH}/.default")
    assert provider.endpoint.given == []
