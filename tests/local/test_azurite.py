"""Azurite as the local stack runs it: HTTPS, tokens, and an end that comes with its parent's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from azure.core.credentials import AccessToken
from azure.data.tables import TableServiceClient
from azure.storage.queue import QueueServiceClient

from local.azurite import NODE_MODULES, Azurite, AzuriteFailed, azurite_script
from local.certs import Certificates
from local.identity import GRAPH, STORAGE, Identity, TokenIssuer


@pytest.fixture(scope="module")
def azurite(certificates: Certificates) -> Iterator[Azurite]:
    with Azurite(cert=certificates.cert, key=certificates.key) as running:
        yield running


def test_it_serves_tables_and_queues_over_https_by_shared_key_and_by_token(
    azurite: Azurite, certificates: Certificates
) -> None:
    issuer, identity = TokenIssuer(), Identity()

    class _Credential:
        def get_token(self, *scopes: str, **_: object) -> AccessToken:
            return AccessToken(*issuer.issue(identity, STORAGE, roles=(), lifetime_seconds=600))

    assert azurite.queue_uri.startswith("https://127.0.0.1:")
    by_key = QueueServiceClient.from_connection_string(
        azurite.connection_string, connection_verify=str(certificates.ca)
    )
    by_key.create_queue("letters").send_message("hello")
    by_token = QueueServiceClient(
        azurite.queue_uri, credential=_Credential(), connection_verify=str(certificates.ca)
    )
    assert [m.content for m in by_token.get_queue_client("letters").receive_messages()] == ["hello"]
    tables = TableServiceClient(
        endpoint=azurite.table_uri, credential=_Credential(), connection_verify=str(certificates.ca)
    )
    table = tables.create_table("Letters")
    table.upsert_entity({"PartitionKey": "p", "RowKey": "r", "Text": "hello"})
    assert table.get_entity("p", "r")["Text"] == "hello"


def test_a_token_for_another_audience_is_refused(azurite: Azurite, certificates: Certificates) -> None:
    token, _ = TokenIssuer().issue(Identity(), GRAPH, roles=(), lifetime_seconds=600)
    headers = {"Authorization": f"Bearer {token}", "x-ms-version": "2021-08-06"}
    url = f"{azurite.queue_uri}?comp=list"
    answer = requests.get(url, headers=headers, verify=str(certificates.ca), timeout=60)
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (403, "AuthenticationFailed")


def test_its_certificate_is_trusted_through_the_local_ca_alone(
    azurite: Azurite, certificates: Certificates
) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(azurite.queue_uri, timeout=60)
    assert requests.get(azurite.queue_uri, verify=str(certificates.ca), timeout=60).status_code >= 400


def test_a_failed_start_says_what_azurite_printed(tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"
    with pytest.raises(AzuriteFailed, match=r"(?s)ended while starting.*missing\.pem"):
        Azurite(cert=missing, key=missing).start()


@pytest.mark.skipif(sys.platform == "win32", reason="a link needs a right of its own there")
def test_when_it_has_ended_nothing_answers_and_what_node_compiled_is_kept_beside_its_packages(
    certificates: Certificates, tmp_path: Path
) -> None:
    (tmp_path / "azurite").symlink_to(NODE_MODULES / "azurite", target_is_directory=True)
    with Azurite(cert=certificates.cert, key=certificates.key, node_modules=tmp_path) as ended:
        assert requests.get(ended.queue_uri, verify=str(certificates.ca), timeout=60).status_code >= 400
    with pytest.raises(requests.ConnectionError):
        requests.get(ended.queue_uri, verify=str(certificates.ca), timeout=60)
    assert [file for file in (tmp_path / ".cache").rglob("*") if file.is_file()]


def test_an_azurite_that_is_not_installed_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(AzuriteFailed, match="npm ci"):
        azurite_script(tmp_path / "node_modules")


_PARENT = """
import sys, time
from pathlib import Path
from local.azurite import Azurite
azurite = Azurite(cert=Path(sys.argv[1]), key=Path(sys.argv[2]), node_modules=Path(sys.argv[3])).start()
print(azurite.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not there")
def test_it_ends_when_its_parent_is_killed(certificates: Certificates) -> None:
    parent = subprocess.Popen(  # noqa: S603 - our own program, with our own paths
        [sys.executable, "-c", _PARENT, certificates.cert, certificates.key, NODE_MODULES],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    os.kill(pid, 0)  # it runs
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert _is_gone(pid, within_seconds=5)


def _is_gone(pid: int, *, within_seconds: float) -> bool:
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline:
        stat = Path(f"/proc/{pid}/stat")
        try:
            os.kill(pid, 0)
            if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z":
                return True  # ended, and waiting for whoever adopted it
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False
