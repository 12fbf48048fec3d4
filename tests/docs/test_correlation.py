"""docs/correlation.md tells the defaults and every word; tests/scoring/test_page.py has its figures."""

from shared.core.conclude.conclusion import Validation
from shared.core.correlate import identity
from shared.core.correlate.by_evidence import TIES
from shared.core.correlate.finding import Method, Reason, Status
from shared.core.correlate.tie import AT_THE_MOMENT
from shared.core.hunting import HuntPolicy, kql
from shared.core.progress.ledger_row import LedgerPolicy
from tests.docs import correlation_scores


def test_the_pages_waits_and_bounds_are_the_defaults() -> None:
    page = " ".join(correlation_scores.PAGE.read_text("utf-8").split())
    ledger, hunt = LedgerPolicy(), HuntPolicy()
    first, second, third = (f"{wait / 60:.0f}" for wait in ledger.late_hunts)
    assert (hunt.settled_after_s, ledger.settle_after, identity._ONE_MOMENT * 2) == (7_200, 1_800, 10_000_000)
    for said in (
        f"hunted again {first}, {second} and {third} minutes after",
        "once more half an hour later",
        "until it is two hours old",
        "within half a second of each other",
        f"more than {hunt.max_anchors} processes share the thing",
        "ten seconds of drift",
        f"`PROCESS_TOLERANCE` ({hunt.tolerance_s:.0f} s)",
        f"up to {hunt.device_activity} of the most telling things",
        f"A link over {kql.MAX_LINK:,} characters",
    ):
        assert said in page, said


def test_the_page_names_every_status_reason_tie_and_validation() -> None:
    page = correlation_scores.PAGE.read_text("utf-8")
    words = [*Status, *(one for one in Reason if one), *Validation, *TIES.values(), *TIES]
    assert [word for word in words if f"`{word}`" not in page] == []


def test_confidence_is_the_measured_share_of_right_rows_within_ten_points() -> None:
    _, _, measured = correlation_scores.PAGE.read_text("utf-8").partition("<!-- measured: right rows -->")
    lines = measured.partition("<!-- end: right rows -->")[0].splitlines()
    rows = [[cell.strip(" `%") for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| `")]
    shares = {Method(row[0]): int(row[4]) for row in rows if row[4] != "not measured"}
    assert len(shares) >= 8
    for method, share in shares.items():
        for sure in (AT_THE_MOMENT[method], min(100, AT_THE_MOMENT[method] + 5)):
            assert abs(sure - share) <= 10, method
