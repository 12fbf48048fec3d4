"""A run that nothing disturbs, recorded step by step, and what comes of it if somebody dies at an effect."""

from collections.abc import Callable

from tests.pipeline.platform import Platform


class Undisturbed[Outcome]:
    """The platform's run as it stood before each step, its `end`, and where killed runs have ended; `outcome`
    says what of a run must be the same."""

    def __init__(self, platform: Platform, outcome: Callable[[Platform], Outcome]) -> None:
        self._outcome = outcome
        self.before: list[Platform] = []
        self.step_of: list[int] = []  # by effect
        while True:
            self.before.append(platform.copied())
            if not platform.step():
                break
            self.step_of += [len(self.before) - 1] * (len(platform.world.effects) - len(self.step_of))
        self.end = platform
        self.effects = list(platform.world.effects)
        self.wanted = outcome(platform)
        self._ends: list[tuple[tuple[object, ...], Outcome]] = []

    def killed(self, index: int, side: str) -> Platform:
        """The run right after somebody died at that effect: only the step that is killed runs again."""
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
