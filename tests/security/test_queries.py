"""The queries that tests/queries/test_injection.py does not make, and those that a run under attack sent.

There, and in tests/hostile/test_query_tokens.py, whole hunts are compared token by token with harmless twins.
"""

import re
from collections.abc import Callable
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from local.simulator.gate import Gate, Tokens
from shared.core.alert.kinds import EvidenceKind
from shared.core.alert.model import Evidence
from shared.core.correlate.finding import Method
from shared.core.correlate.indicators import Indicator
from shared.core.hunting import bulk_queries, kql
from shared.core.hunting.audit import audit_query
from shared.core.hunting.mention_query import mention_query
from shared.core.hunting.spread import spread_query
from shared.core.hunting.wants import IndicatorMentions
from shared.core.progress.polling import Window
from tests.core.hunting.builders import NOW, POLICY, START, alert
from tests.core.hunting.questions_asked import of_texts
from tests.queries.test_injection import every_query
from tests.security.conftest import Siege
from tests.security.hostile import ATTACKS

# The threads of a stack that another test started wait for random times meanwhile.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")

USUAL = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
TEXTS = st.lists(
    st.text(st.characters(codec=None), max_size=30) | st.sampled_from(ATTACKS), min_size=1, max_size=8
)


def of_users(texts: list[str]) -> str:
    return bulk_queries.users_query(texts)


def of_profiles(texts: list[str]) -> str:
    return bulk_queries.profiles_query(texts)


def of_met(texts: list[str]) -> str:
    return "\n".join(bulk_queries.met_query(column, texts) for column in ("SHA1", "RemoteIP"))


def of_spread(texts: list[str]) -> str:
    """Hashes of forty characters, whatever these are: the adapters' own check comes on top."""
    hashes = [Evidence(kind=EvidenceKind.FILE, sha1=f"{text:x<40}"[:40]) for text in texts]
    return spread_query([alert(*hashes, Evidence(kind=EvidenceKind.IP, ip_address="203.0.113.9"))])


def of_a_process(texts: list[str]) -> str:
    return kql.go_hunt("process", "4711", START, device_id="".join(texts) or "x", created=START)


def without_a_device(texts: list[str]) -> str:
    kinds = (Method.FILE_NAME, Method.URL, Method.ACCOUNT, Method.REGISTRY)
    indicators = [Indicator(kind, text) for kind in kinds for text in sorted(set(texts))]
    return mention_query([IndicatorMentions("", START, NOW, tuple(indicators))], POLICY)


def of_next_steps(texts: list[str]) -> str:
    """Every question of the next steps, in all its lengths."""
    return ";\n".join(query for question in of_texts(texts) for query in question.queries())


QUERIES = (of_users, of_profiles, of_met, of_spread, of_a_process, without_a_device, of_next_steps)


def shape(tokens: Tokens) -> list[str]:
    """The tokens, of a text in quotes only that it is one."""
    return [kind if "String" in kind else f"{kind} {text}" for kind, text in tokens]


@pytest.mark.parametrize("query", QUERIES)
@USUAL
@given(texts=TEXTS)
@example(texts=list(ATTACKS))
def test_no_text_changes_the_tokens_of_the_other_queries(
    gate: Gate, query: Callable[[list[str]], str], texts: list[str]
) -> None:
    hostile = query(texts)
    marked = iter(range(10_000))
    with patch.object(kql, "literal", lambda _: f'"x{next(marked)}"'):
        harmless = query(texts)
    first, second = gate.tokens_all([hostile, harmless])
    assert shape(first) == shape(second)
    assert len(first) > 5


def test_no_text_from_outside_is_in_the_audits_query(gate: Gate) -> None:
    texts = [text for kind, text in gate.tokens(audit_query(Window(START, NOW))) if "String" in kind]
    assert texts == ['"Microsoft Defender for Endpoint"']


@pytest.mark.xdist_group("siege")
def test_what_the_service_was_sent_under_attack_has_no_word_that_we_did_not_write(
    siege: Siege, gate: Gate
) -> None:
    sent = [hunt["query"] for hunt in siege.stack.control("hunts")["value"]]
    ours = [
        *every_query("powershell.exe"),
        *(query(["a" * 40]) for query in QUERIES),
        audit_query(Window(START, NOW)),
    ]
    known = {text for tokens in gate.tokens_all(ours) for kind, text in tokens if "String" not in kind}
    assert len(sent) >= 2 and any("\\u001B]8;;" in query for query in sent)
    for query, tokens in zip(sent, gate.tokens_all(sent), strict=True):
        assert query.isascii() and "\r" not in query
        words = {text for kind, text in tokens if "String" not in kind}
        strange = {word for word in words - known if not re.fullmatch(r"\d+|datetime\([0-9TZ:.-]+\)", word)}
        assert not strange
    assert all(verdict.ok for verdict in gate.judge_all(sent))
