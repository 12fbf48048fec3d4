"""What people are told of the infrastructure is what is there."""

from __future__ import annotations

import re

import pytest

from local.cli import ROOT
from tests.infra import facts
from tests.infra.agreement import rules

_TEXTS = facts.read_texts()
_RULES = [rule.config["name"].removeprefix("defender-alerts-") for rule in rules(_TEXTS)]
_README = (ROOT / "infra" / "README.md").read_text("utf-8")


@pytest.mark.parametrize("rule", _RULES)
def test_the_page_names_every_alert_rule(rule: str) -> None:
    assert f"`{rule}`" in _README


def test_the_runbook_has_a_section_for_every_alert_rule() -> None:
    runbook = ROOT / "docs" / "runbook.md"
    if not runbook.exists():
        pytest.skip("docs/runbook.md is not there")
    headings = re.findall(r"^#+ (.+)$", runbook.read_text("utf-8"), re.MULTILINE)
    missing = [rule for rule in _RULES if not any(re.search(rf"\b{rule}\b", heading) for heading in headings)]
    assert missing == []


def test_the_page_has_every_role_that_the_scripts_grant() -> None:
    granted = facts.script_roles(_TEXTS["infra/grant-roles.sh"])
    assert [role for role in sorted(granted["defender"] | granted["graph"]) if role not in _README] == []


def test_every_file_that_the_page_names_is_there() -> None:
    named = re.findall(r"`((?:\.\./)?[\w./*-]+\.(?:bicep|sh|ps1|kql|yaml|yml))`", _README)
    assert len(named) >= 6
    assert [name for name in named if not (list((ROOT / "infra").glob(name)) or (ROOT / name).exists())] == []
