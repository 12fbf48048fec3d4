"""Seeded chance: every story and every device draws from a stream of its own.

More noise therefore never changes what an attack did, only what lies around it.
"""

import hashlib
import random
import uuid
from collections.abc import Sequence
from functools import lru_cache


class Chance:
    """Draws that depend on the names given and on nothing else."""

    def __init__(self, *names: object) -> None:
        seed = "/".join(str(name) for name in names)
        self._random = random.Random(seed)  # noqa: S311 - made-up telemetry, not a secret

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both possible."""
        return self._random.randint(low, high)

    def number(self, low: float, high: float) -> float:
        """A number between `low` and `high`."""
        return self._random.uniform(low, high)

    def yes(self, share: float) -> bool:
        """True in `share` of all draws."""
        return self._random.random() < share

    def pick[T](self, choices: Sequence[T]) -> T:
        """One of `choices`."""
        return choices[self._random.randrange(len(choices))]

    def hexadecimal(self, length: int) -> str:
        """`length` lower-case hexadecimal digits."""
        return f"{self._random.getrandbits(length * 4):0{length}x}"

    def guid(self) -> str:
        """A random GUID in its usual spelling."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


@lru_cache(maxsize=1 << 13, typed=True)  # each row asks for its device's
def sha1_of(*names: object) -> str:
    """A stable SHA-1 for the thing named: the same program has the same hash on every device."""
    return hashlib.sha1(_joined(names), usedforsecurity=False).hexdigest()


def sha256_of(*names: object) -> str:
    """A stable SHA-256 for the thing named."""
    return hashlib.sha256(_joined(names)).hexdigest()


def md5_of(*names: object) -> str:
    """A stable MD5 for the thing named."""
    return hashlib.md5(_joined(names), usedforsecurity=False).hexdigest()


def guid_of(*names: object) -> str:
    """A stable GUID for the thing named."""
    return str(uuid.UUID(md5_of(*names)))


def _joined(names: tuple[object, ...]) -> bytes:
    return "/".join(str(name) for name in names).encode()
