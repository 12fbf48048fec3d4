"""docs/correlation.md tells the defaults and every word; tests/scoring/test_page.py has its figures."""

from shared.core.conclude.conclusion import Validation
from shared.core.correlate import identity
from shared.core.correlate.by_evidence import TIES
from shared.core.correlate.finding import Reason, Status
from shared.core.hunting import HuntPolicy, kql
from shared.core.progress.ledger_row import LedgerPolicy
from tests.docs import correlation_scores


def test_the_pages_waits_and_bounds_are_the_defaults() -> None:
    page = " ".join(correlation_scores.PAGE.read_text("utf-8").split())
    ledger, hunt = LedgerPolicy(), HuntPolicy()
    first, second, third = (f"{wait / 60:.0f}" for wait in ledger.late_hunts)
    assert (hunt.settled_after_s, ledger.settle_after, identity._CUT_CLOCK * 10) == (7_200, 1_800, 10_000_000)
    for said in (
        f"hunted again {first}, {second} and {third} minutes after",
        "once more half an hour later",
        "until it is two hours old",
        "within a tenth of a second of each other",
        f"`PROCESS_TOLERANCE` ({hunt.tolerance_s:.0f} s)",
        f"up to {hunt.device_activity} of the most telling things",
        f"A link over {kql.MAX_LINK:,} characters",
    ):
        assert said in page, said


def test_the_page_names_every_status_reason_tie_and_validation() -> None:
    page = correlation_scores.PAGE.read_text("utf-8")
    words = [*Status, *(one for one in Reason if one), *Validation, *TIES.values()]
    assert [word for word in words if f"`{word}`" not in page] == []
