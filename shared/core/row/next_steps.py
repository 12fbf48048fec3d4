"""The column of next steps: a line each, and at a hunting line's end the link that opens its query."""

from collections.abc import Iterable

from shared.core.conclude import NextStep
from shared.core.hunting import kql
from shared.core.row.text import cut
from shared.core.values import Portal

_LONGEST = 1_100  # UTF-16 units of a step: five of them and a link fit the column whole


def next_steps_text(steps: Iterable[NextStep], portal: Portal) -> str:
    """The steps, a line each. Where no link holds a query, its line asks all the same."""
    return "\n".join(_line(step, portal) for step in steps)


def _line(step: NextStep, portal: Portal) -> str:
    text = cut(step.text, _LONGEST)
    if step.question is None:
        return text
    link = kql.portal_link(*step.question.queries(), portal=portal)
    return f"{text} {link.url}".rstrip()
