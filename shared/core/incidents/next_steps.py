"""An incident's next steps: those of the alert to look at first, with what must be contained elsewhere."""

from collections.abc import Sequence

from shared.core.incidents.member import Member

MOST_STEPS = 5
_MOST_CONTAINED = 2  # devices beside each other: with more, the list of devices is the better help
_CONTAIN = "Contain: "


def steps_of(ordered: Sequence[Member]) -> str:
    """Up to five lines; `ordered` are the alerts, the one to look at first at the front. "" where no row has
    steps: those of an earlier version have none."""
    told = [(member, lines) for member in ordered if (lines := _lines(member))]
    if not told:
        return ""
    contain: dict[str, str] = {}
    for member, lines in told:
        device = member.text("DvcId").lower() or member.text("DvcHostname").lower()
        for line in lines:
            if line.startswith(_CONTAIN) and not line.startswith(f"{_CONTAIN}unless") and member.is_open:
                contain.setdefault(device, line)
    first = told[0][1]
    kept = list(contain.values())[:_MOST_CONTAINED]
    rest = [line for line in first if not (kept and line.startswith(_CONTAIN))]
    if len(kept) + len(rest) > MOST_STEPS:
        rest = [line for line in rest if not line.startswith("Collect: ")]
    return "\n".join([*kept, *rest][:MOST_STEPS])


def _lines(member: Member) -> list[str]:
    return [line for line in member.text("NextSteps").split("\n") if line]
