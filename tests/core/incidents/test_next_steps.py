"""What to do next about an incident."""

from shared.core.incidents import content
from tests.core.incidents.rows import key, row


def steps(*rows: object) -> list[str]:
    columns = content("1042", {key(number): each for number, each in enumerate(rows)})  # type: ignore[misc]  # rows of `row`
    return str(columns["NextSteps"]).split("\n")


def lines(device: str, *heads: str) -> str:
    return "\n".join(f"{head}: {device}" for head in heads)


ALL = ("Contain", "Look", "Hunt", "Collect", "Close")


def test_the_alert_to_look_at_first_says_what_to_do() -> None:
    later = row(minute=1, Priority=3, NextSteps=lines("a", "Look", "Hunt"))
    first = row(minute=9, Priority=1, NextSteps=lines("b", *ALL))
    assert steps(later, first) == lines("b", *ALL).split("\n")


def test_what_runs_on_another_device_is_contained_too() -> None:
    one = row(Priority=1, DvcId="1", NextSteps=lines("a", *ALL))
    same = row(Priority=1, DvcId="1", minute=1, NextSteps=lines("a again", *ALL))
    other = row(Priority=2, DvcId="2", NextSteps=lines("b", *ALL))
    third = row(Priority=3, DvcId="3", NextSteps=lines("c", *ALL))
    assert steps(third, other, same, one) == ["Contain: a", "Contain: b", "Look: a", "Hunt: a", "Close: a"]


def test_what_is_closed_or_only_perhaps_to_be_contained_does_not_stand_first() -> None:
    one = row(Priority=1, DvcId="1", NextSteps=lines("a", "Look", "Hunt", "Close"))
    closed = row(Priority=2, DvcId="2", AlertStatus="Closed", NextSteps=lines("b", *ALL))
    perhaps = row(Priority=2, DvcId="3", NextSteps="Contain: unless that explains it, isolate c.")
    assert steps(one, closed, perhaps) == ["Look: a", "Hunt: a", "Close: a"]


def test_rows_of_an_earlier_version_have_none() -> None:
    assert steps(row(), row(minute=1)) == [""]
