"""How the host finds storage from app settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from azure.core.exceptions import ClientAuthenticationError

from local.host.app_settings import AppSettings
from local.host.clock import HostClock
from local.host.connection import ConnectionFailed, queue_service
from local.host.queues import Queues
from local.identity import STORAGE, IdentityEndpoint
from tests.local.host.conftest import Storage

NAME = "AzureWebJobsStorage"


def _identity_settings(storage: Storage, identity: IdentityEndpoint, client_id: str) -> dict[str, str]:
    return {
        f"{NAME}__queueServiceUri": storage.azurite.queue_uri,
        f"{NAME}__credential": "managedidentity",
        f"{NAME}__clientId": client_id,
        **identity.settings,
    }


def _count(settings: dict[str, str], ca: Path) -> int:
    queues = Queues(
        queue_service(NAME, AppSettings(settings), ca_bundle=ca), base64_bodies=True, clock=HostClock(60)
    )
    queues.send("connection-test", b"x")
    return queues.count("connection-test")


def test_the_real_credential_reaches_storage_and_this_process_s_environment_stays_its_own(
    storage: Storage, identity: IdentityEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # would swallow the token call
    monkeypatch.setenv("IDENTITY_HEADER", "the caller's own")
    before, asked = dict(os.environ), identity.asked.get(STORAGE, 0)
    settings = _identity_settings(storage, identity, identity.identity.client_id)
    assert _count(settings, storage.certificates.ca) >= 1
    assert identity.asked[STORAGE] == asked + 1
    assert dict(os.environ) == before


def test_a_wrong_client_id_is_refused_by_the_identity_endpoint(
    storage: Storage, identity: IdentityEndpoint
) -> None:
    with pytest.raises(ClientAuthenticationError, match="No User Assigned"):
        _count(_identity_settings(storage, identity, "another"), storage.certificates.ca)


def test_a_connection_string_wins(storage: Storage) -> None:
    assert _count({**storage.settings, f"{NAME}__queueServiceUri": "https://x"}, storage.certificates.ca) >= 1


def test_the_account_name_is_enough_for_the_host_s_own_connection_only(identity: IdentityEndpoint) -> None:
    own = AppSettings({f"{NAME}__accountName": "acct", **identity.settings})
    assert queue_service(NAME, own).url.rstrip("/") == "https://acct.queue.core.windows.net"
    with pytest.raises(ConnectionFailed, match="Other__queueServiceUri"):
        queue_service("Other", AppSettings({"Other__accountName": "acct", **identity.settings}))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "neither a connection string"),
        ({f"{NAME}__queueServiceUri": "https://a"}, "no identity endpoint"),
        (
            {f"{NAME}__queueServiceUri": "https://a", f"{NAME}__credential": "secret"},
            "only be managedidentity",
        ),
        ({f"{NAME}__queueServiceUri": "https://a", f"{NAME}__clientId": "c"}, "__credential=managedidentity"),
    ],
)
def test_a_connection_that_cannot_work_says_what_is_missing(settings: dict[str, str], words: str) -> None:
    with pytest.raises(ConnectionFailed, match=words):
        queue_service(NAME, AppSettings(settings))
