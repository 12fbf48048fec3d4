"""The column of next steps: a line each, and at a hunting line's end the link that opens its query."""

from collections.abc import Iterable

from shared.core.conclude import NextStep
from shared.core.hunting import kql


def next_steps_text(steps: Iterable[NextStep], portal: str) -> str:
    """The steps, a line each. Where no link holds a query, its line asks all the same."""
    return "\n".join(_line(step, portal) for step in steps)


def _line(step: NextStep, portal: str) -> str:
    if step.question is None:
        return step.text
    link = kql.portal_link(*step.question.queries(), portal=portal)
    return f"{step.text} {link.url}".rstrip()
