"""Process ids as an operating system gives them out: used again once free, never by two at one time."""

from collections import defaultdict

from local.incidents.chance import Chance
from local.incidents.clock import SECOND
from local.incidents.world import Device

# A correlator may take creation times within 2 s for the same process, so two processes of one pid are
# always created further apart than that, and never overlap.
MARGIN = 5 * SECOND


class Pids:
    """The pids of every device with the times they were taken."""

    def __init__(self) -> None:
        self._spans: dict[str, dict[int, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))

    def fresh(self, device: Device, chance: Chance, start: int, end: int) -> int:
        """A pid never used on the device before."""
        while True:
            pid = _drawn(device.family, chance)
            if pid not in self._spans[device.id]:
                self._spans[device.id][pid].append((start, end))
                return pid

    def again(self, device: Device, chance: Chance, start: int, end: int) -> int:
        """A pid used on the device before and free in this span, else a fresh one."""
        used = list(self._spans[device.id])
        for _ in range(8 if used else 0):
            pid = chance.pick(used)
            if self.claim(device, pid, start, end):
                return pid
        return self.fresh(device, chance, start, end)

    def claim(self, device: Device, pid: int, start: int, end: int) -> bool:
        """Takes `pid` for the span; False, and nothing taken, where it is in use or too near."""
        spans = self._spans[device.id][pid]
        if any(start < last + MARGIN and first < end + MARGIN for first, last in spans):
            return False
        spans.append((start, end))
        return True

    def prolong(self, device: Device, pid: int, start: int, end: int) -> None:
        """The process that took `pid` at `start` lives until `end`."""
        spans = self._spans[device.id][pid]
        index = next(i for i, span in enumerate(spans) if span[0] == start)
        spans[index] = (start, max(end, spans[index][1]))


def _drawn(family: str, chance: Chance) -> int:
    """Windows counts pids in fours; the others count up to their limit."""
    if family == "windows":
        return 4 * chance.integer(200, 6_000)
    return chance.integer(400, 99_000)
