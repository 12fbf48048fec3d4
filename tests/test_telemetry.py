import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import telemetry


@given(st.text(max_size=200), st.text(max_size=3_000))
def test_a_record_is_one_line_of_printable_ascii(event: str, value: str) -> None:
    line = telemetry.line(event, {"device": value})
    assert line.isascii()
    assert line.isprintable()
    assert set(json.loads(line)) == {"event", "device"}


TOKEN = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJodHRwczovL2dyYXBoIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        f"Bearer {TOKEN}",
        TOKEN,
        f"x{{'a': '{TOKEN}'}}",
        "https://x/?sv=1&sig=c2VjcmV0%3D&se=2",
        "AccountKey=c2VjcmV0==",
    ],
)
def test_nothing_that_looks_like_a_token_or_key_is_logged(text: str) -> None:
    line = telemetry.line("call failed", {"reason": text, "more": [text], "deep": {"a": text}})
    assert "c2VjcmV0" not in line
    assert "eyJ" not in line


def test_long_values_are_cut() -> None:
    assert len(telemetry.line("x", {"body": "a" * 1_000_000})) < 1_200


def test_levels_are_those_of_logging(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        telemetry.info("one", n=1)
        telemetry.warning("two")
        telemetry.error("three")
    assert [(record.levelname, json.loads(record.getMessage())["event"]) for record in caplog.records] == [
        ("INFO", "one"),
        ("WARNING", "two"),
        ("ERROR", "three"),
    ]


@pytest.mark.parametrize(
    "name", ["azure.core.pipeline", "urllib3.connectionpool", "msal.authority", "requests"]
)
def test_libraries_say_no_less_than_a_warning(name: str) -> None:
    """host.json cannot see to it: its filters know no logger of Python's."""
    logging.getLogger(name.split(".")[0]).setLevel(logging.NOTSET)
    telemetry.silence_libraries()
    assert logging.getLogger(name).getEffectiveLevel() == logging.WARNING
