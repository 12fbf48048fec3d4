"""`ops hits`, the same in `ops show`, and a verdict judged again on a running stack."""

from __future__ import annotations

import json

from azure.data.tables import UpdateMode

from local.bench.flow import tables
from local.ops import hits
from local.ops.show import other_lines
from shared.adapters.detections import DetectionFiles
from shared.core.progress.ledger_row import State
from tests.local.ops.conftest import Kept, Ops

RULES = DetectionFiles(frozenset()).rules()


def seen(alert_id: str, *rules: str, techniques: str = "", **said: str) -> hits.Seen:
    words = {"validation": "Confirmed", "verdict": "Unknown"} | said
    return hits.Seen("2026-11-24", alert_id, "A title", "pc-1", rules=rules, techniques=techniques, **words)


def test_a_rule_is_meant_by_its_id_by_a_part_of_its_title_or_by_its_sequence() -> None:
    rule = RULES.detections.rules[0]
    assert rule.id in hits.ids_of(RULES, rule.id.upper())
    assert rule.id in hits.ids_of(RULES, rule.title[2:-2].swapcase())
    assert hits.ids_of(RULES, "no rule is named so") == {}
    one, other = seen("a", "sequence-mass-rewriting"), seen("b", rule.id)
    assert hits.chosen([one, other], "Sequence-Mass-Rewriting", ()) == [one]
    assert hits.chosen([one, other], "any", (rule.id,)) == [other]


def test_a_technique_means_its_sub_techniques_and_no_other_of_the_same_digits() -> None:
    shell = seen("a", "r", techniques="PowerShell (T1059.001), X (T1105)")
    longer = seen("b", "r", techniques="X (T10591)")
    assert hits.chosen([shell, longer], "t1059", ()) == [shell]
    assert hits.chosen([shell, longer], "T1059.001", ()) == [shell]
    assert hits.chosen([shell, longer], "T1059.00", ()) == []


def test_the_summary_counts_what_telemetry_and_what_people_say() -> None:
    found = [
        seen("a", verdict="True Positive"),
        seen("b", validation="Likely"),
        seen("c", verdict="False Positive"),
    ]
    said = hits.summary(found, 30)
    assert said == (
        "3 of the last 30 days: Confirmed 2, Likely 1; analysts: True Positive 1, False Positive 1"
    )
    assert hits.summary(found[1:2], 7).endswith("analysts: nobody has judged one")


def test_show_names_the_newest_others() -> None:
    [line] = other_lines({"r-1": [seen(f"a{at}") for at in range(7)], "r-2": []})
    assert line.startswith("also       r-1 in 7 of the last 30 days: Confirmed 7;")
    assert line.endswith("newest: a6, a5, a4, a3, a2")


def test_hits_finds_the_alert_by_rule_by_title_and_by_technique(kept: Kept, run_ops: Ops) -> None:
    [row] = [row for row in kept.published.alerts() if "memory" in row["AlertName"]]
    behaviours = json.loads(row["Behaviours"])
    assert row["DetectionIds"].split(", ")[0] == behaviours[0]["rule"]
    terms = (behaviours[0]["rule"], behaviours[0]["title"], behaviours[0]["techniques"][0])
    for term in terms:
        said = run_ops("hits", term)
        assert said.code == 0, said.err
        assert row["AlertId"] in said.out
    said = run_ops("hits", "T9999")
    assert said.code == 1
    assert "no alert created in the last 30 days was hit by 'T9999'" in said.err


def test_show_says_which_other_alerts_the_same_rule_hit(kept: Kept, run_ops: Ops) -> None:
    [row] = [row for row in kept.published.alerts() if "memory" in row["AlertName"]]
    twin = {**row, "RowKey": "twin", "AlertId": "da1_twin", "Validation": "Likely"}
    table = tables(kept.stack).get_table_client("Alerts")
    table.create_entity(twin)
    try:
        said = run_ops("show", row["AlertId"])
    finally:
        table.delete_entity(twin)
    rule = row["DetectionIds"].split(", ")[0]
    assert f"also       {rule} in 1 of the last 30 days: Likely 1;" in said.out
    assert "newest: da1_twin" in said.out


def test_a_verdict_of_older_rules_is_judged_again_without_a_call_and_tells_nobody(
    kept: Kept, run_ops: Ops
) -> None:
    [before] = [row for row in kept.published.alerts() if "memory" in row["AlertName"]]
    older = {
        "Validation": "Unproven",
        "ValidationReason": "judged by older rules",
        "Behaviours": "[]",
        "DetectionIds": "",
        "DetectionsVersion": "0" * 12,
        "NotifyState": "told",
    }
    table = tables(kept.stack).get_table_client("Alerts")
    table.update_entity({**before, **older}, mode=UpdateMode.MERGE)
    kept.stack.control("forget", {"what": ["calls", "hunts"]})
    assert run_ops("replay", before["AlertId"], "--rejudge").code == 0
    kept.settle()
    [after] = [row for row in kept.published.alerts() if row["AlertId"] == before["AlertId"]]
    for name in ("Validation", "ValidationReason", "Behaviours", "DetectionIds", "DetectionsVersion"):
        assert after[name] == before[name], name
    assert (after["NotifyState"], after["Revision"]) == ("told", before["Revision"])
    assert kept.stack.control("hunts")["value"] == []
    asked = {api for api in kept.stack.control("calls") if "/api/alerts" not in api and "token" not in api}
    assert asked == set()
    said = run_ops("show", before["AlertId"])
    assert f"ledger     {State.DONE.value}" in said.out
