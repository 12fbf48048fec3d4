"""No mutation changes what a query is: its tokens stay those of the same hunt with harmless texts."""

import functools
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from unittest.mock import patch

import pytest

from local.simulator.gate import Gate
from shared.adapters.http.answers import read_json
from shared.core.alert.model import Alert
from shared.core.alert.normalize import normalize
from shared.core.hunting import kql
from shared.errors import BadAlert
from tests.core.samples import FALLBACK
from tests.hostile import mutations, path
from tests.hostile.mutations import TEXTS, Case
from tests.hostile.telemetry import Telemetry

LONGEST = 20_000  # characters of an answer: beyond, queries are divided by their length, and differ by that
ODD = ('" or true //', "a\\", "\r\n| union *", "\ud800", "'; .drop", 2**62, -1.5)
TOGETHER = 400  # queries given to the parser at once


def odd_texts(cases: Iterable[Case]) -> Iterator[Case]:
    """Those in which a text stands where another was."""
    return (case for case in cases if any(mutation in TEXTS for _, mutation in case.changes))


def alerts(cases: Iterable[Case]) -> Iterator[tuple[Case, Alert]]:
    """The readable ones of a length at which a query is not divided."""
    for case in cases:
        if len(case.text) <= LONGEST:
            try:
                raw = read_json(case.text.encode("utf-8"))
                yield case, normalize(raw, case.source, fallback=FALLBACK)
            except BadAlert:
                continue


def pairs(cases: Iterable[Case], counts: Counter[str]) -> Iterator[tuple[str, str]]:
    """(query, the same query with "x" for every text) of each hunt, once each."""
    seen: set[str] = set()
    for case, alert in alerts(cases):
        counts["hunts"] += 1
        counts["texts"] += sum(mutation in TEXTS for _, mutation in case.changes)
        telemetry = functools.partial(Telemetry, odd=ODD)
        _, hostile = path.hunted(alert, telemetry)
        with patch.object(kql, "literal", lambda _: '"x"'):
            _, harmless = path.hunted(alert, telemetry)
        assert len(hostile) == len(harmless), str(case)
        for query, twin in zip(hostile, harmless, strict=True):
            counts["queries"] += 1
            if query not in seen:
                seen.add(query)
                yield query, twin


def shapes(gate: Gate, queries: Iterable[str]) -> list[list[str]]:
    """The kinds of the tokens, and every text that is not a string's."""
    return [
        [kind if "String" in kind else f"{kind} {text}" for kind, text in tokens]
        for tokens in gate.tokens_all(list(queries))
    ]


def compared(gate: Gate, cases: Iterable[Case]) -> Counter[str]:
    """How many hunts and queries were the same but for their texts; fails at the first that is not."""
    counts: Counter[str] = Counter()
    for some in itertools.batched(pairs(cases, counts), TOGETHER, strict=False):
        for (query, _), shape, twin in zip(
            some,
            shapes(gate, [one for one, _ in some]),
            shapes(gate, [twin for _, twin in some]),
            strict=True,
        ):
            assert shape == twin, query
        counts["distinct"] += len(some)
    return counts


def test_some_mutations_leave_the_tokens_of_every_query(
    gate: Gate, record_property: Callable[[str, object], None]
) -> None:
    counts = compared(gate, itertools.islice(odd_texts(mutations.usual()), 0, None, 5))
    record_property("compared by their tokens", dict(counts))
    assert counts["texts"] > 200 and counts["distinct"] > 100


@pytest.mark.slow
def test_all_mutations_leave_the_tokens_of_every_query(
    gate: Gate, record_property: Callable[[str, object], None]
) -> None:
    counts = compared(gate, itertools.islice(mutations.every(), 0, None, 3))
    record_property("compared by their tokens", dict(counts))
    assert counts["hunts"] > 5_000 and counts["distinct"] > 1_500
