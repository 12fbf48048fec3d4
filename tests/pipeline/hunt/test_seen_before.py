"""What an alert's row says of earlier alerts, by the look-ups that were made for it."""

from collections.abc import Sequence

import pytest

from shared.core.lookups import File, Lookup, Outcome
from shared.core.progress.messages import WakeUp
from shared.core.values.records import RowWrite
from shared.pipeline.hunt import publishing
from shared.pipeline.hunt.hunt_correlate import hunt_correlate
from shared.pipeline.policy import Policy
from tests.pipeline.fake_tables import FakeAlertRows
from tests.pipeline.platform import Platform
from tests.pipeline.raw import raw_alert
from tests.pipeline.world import World, row_of

POLICY = Policy(hunts_at_once=1)


def second_row(known: File | None) -> str:
    """SeenBefore of the second of two alerts on powershell.exe, hunted after each other."""
    world = World(alerts=[raw_alert("earlier", minutes_ago=9)])
    world.directory_answers = lambda kind, key: (
        Lookup(Outcome.FOUND, known) if kind == "file" and known else Lookup(Outcome.NOT_FOUND)
    )
    platform = Platform(world, POLICY)
    for alert_id in ("earlier", "later"):
        if alert_id == "later":
            world.alerts.append(raw_alert("later", minutes_ago=3))
        platform.tick()
        platform.enrich_all()
        hunt_correlate(world.ports(), POLICY, WakeUp(POLICY.tenant, "test").to_text(), f"{alert_id}#1")
        world.pass_time(minutes=2)
    return str(row_of(world, "later")["SeenBefore"])


@pytest.mark.parametrize(
    "known",
    [
        File("x", signer="Microsoft Windows", is_valid_certificate=True),
        File("x", global_prevalence=4_000_000),
    ],
)
def test_a_file_that_everybody_has_is_no_reason_to_name_an_alert(known: File) -> None:
    said = second_row(known)
    assert "file " not in said and "address 203.0.113.10: 1 earlier alert" in said


def test_a_rare_file_is_named_with_what_is_known_of_it_and_the_alert() -> None:
    said = second_row(File("x", global_prevalence=9)).splitlines()[0]
    assert said.startswith("file powershell.exe (0123456789abcdef0123456789abcdef01234567): 1 earlier alert")
    assert "the last earlier of " in said and said.endswith("; unsigned, on 9 devices anywhere")
    assert second_row(None).splitlines()[0].startswith("file powershell.exe (0123")


def test_alerts_that_are_published_together_are_not_among_the_earlier_ones_in_however_many_groups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said, written = {}, list[int]()
    write = FakeAlertRows.write

    def noted(rows: FakeAlertRows, writes: Sequence[RowWrite]) -> list[RowWrite]:
        written.append(len(writes))
        return write(rows, writes)

    monkeypatch.setattr(FakeAlertRows, "write", noted)
    for together in (250, 2):
        monkeypatch.setattr(publishing, "_TOGETHER", together)
        world = World(alerts=[raw_alert(f"a{n}", minutes_ago=9) for n in range(5)])
        platform = Platform(world, POLICY)
        platform.tick()
        platform.enrich_all()
        hunt_correlate(world.ports(), POLICY, WakeUp(POLICY.tenant, "test").to_text(), "me#1")
        said[together] = [row_of(world, f"a{n}")["SeenBefore"] for n in range(5)]
    assert said[250] == said[2] == [""] * 5
    assert written == [5, 2, 2, 1]
