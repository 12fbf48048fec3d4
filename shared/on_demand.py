"""What is imported or made when it is first asked for: names of a room's door, and ports.

A new instance waits for its imports, and most of a room is of no use to most functions: a fetch needs the
words in which a finding is stored, and nothing of what finds it. Whoever imports a name from a door imports
the module that the name stands in, and no other of the room. What is wanted in some runs only is imported by
none: who may want it imports the door, and names it where it is used.
"""

import re
import sys
import threading
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import cast

_IMPORT = re.compile(r"^    from (\S+) import (?:\(([^)]*)\)|(.*))$", re.MULTILINE)
_NAME = re.compile(r"\w+")


def names(door: str) -> Callable[[str], object]:
    """The `__getattr__` of the package `door`, which gives what the door imports for the type checker. Safe
    to use from threads.

    So the door lists its names once, where the type checker reads them: nothing is imported until a name is
    asked for. No module may be called like a name that another one gives: Python would put it in the name's
    place once it is imported.
    """

    def found(name: str) -> object:
        home = _homes(door).get(name)
        if home is None:
            raise AttributeError(f"module {door!r} has no attribute {name!r}", name=name)
        value: object = (
            import_module(f"{door}.{name}") if home == door else getattr(import_module(home), name)
        )
        setattr(sys.modules[door], name, value)  # so that nobody asks here again
        return value

    return found


@cache
def _homes(door: str) -> dict[str, str]:
    """By name the module that the door imports it from, the door itself for a module of its own."""
    source = Path(str(sys.modules[door].__file__)).read_text("utf-8")
    found = _IMPORT.findall(source)  # `ast` would cost a start ten times as much
    return {name: home for home, many, one in found for name in _NAME.findall(many or one)}


def made[T](make: Callable[[], T]) -> T:
    """What stands for the thing that `make` gives, and makes it at its first use: once, for all threads.

    It has the methods of that thing, and can be called if that can; an error of `make` is raised at the use,
    and the next use makes it anew.
    """
    return cast("T", _Made(make))


class _Made[T]:
    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._making = threading.Lock()
        self._it: T | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._there(), name)

    def __call__(self, *args: object) -> object:
        return cast("Callable[..., object]", self._there())(*args)

    def _there(self) -> T:
        if self._it is None:
            with self._making:
                if self._it is None:
                    self._it = self._make()
        return self._it
