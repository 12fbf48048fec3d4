"""The query behind a comment's link: taken by Microsoft's parser, whatever the device is called."""

import base64
import zlib
from urllib.parse import parse_qs, urlsplit

import pytest

from local.simulator.gate import Gate
from shared.core.values.records import Column
from shared.core.write_back import comment_of
from tests.core.write_back.test_write_back import SHOWN


def _query(columns: dict[str, Column]) -> str:
    [line] = [line for line in comment_of(columns, "home").text.splitlines() if line.startswith("Telemetry")]
    text = parse_qs(urlsplit(line.partition(" ")[2]).query)["query"][0]
    return zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), 31).decode("utf-16-le")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"ProcessTree": "[]"},
        {"ProcessTree": '[{"pid":"x","created":"soon","alert":true}]'},
        {"DvcId": '" or 1 == 1 | project X="'},
    ],
)
def test_the_links_query_is_one_that_hunting_takes(gate: Gate, changes: dict[str, Column]) -> None:
    query = _query({**SHOWN, **changes})
    verdict = gate.judge(query)
    assert verdict.ok, verdict.messages
    words = {"DeviceId", "Timestamp", "ProcessId", "InitiatingProcessId"}
    named = {text for kind, text in gate.tokens(query) if kind == "IdentifierToken"}
    assert named - {"Device", "Events"} <= words
