"""The verdicts on the recorded incident, against the truth of its stories."""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.incidents.make import CONTOSO
from shared.adapters.detections import COMPILED, FOLDER
from shared.core.conclude import NO_RULES, Rules, conclude
from shared.core.detections import Detections
from shared.core.detections.rules import read
from tests.scoring.harness import Recording, load, published, whole, wrong_words
from tests.scoring.known_mistakes import KNOWN_MISTAKES, WORDS

BLANK = {"title": "", "description": "", "category": "", "severity": "", "mitreTechniques": []}
BLANK_IN_TELEMETRY = {"Title": "", "Category": "", "Categories": "", "Severity": "", "AttackTechniques": ""}
OF_A_VERDICT = ("Validation", "ValidationReason", "TechniquesShown", "Behaviours")


def _told(recording: Recording) -> dict[str, str]:
    return {alert_id: str(row["Validation"]) for alert_id, row in published(recording).items()}


def _by_rules(recording: Recording, rules: Rules) -> dict[str, str]:
    found = whole(recording).findings
    return {one.id: conclude(one, None, found[one.id], rules).validation for one in recording.alerts}


def _kinds(recording: Recording, wrong: Mapping[str, str]) -> list[tuple[str, str]]:
    """(kind, the wrong word) of each mistake."""
    kinds = {one["title"]: one["kind"] for one in recording.truth.values()}
    return sorted((kinds[title], word) for title, word in wrong.items())


def test_every_verdict_is_one_that_the_story_allows(contoso: Recording) -> None:
    assert wrong_words(contoso.truth, _told(contoso)) == WORDS


def test_the_known_mistakes_are_alerts_of_the_incident(contoso: Recording) -> None:
    assert KNOWN_MISTAKES.keys() <= {one["title"] for one in contoso.truth.values()}


def test_more_noise_changes_no_verdict(contoso: Recording, busier: Recording) -> None:
    assert _told(busier) == _told(contoso)


def test_graphs_alerts_get_the_verdicts_of_defenders(contoso: Recording, tmp_path: Path) -> None:
    without = shutil.ignore_patterns("alerts.json", "hunting")
    shutil.copytree(CONTOSO, tmp_path / "graph", ignore=without)
    graph = load(tmp_path / "graph")
    graph.engine = contoso.engine  # the telemetry is the same
    assert graph.source == "graph"
    assert _told(graph) == _told(contoso)
    shown = [
        {alert_id: (row["NextSteps"], row["CorrelationMethod"]) for alert_id, row in published(each).items()}
        for each in (graph, contoso)
    ]
    assert shown[0] == shown[1]


def test_the_techniques_of_an_attack_are_among_those_shown(contoso: Recording) -> None:
    rows = published(contoso)
    missed = {
        one["title"]: sorted(set(one["techniques"]) - set(_techniques(rows[alert_id])))
        for alert_id, one in contoso.truth.items()
        if one["kind"] == "attack" and not set(one["techniques"]) <= set(_techniques(rows[alert_id]))
    }
    assert missed == {}


def _techniques(row: Mapping[str, Any]) -> list[str]:
    return re.findall(r"T\d{4}(?:\.\d{3})?", str(row["TechniquesShown"]))


def test_a_reason_says_what_was_stopped_and_what_was_not(contoso: Recording) -> None:
    titles = {one["title"]: alert_id for alert_id, one in contoso.truth.items()}
    for title, items in (
        ("Malware found while a program was running", ("wtsapi33.dll", "parcel_label.exe")),
        ("'Sabsik' malware was prevented in a download", ("setup_codec.exe",)),
    ):
        reason = str(published(contoso)[titles[title]]["ValidationReason"])
        assert all(item in reason for item in items), reason


def test_a_verdict_reads_none_of_the_alerts_words(contoso: Recording, blanked: Recording) -> None:
    assert {alert.title for alert in blanked.alerts} == {""}
    with_words, without = published(contoso), published(blanked)
    assert with_words.keys() == without.keys()
    for alert_id, row in with_words.items():
        for column in OF_A_VERDICT:
            assert without[alert_id][column] == row[column], (contoso.truth[alert_id]["title"], column)


@pytest.fixture(scope="module")
def blanked(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """The recorded incident without a word of what its alerts say, in their bodies and in hunting."""
    folder = tmp_path_factory.mktemp("blanked") / "contoso"
    shutil.copytree(CONTOSO, folder)
    file = folder / "alerts.json"
    body = json.loads(file.read_text("utf-8"))
    body["value"] = [{**alert, **BLANK} for alert in body["value"]]
    file.write_text(json.dumps(body), "utf-8")
    for table in ("AlertInfo", "AlertEvidence"):
        _blank(folder / "hunting" / f"{table}.ndjson")
    return load(folder)


def _blank(file: Path) -> None:
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    blank = [{**row, **{name: "" for name in BLANK_IN_TELEMETRY if name in row}} for row in rows]
    file.write_text("".join(json.dumps(row) + "\n" for row in blank), "utf-8")


def test_a_judge_that_knows_no_rules_misses_attacks(contoso: Recording) -> None:
    kinds = _kinds(contoso, wrong_words(contoso.truth, _by_rules(contoso, NO_RULES)))
    assert kinds.count(("attack", "Unproven")) >= 10
    assert "benign" not in {kind for kind, _ in kinds}


def test_a_judge_that_takes_every_sign_for_proof_confirms_ordinary_work(contoso: Recording) -> None:
    ruleset = read((FOLDER / COMPILED).read_bytes())
    ruleset.rules = [replace(rule, level="high") for rule in ruleset.rules]
    kinds = _kinds(contoso, wrong_words(contoso.truth, _by_rules(contoso, Rules(Detections([ruleset])))))
    assert kinds.count(("benign", "Confirmed")) >= 8
