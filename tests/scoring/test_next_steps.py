"""The next steps of every recorded alert: golden text, and hunts that find what they promise.

After a wanted change: UPDATE_GOLDEN=1 pytest tests/scoring/test_next_steps.py, and read what changed.
"""

import base64
import gzip
import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from local.score.hunting import RULES
from local.score.looking_up import RecordedDirectory
from local.simulator.gate import Gate
from shared.core.conclude import NextStep, conclude
from shared.core.hunting.kql import MAX_LINK
from shared.core.hunting.questions import LogOns, Question, Usual
from shared.core.lookups import Enrichment, wanted_entities
from shared.core.values import Portal
from shared.pipeline.enrich import look_up
from tests.scoring.answers import COLUMNS, Rows, answered
from tests.scoring.harness import Recording, one_of_each_shape, published, whole

GOLDEN = Path(__file__).parent / "golden" / "next_steps.txt"
_LINK = re.compile(rf"{re.escape(Portal().address)}/v2/advanced-hunting\?query=([\w-]+)&timeRangeId=\w+$")


def opened(line: str) -> str:
    """The query that the link at the line's end opens in the portal; "" where there is none."""
    found = _LINK.search(line)
    if found is None:
        return ""
    packed = base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))
    return gzip.decompress(packed).decode("utf-16-le")


def _told(recording: Recording) -> str:
    """Title, verdict and steps of each alert, with the query in place of its link."""
    parts = []
    for row in sorted(published(recording).values(), key=lambda row: (row["Priority"], row["AlertName"])):
        title = re.sub(r"\s", " ", str(row["AlertName"]))
        parts.append(f"## {title}\n{row['Validation']}, priority {row['Priority']}: {row['PriorityReason']}")
        for line in str(row["NextSteps"]).split("\n"):
            query = opened(line)
            parts.append(_LINK.sub("", line).rstrip())
            parts += [f"    {each}" for each in query.split("\n") if query]
        parts.append("")
    return "\n".join(parts)


def test_the_steps_are_the_golden_ones(contoso: Recording) -> None:
    text = _told(contoso)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text("utf-8")


@cache
def _steps(recording: Recording) -> dict[str, tuple[NextStep, ...]]:
    found, directory = whole(recording).findings, RecordedDirectory(recording.directory)
    made = {}
    for alert in recording.alerts:
        enrichment = look_up(directory, wanted_entities(alert), Enrichment(), anew=True)
        made[alert.id] = conclude(alert, enrichment, found[alert.id], RULES.rules()).next_steps
    return made


def _questions(recording: Recording) -> Iterator[tuple[str, Question]]:
    for alert_id, steps in _steps(recording).items():
        yield from ((alert_id, step.question) for step in steps if step.question is not None)


def test_every_link_opens_the_whole_question(contoso: Recording) -> None:
    asked = dict(_questions(contoso))
    for alert_id, row in published(contoso).items():
        lines = [line for line in str(row["NextSteps"]).split("\n") if line.startswith("Hunt: ")]
        assert len(lines) == (alert_id in asked)
        for line in lines:
            assert opened(line) == asked[alert_id].queries()[0]
            assert len(line.rpartition(" ")[2]) <= MAX_LINK
    assert len(asked) >= 50


def test_microsofts_parser_takes_the_query_of_every_link(contoso: Recording, gate: Gate) -> None:
    queries = {query for _, question in _questions(contoso) for query in question.queries()}
    verdicts = gate.judge_all(one_of_each_shape(queries))
    assert [one.messages for one in verdicts if not one.ok] == []


def test_every_hunt_returns_what_it_promises(contoso: Recording) -> None:
    rows, kinds, empty = Rows(contoso.engine), set[type](), set[type]()
    for alert_id, question in _questions(contoso):
        for query in question.queries():
            answer = contoso.engine.run(query).rows
            promised = rows.promised(question)
            if query == question.queries()[0]:
                assert answered(question, list(answer)) == promised, (alert_id, question)
            if isinstance(question, Usual) and "SameCommand" in query:
                same = sum(row["SameCommand"] for row in answer)
                assert same >= 1, (alert_id, question)
            if not promised:
                empty.add(type(question))
        kinds.add(type(question))
    assert empty <= {LogOns}  # that nobody used the passwords since is an answer
    assert kinds <= set(COLUMNS) and len(kinds) >= 7


@pytest.mark.parametrize("said", ["Contain: ", "Look: ", "Hunt: ", "Collect: ", "Close: "])
def test_every_kind_of_step_is_given(contoso: Recording, said: str) -> None:
    assert any(step.text.startswith(said) for steps in _steps(contoso).values() for step in steps)


def test_no_two_alerts_are_told_the_same_but_for_those_of_one_story(contoso: Recording) -> None:
    """What is generic would be said of many."""
    lines = Counter(step.text for steps in _steps(contoso).values() for step in steps)
    often = {text: count for text, count in lines.items() if count > 3}
    assert often == {}
    assert all(1 <= len(steps) <= 5 for steps in _steps(contoso).values())
