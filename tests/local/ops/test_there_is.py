"""Whether Entra knows a tenant: asked of the endpoint on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.certs import make_certificates
from local.identity import Customer, Directory, Identity, TokenIssuer
from local.identity.entra import TokenEndpoint
from local.ops import there_is


@pytest.fixture
def entra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenEndpoint]:
    tls = make_certificates(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.ca))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with TokenEndpoint(Directory(Identity()), TokenIssuer(), tls=(tls.cert, tls.key)) as running:
        yield running


def test_a_tenant_is_there_or_not_and_nobody_knows_where_entra_does_not_answer(entra: TokenEndpoint) -> None:
    known = entra.directory.put(Customer()).tenant_id
    assert there_is.tenant(entra.url, known) is True
    assert there_is.tenant(entra.url, Customer().tenant_id) is False
    entra.stop()
    assert there_is.tenant(entra.url, known) is None


def test_any_other_answer_says_nothing_of_the_tenant(entra: TokenEndpoint) -> None:
    assert there_is.tenant(f"{entra.url}/elsewhere", Customer().tenant_id) is None
