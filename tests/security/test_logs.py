"""What the worker, its libraries and the host log over a run in which nearly every alert is an attack."""

import json
import logging

import pytest

from shared import telemetry
from tests.security import hostile
from tests.security.conftest import Siege, Watched

pytestmark = pytest.mark.xdist_group("siege")


def test_every_attack_ends_as_one_row_beside_the_good_alerts(siege: Siege) -> None:
    sent = {alert["id"] for alert in hostile.alerts()}
    rows = [row for row in siege.published.alerts() if row["AlertId"] in sent]
    assert len(rows) == len({row["AlertId"] for row in rows}) == len(sent)
    tied = [row["AlertId"] for row in rows if row["CorrelationStatus"] == "Correlated"]
    assert len(tied) >= len(hostile.ATTACKS) / 2


def test_each_line_of_the_app_is_one_line_of_printable_json(siege: Siege) -> None:
    ours = [entry.message for entry in siege.logged if entry.is_user]
    assert all(line.isascii() and line.isprintable() for line in ours)
    read = [json.loads(line) for line in ours]
    assert all(isinstance(line, dict) and isinstance(line["event"], str) for line in read)
    assert {"fetched", "enriched", "hunted"} <= {line["event"] for line in read}
    # The attacks are in them: what makes them harmless is how they are written.
    named = {line.get("alert_id") for line in read}
    assert {alert["id"] for alert in hostile.alerts()} <= named
    # No attack makes an event of its own.
    assert "0 missing" not in [line.get("result") for line in read]


def test_whatever_the_library_and_the_host_say_is_printable_too(siege: Siege) -> None:
    others = [entry.message for entry in siege.logged if not entry.is_user]
    assert others
    assert all(line.isprintable() for message in others for line in message.splitlines())


def test_no_log_line_holds_a_payload(siege: Siege) -> None:
    for canary in hostile.CANARIES:
        assert any(canary in str(row) for row in siege.published.alerts())  # it went all the way
        assert not [entry.message for entry in siege.logged if canary in entry.message]
    assert max(len(entry.message) for entry in siege.logged) < 8_000


def test_no_log_line_holds_a_token_or_a_key(siege: Siege) -> None:
    issued, _ = siege.stack.identity.issuer.issue(
        siege.stack.identity.identity, "any", roles=(), lifetime_seconds=1
    )
    key = siege.state.connection_string.partition("AccountKey=")[2].partition(";")[0]
    header, secret = issued.split(".")[0], siege.stack.identity.settings["IDENTITY_HEADER"]
    assert min(map(len, (key, header, secret))) > 20
    for entry in siege.logged:
        for word in (header, "eyJ", "Bearer", "Authorization", key, secret, siege.state.control_secret):
            assert word not in entry.message


def test_at_their_most_talkative_the_libraries_log_no_token_either(watched: Watched) -> None:
    assert {"urllib3.connectionpool", "msal.managed_identity", "alerts"} <= {
        one.name for one in watched.records
    }
    assert len(watched.tokens) == 3
    for record in watched.records:
        said = f"{record.getMessage()} {record.exc_info}"
        assert not [token for token in watched.tokens if token in said or token.split(".")[2] in said]
        assert "Authorization': 'Bearer" not in said


def test_the_storage_sdk_which_logs_headers_is_kept_to_warnings(watched: Watched) -> None:
    assert logging.getLogger("azure.core.pipeline.policies.http_logging_policy").getEffectiveLevel() >= 30
    assert not [
        one for one in watched.records if one.name.startswith("azure") and one.levelno < logging.WARNING
    ]


@pytest.mark.parametrize(
    "text",
    [
        "eyJhbGciOiJkaXIifQ..aXY.c2VjcmV0.dGFn",  # encrypted, without a key of its own
        "eyJhbGciOiJSU0EifQ.a2V5.aXY.c2VjcmV0.dGFn",
        '{"access_token":"c2VjcmV0-opaque","token_type":"Bearer"}',
        "{'access_token': 'c2VjcmV0-opaque'}",
        "client_secret=c2VjcmV0&x=1",
        "X-IDENTITY-HEADER: c2VjcmV0",
        "Authorization: SharedKey account:c2VjcmV0=",
        "Bearer%20c2VjcmV0",
        "Authorization: Basic dXNlcjpc2VjcmV0",
        "x-functions-key: c2VjcmV0",
        "SharedAccessKeyName=Root;SharedAccessKey=c2VjcmV0=",
        "https://app/api/f?code=c2VjcmV0==",
        "Server=h;User Id=sa;Password=c2VjcmV0;",
    ],
)
def test_other_shapes_of_a_secret_are_not_logged_either(text: str) -> None:
    assert "c2VjcmV0" not in telemetry.line("call failed", {"reason": f"it said {text} and no more"})
