"""Storage requests, from lines as the emulator writes them."""

import pytest

from local.bench.flow import WATCHED
from local.bench.storage_requests import StorageRequests

_HEAD = "127.0.0.1 - - [30/Nov/2026:14:28:52 +0000] "


def _counted(*requests: str) -> StorageRequests:
    counted = StorageRequests(not_counted=WATCHED)
    for request in requests:
        counted.heard(f'{_HEAD}"{request} HTTP/1.1" 200 -')
    return counted


@pytest.mark.parametrize(
    ("request_line", "kind"),
    [
        ("GET /localstack/Checkpoints(PartitionKey='home',RowKey='lease')", "read of Checkpoints"),
        ("GET /localstack/AlertWork()?$top=100&$filter=PartitionKey%20eq%20%27a%27", "read of AlertWork"),
        ("POST /localstack/$batch", "transaction"),
        ("PATCH /localstack/Checkpoints(PartitionKey='home',RowKey='lease')", "write to Checkpoints"),
        ("POST /localstack/alerts-to-enrich/messages", "message sent"),
        ("DELETE /localstack/alerts-to-enrich/messages/a6e2?popreceipt=Mz", "message deleted"),
        ("PUT /localstack/alerts-to-enrich/messages/a6e2?popreceipt=Mz", "message kept"),
        ("PUT /localstack/alerts-to-enrich", "queue made"),
    ],
)
def test_each_kind_has_its_name(request_line: str, kind: str) -> None:
    assert _counted(request_line).figures(1)["by_kind"] == {kind: 1}


def test_what_the_watcher_itself_asks_is_left_out_and_so_is_no_request_at_all() -> None:
    counted = _counted(f"GET /localstack/Alerts()?{WATCHED}", "GET /localstack/hunt-requests?comp=metadata")
    counted.heard("Azurite Table service is successfully listening at https://127.0.0.1:1")

    assert counted.figures(1)["by_kind"] == {}


def test_looking_for_messages_is_no_alert_s_but_is_paid() -> None:
    look = "GET /localstack/hunt-requests/messages?numofmessages=4&visibilitytimeout=600"
    figures = _counted(*["POST /localstack/$batch"] * 6, *["POST /localstack/a-b/messages"] * 2, look)

    told = figures.figures(2)

    assert (told["an_alert"], told["tables_an_alert"], told["looks_for_messages"]) == (4.0, 3.0, 1)
    assert told["dollars_a_thousand_alerts"] == pytest.approx(
        (6 * 0.00036 + 3 * 0.0004) / 10_000 * 500, abs=1e-5
    )
    figures.restart()
    assert figures.figures(2)["an_alert"] == 0
