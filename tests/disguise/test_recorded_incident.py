"""The alerts of the recorded incident still show their signs when their command lines are disguised."""

import pytest

from tests.disguise.measure import CHANGES, READ_THROUGH, RENAMED, Share, table

LEAST_KEPT, LEAST_KEPT_RENAMED = 0.95, 0.88
# Encoded commands and system tools under another name are signs by themselves, whoever uses them.
SIGNS_THEMSELVES = ("whole line in -enc", RENAMED)


@pytest.mark.parametrize("name", CHANGES)
def test_alerts_of_attacks_still_show_a_sign(shares: dict[str, Share], name: str) -> None:
    share = shares[name]
    assert share.before >= 4, table(shares)
    assert share.kept >= (LEAST_KEPT_RENAMED if name == RENAMED else LEAST_KEPT), share.lost


@pytest.mark.parametrize("name", [name for name in CHANGES if name not in SIGNS_THEMSELVES])
def test_ordinary_commands_written_so_show_no_sign(shares: dict[str, Share], name: str) -> None:
    assert shares[name].new == []


def test_reading_through_disguises_finds_more_attacks_and_no_ordinary_work(shares: dict[str, Share]) -> None:
    share = shares[READ_THROUGH]
    assert share.lost == []
    assert share.new == []
