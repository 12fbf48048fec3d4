"""`ops benign` and `ops precision` on a running stack: written, tried, activated, and marked live."""

from __future__ import annotations

import pytest
from azure.data.tables import UpdateMode

from local.bench.flow import tables
from local.ops.precision import text_of
from local.precision import Line
from shared.core.verdicts import Tally
from tests.local.ops.conftest import Kept, Ops

ABOUT = ("--owner", "soc", "--reason", "expected here")


def test_what_is_refused_says_why(run_ops: Ops) -> None:
    said = run_ops("benign", "add", "too-wide", "--detector", "d", "--device", "*", *ABOUT)
    assert said.code == 1 and "at least four letters" in said.err
    assert run_ops("benign", "test").code == 2
    assert run_ops("benign", "test", "nobody").code == 1
    assert run_ops("benign", "activate", "nobody").code == 1


def test_an_entry_is_tried_on_published_rows_and_then_marks_the_same_ones(kept: Kept, run_ops: Ops) -> None:
    [row] = [row for row in kept.published.alerts() if "cron" in row["AlertName"]]
    table = tables(kept.stack).get_table_client("Alerts")
    title = ("--detector", row["DetectorId"], "--title", f"{row['AlertName'][:9]}*")
    assert run_ops("benign", "add", "known", *title, *ABOUT).code == 0
    assert "not tested yet" in run_ops("benign", "activate", "known").err
    said = run_ops("benign", "test", "known")
    assert "1 of them speak against it" in said.out and said.code == 1  # telemetry confirms the alert
    assert "telemetry confirms" in run_ops("benign", "activate", "known").err
    table.update_entity({**row, "Validation": "Likely"}, mode=UpdateMode.MERGE)
    said = run_ops("benign", "test", "known", "--days", "30")
    assert "known v1 would have marked 1 alerts of the last 30 days" in said.out and said.code == 0
    # Somebody says meanwhile that it was real: the activation looks again.
    likely = {**row, "Validation": "Likely"}
    table.update_entity({**likely, "AlertVerdict": "True Positive"}, mode=UpdateMode.MERGE)
    said = run_ops("benign", "activate", "known")
    assert said.code == 1 and "true positives" in said.err
    table.update_entity(likely, mode=UpdateMode.MERGE)
    assert run_ops("benign", "activate", "known").code == 0
    assert "1 of them mark alerts now" in run_ops("benign", "list").out
    try:
        # The running app reads its entries once a minute; what it has read is forgotten with its worker.
        kept.stack.host.kill_worker("HuntCorrelate")
        assert run_ops("replay", row["AlertId"], "--rejudge").code == 0
        kept.settle()
        [after] = [one for one in kept.published.alerts() if one["AlertId"] == row["AlertId"]]
        assert (after["KnownBenign"], after["KnownBenignOwner"]) == ("known v1", "soc")
        assert (after["Validation"], after["KnownBenignState"]) == (row["Validation"], "contradicted")
    finally:
        assert run_ops("benign", "off", "known").code == 0
    assert "off" in run_ops("benign", "list").out


def test_precision_counts_what_analysts_said(kept: Kept, run_ops: Ops) -> None:
    said = run_ops("precision", "--days", "30")
    assert said.code == 1 and "no analyst has classified" in said.err
    row = next(row for row in kept.published.alerts() if row["Validation"] == "Confirmed")
    table = tables(kept.stack).get_table_client("Alerts")
    judged = {"AlertVerdict": "True Positive", "ClassifiedBy": "analyst", "ValidationAtVerdict": "Confirmed"}
    table.update_entity({**row, **judged}, mode=UpdateMode.MERGE)
    try:
        said = run_ops("precision", "--days", "30")
    finally:
        table.update_entity({**row, **{name: row[name] for name in judged}}, mode=UpdateMode.MERGE)
    assert said.code == 0
    assert f"Confirmed  1 true, 0 benign, 0 false  {row['DetectionIds'].split(', ')[0]}" in said.out


@pytest.mark.parametrize(("total", "share"), [(9, ""), (10, " (100 %)")])
def test_a_share_is_told_from_ten_on(total: int, share: str) -> None:
    line = Line("detection", "r-1", "", "Likely", Tally(total, 0, 0))
    assert text_of(line, "A title") == (
        f"detection  Likely     {total} true, 0 benign, 0 false{share}  r-1  A title"
    )
