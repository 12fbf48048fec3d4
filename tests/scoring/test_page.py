"""docs/correlation.md tells what is measured now."""

from tests.docs import correlation_scores
from tests.scoring.harness import Recording


def test_the_pages_figures_are_those_measured_now(contoso: Recording, busier: Recording) -> None:
    page = correlation_scores.PAGE.read_text("utf-8")
    for name, block in correlation_scores.blocks(contoso, busier).items():
        stale = f"block {name} is stale: run `python -m tests.docs.correlation_scores`"
        assert f"<!-- made: {name} -->\n{block}\n<!-- end: {name} -->" in page, stale
