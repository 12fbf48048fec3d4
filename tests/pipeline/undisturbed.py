"""A run that nothing disturbs, recorded step by step, and what comes of it if somebody dies at an effect."""

from collections.abc import Callable

from tests.pipeline.platform import Platform
from tests.pipeline.world import World


class Undisturbed[Outcome]:
    """The platform's run as it stood before each step, its outside around each effect, its `end`, and where
    killed runs have ended; `outcome` says what of a run must be the same."""

    def __init__(self, platform: Platform, outcome: Callable[[Platform], Outcome]) -> None:
        self._outcome = outcome
        self.before: list[Platform] = []
        self.step_of: list[int] = []  # by effect
        self._outside: dict[tuple[int, str], World] = {}
        self._record(platform.world)
        while True:
            self.before.append(platform.copied())
            if not platform.step():
                break
            self.step_of += [len(self.before) - 1] * (len(platform.world.effects) - len(self.step_of))
        self.end = platform
        self.effects = list(platform.world.effects)
        self.wanted = outcome(platform)
        self._ends: list[tuple[tuple[object, ...], Outcome]] = []

    def _record(self, world: World) -> None:
        right = world.effect

        def effect[T](name: str, do: Callable[[], T]) -> T:
            index = len(world.effects)
            self._outside[index, "before"] = world.copied()
            try:
                return right(name, do)
            finally:
                self._outside[index, "after"] = world.copied()

        world.effect = effect  # type: ignore[method-assign]  # of this world alone

    def killed(self, index: int, side: str) -> Platform:
        """The run right after somebody died at that effect: nothing of the step is left but what it had done
        outside."""
        platform = self.before[self.step_of[index]].copied()
        platform.world = self._outside[index, side].copied()
        platform.die(f"{side} {self.effects[index]}")
        return platform

    def really_killed(self, index: int, side: str) -> Platform:
        """The same, where the step runs once more and dies there."""
        platform = self.before[self.step_of[index]].copied()
        platform.world.crash_at = (index, side)
        platform.step()
        assert platform.crashes == [f"{side} {self.effects[index]}"]
        return platform

    def outcome_from(self, platform: Platform) -> Outcome:
        """How the platform's run ends. Steps keep nothing in memory, so one that stands exactly as one before
        ends as that did: an effect that only reads leaves things as they stood."""
        standing = platform.standing()
        for known, outcome in self._ends:
            if known == standing:
                return outcome
        platform.settle_on()
        self._ends.append((standing, self._outcome(platform)))
        return self._ends[-1][1]
