"""No text of an alert can change what a query is: its tokens stay those of the same query with harmless
text."""

from collections.abc import Callable, Sequence
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.simulator.gate import Gate
from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Evidence
from shared.core.hunting import Answer, Case, Hunt, kql
from tests.core.hunting.builders import NOW, START, alert, begun, by, everything, row, started

# Pieces that end strings, lines, lists and queries in one language or another, and whatever else there is.
PIECES = st.sampled_from(
    [
        '"',
        "'",
        "\\",
        "\\\\",
        '\\"',
        "\n",
        "\r\n",
        "\u2028",
        "\u0085",
        "\x00",
        "//",
        "/*",
        "*/",
        "|",
        ";",
        ")",
        "])",
        "```",
        "~~~",
        '@"',
        "h'",
        "{0}",
        "%s",
        "$left",
        " or true ",
        "| union *",
        "; .drop table DeviceInfo",
        "let x = ",
        "\ud800",
        "\U0001f600",
        "ع",
        "中",
        ".example.com",
        "http://",
        "::ffff:",
        "C:\\",
        "HKLM\\",
    ]
)
HOSTILE = st.lists(PIECES | st.text(st.characters(exclude_categories=()), max_size=8), max_size=6).map(
    "".join
)
FIVE = st.lists(HOSTILE, min_size=5, max_size=5)
QUERIES_A_TEXT = 6  # at least, a dozen on average; each has the text in every place and is one case
USUAL = settings(max_examples=18, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=700, deadline=None, suppress_health_check=list(HealthCheck))


def every_query(text: str) -> list[str]:
    """The texts of a whole hunt for alerts with `text` in every field, and of what is published in the
    end."""
    named = alert(*everything(text), id=text, device_id=text, device_name=text, domains=(text,))
    other = alert(Evidence(kind=EvidenceKind.FILE, file_name=text), id=text + "x", device_id=text)
    bare = alert(id=text + "y", device_id=text)
    hunt = begun([Case(named), Case(other), Case(bare)], NOW)
    actor = (4711, START, text)
    rows = (
        started(4711, START, text, DeviceId=text),
        row("DeviceFileEvents", START, FileName=text, DeviceId=text, SHA1=text) | by(actor),
        row("DeviceNetworkEvents", START, RemoteUrl=text, DeviceId=text, Match=text, Rows=9_999),
        row("DeviceFileEvents", START, DeviceId=text, Rows=9_999) | by(actor),
    )
    asked: list[str] = []
    while hunt.queries:
        asked += [query.kql for query in hunt.queries]
        hunt = answered(hunt, rows)
    asked += [finding.query for finding in hunt.findings().values() if finding.query]
    asked += [kql.go_hunt(kind, text, START) for kind in ("device", "file", "address", "url", "user")]
    return asked


def answered(hunt: Hunt, rows: tuple[dict[str, str | int | float | bool | None], ...]) -> Hunt:
    told = (
        "chain",
        "chain-overflow",
        "evidence",
        "evidence-anywhere",
        "device-activity",
        "moment-activity",
        "evidence-overflow",
    )
    return hunt.answered([Answer(query, rows=rows if query.name in told else ()) for query in hunt.queries])


def shape(gate: Gate, queries: Sequence[str]) -> list[list[str]]:
    """The kinds of the tokens; what stands in a string literal is left out, all else is kept word by word."""
    return [
        [kind if "String" in kind else f"{kind} {text}" for kind, text in tokens]
        for tokens in gate.tokens_all(queries)
    ]


def assert_same_shape(gate: Gate, texts: Sequence[str]) -> None:
    hostile = [query for text in texts for query in every_query(text)]
    with patch.object(kql, "literal", lambda text: '"x"'):
        harmless = [query for text in texts for query in every_query(text)]
    assert len(hostile) >= QUERIES_A_TEXT * len(texts)
    # Many of the harmless ones are the same text.
    known = dict.fromkeys(harmless)
    shapes = dict(zip(known, shape(gate, list(known)), strict=True))
    assert shape(gate, hostile) == [shapes[query] for query in harmless]


@USUAL
@given(texts=FIVE)
def test_no_text_changes_a_querys_tokens(gate: Gate, texts: list[str]) -> None:
    assert_same_shape(gate, texts)


@pytest.mark.slow
@MANY
@given(texts=FIVE)
def test_no_text_of_very_many_changes_a_querys_tokens(gate: Gate, texts: list[str]) -> None:
    assert_same_shape(gate, texts)


def test_the_check_is_made_on_whole_hunts(gate: Gate) -> None:
    made = every_query("evil.example.com")
    titles = {query.splitlines()[0] for query in made if query.startswith("//")}
    assert len(titles) >= 7
    assert all(verdict.ok for verdict in gate.judge_all(made))
    assert sum("evil.example.com" in query for query in made) >= 10


def only_quotes(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def doubled(text: str) -> str:
    return '@"' + text.replace('"', '""') + '"'


@pytest.mark.parametrize(
    ("escape", "text"),
    [(only_quotes, "a\\"), (only_quotes, "a\nb"), (only_quotes, '\\" | union *'), (doubled, "a\nb")],
)
def test_a_weaker_escape_is_caught(gate: Gate, escape: Callable[[str], str], text: str) -> None:
    hostile = escape(text)
    query = f"DeviceInfo | where DeviceName == {{}} or DeviceId == {hostile}"
    first, second = shape(
        gate, [query.format(hostile), 'DeviceInfo | where DeviceName == "x" or DeviceId == "x"']
    )
    assert first != second
