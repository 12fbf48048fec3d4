"""The comment on every recorded alert, as a person reads it in the portal: one golden file each.

`UPDATE_GOLDEN=1 python3 dev.py test tests/core/write_back` writes them again; read them before you commit.
"""

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from shared.core.correlate.finding import Method
from shared.core.progress import PollPolicy
from shared.core.values.records import Column
from shared.core.write_back import comment_of
from shared.pipeline.policy import Policy
from tests.pipeline import recorded
from tests.pipeline.platform import Platform

FOLDER = Path(__file__).parent / "golden"
IDS = sorted(recorded.raw_alerts())


@cache
def _rows() -> dict[str, Mapping[str, Column]]:
    """Every recorded alert as its first hunt leaves it."""
    world = recorded.world_of("Suspicious")
    world.alerts = [dict(raw) for raw in recorded.raw_alerts().values()]
    world.hunt = recorded.hunt
    platform = Platform(world, Policy(hunts_at_once=1, poll=PollPolicy(first_lookback=timedelta(days=60))))
    platform.tick()
    platform.deliver_all()
    return {str(row.columns["AlertId"]): row.columns for row in world.rows.values()}


def _outsiders(row: Mapping[str, Column]) -> set[str]:
    """Words that whoever controls the device chose: names, paths, commands, accounts, addresses."""
    names = (
        *("ProcessCommandLine", "AnchorCommandLine", "FilePath", "FileName", "ProcessName", "Url", "Domains"),
        *("ParentProcessName", "RegistryKey", "RegistryValueData", "Username", "UserUpn", "DvcHostname"),
        *("IpAddrs", "AllFileNames", "AllUsers", "AllDevices", "AllAddresses", "AlertName"),
    )
    words = {word for name in names for word in re.split(r"[\s,\"'\\/|;=]+", str(row.get(name, "")))}
    return {word.lower() for word in words if len(word) > 6 and not word.isalpha()}


@pytest.mark.parametrize("alert_id", IDS)
def test_the_comment_is_as_it_was_read(alert_id: str) -> None:
    row = _rows()[alert_id]
    comment = comment_of(row, "home").text
    said = f"{row['AlertName']}\n{row['EventSeverity']}\n\n{comment}\n"
    file = FOLDER / f"{alert_id}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(said, "utf-8")
    assert file.read_text("utf-8") == said, "UPDATE_GOLDEN=1 writes it again"
    assert len(comment) <= 1_000


@pytest.mark.parametrize("alert_id", IDS)
def test_no_word_that_an_outsider_chose_is_in_it(alert_id: str) -> None:
    row = _rows()[alert_id]
    shown = re.sub(r"https://\S+", "", comment_of(row, "home").text).lower()
    assert {word for word in _outsiders(row) if word in shown} == set()


def test_every_recorded_alert_has_its_file_and_there_are_no_others() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == set(IDS)


@pytest.mark.parametrize("method", [method for method in Method if method is not Method.NONE])
def test_a_comment_says_how_the_alert_is_tied_whatever_the_tie(method: Method) -> None:
    row = dict(_rows()[IDS[0]]) | {"Validation": "Likely", "CorrelationMethod": method.value}
    assert re.search(r"^Tied by .+ \(confidence \d+ of 100\)", comment_of(row, "home").text, re.MULTILINE)
